//! The tree without control groups: by session, by group, by the marker in the environment.

use std::fs;

use super::{MARKER, stat};

/// The processes that belong to a child and its attempt.
#[derive(Debug, Clone)]
pub struct Marked {
    leader: String,
    marker: Vec<u8>,
}

impl Marked {
    /// Of a child that made a session of its own.
    pub fn new(pid: u32, attempt: &str) -> Self {
        Self { leader: pid.to_string(), marker: format!("{MARKER}={attempt}").into_bytes() }
    }

    /// The live processes. A process that left the session and cleared its environment is not found: that is what
    /// control groups are for.
    pub fn pids(&self) -> Vec<i32> {
        self.walk(|_| true)
    }

    /// Whether every process is stopped.
    pub fn all_stopped(&self) -> bool {
        self.walk(|state| !matches!(state, "T" | "t")).is_empty()
    }

    fn walk(&self, wanted: impl Fn(&str) -> bool) -> Vec<i32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| self.belongs(*pid, &wanted)).filter_map(|pid| i32::try_from(pid).ok()).collect()
    }

    fn belongs(&self, pid: u32, wanted: &impl Fn(&str) -> bool) -> bool {
        let Some(fields) = stat(pid) else { return false };
        // State, parent, group, session.
        let [state, _, group, session, ..] = fields.as_slice() else { return false };
        if matches!(state.as_str(), "Z" | "X") || !wanted(state) {
            return false;
        }
        *group == self.leader || *session == self.leader || self.is_marked(pid)
    }

    fn is_marked(&self, pid: u32) -> bool {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry == self.marker))
    }
}
