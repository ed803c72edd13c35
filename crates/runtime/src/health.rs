//! Which parts of the process are well.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The parts of a process and their state. Cheap to clone; all clones are one registry.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, State>>>);

/// How a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not ready yet.
    Starting,
    /// Does its work.
    Well,
    /// Does not, and why; it is being brought back.
    Down(String),
}

/// One part's own entry.
#[derive(Debug, Clone)]
pub struct Part {
    name: &'static str,
    health: Health,
}

impl Health {
    /// Adds a part, or finds it again. It is [`State::Starting`] at first.
    pub fn part(&self, name: &'static str) -> Part {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_insert(State::Starting);
        Part { name, health: self.clone() }
    }

    /// Every part by name.
    pub fn parts(&self) -> BTreeMap<&'static str, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every part is well. A process without parts is not: nothing was started.
    pub fn is_well(&self) -> bool {
        let parts = self.parts();
        !parts.is_empty() && parts.values().all(|state| *state == State::Well)
    }
}

impl Part {
    /// It does its work.
    pub fn well(&self) {
        self.set(State::Well);
    }

    /// It does not.
    pub fn down(&self, reason: impl Into<String>) {
        self.set(State::Down(reason.into()));
    }

    fn set(&self, state: State) {
        let mut parts = self.health.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = parts.insert(self.name, state.clone());
        if before.as_ref() == Some(&state) {
            return;
        }
        match state {
            State::Down(reason) => tracing::warn!(part = self.name, reason, "is down"),
            State::Starting | State::Well => tracing::debug!(part = self.name, "is well"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_well_only_when_all_its_parts_are() {
        let health = Health::default();
        assert!(!health.is_well(), "nothing was started");
        let (database, agent) = (health.part("database"), health.part("agent"));
        database.well();
        assert!(!health.is_well(), "the agent is still starting");
        agent.well();
        assert!(health.is_well());
        agent.down("killed");
        assert!(!health.is_well());
        assert_eq!(health.parts()["agent"], State::Down("killed".to_owned()));
    }
}
