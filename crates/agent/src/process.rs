//! The processes of one step as one thing: start them, count them, freeze them, end them.
//!
//! With a writable cgroup v2 the kernel keeps the account and nothing escapes. Without one, the tree is every process
//! of the child's session or group, or with the attempt's marker in its environment, found by walking /proc.

mod cgroup;
mod marked;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, sleep};

use cgroup::Cgroup;
pub use cgroup::Cgroups;
use marked::Marked;

/// The variable in the environment of every process of a step; its value is the attempt.
pub const MARKER: &str = "DD0C_ATTEMPT";
/// How often an end is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// How long the kernel may take to end what was killed.
const KILL_TAKES: Duration = Duration::from_secs(5);

/// What to start.
pub struct Start<'a> {
    /// `bash` or `sh`.
    pub shell: &'a str,
    /// The command, handed over as one argument, to the byte.
    pub command: &'a str,
    /// The working folder; empty for the agent's own.
    pub cwd: &'a str,
    /// The whole environment.
    pub environment: &'a BTreeMap<String, String>,
    /// The attempt, for the marker and the name of the control group.
    pub attempt: &'a str,
}

/// A started step.
pub struct Started {
    /// The shell.
    pub child: Child,
    /// Its output.
    pub stdout: ChildStdout,
    /// Its other output.
    pub stderr: ChildStderr,
    /// Its process and everything that comes of it.
    pub tree: Tree,
    /// The shell's process id.
    pub pid: u32,
}

/// Every process of a step.
#[derive(Debug, Clone)]
pub enum Tree {
    /// Kept by the kernel.
    Cgroup(Cgroup),
    /// Found in /proc.
    Marked(Marked),
}

/// What is left after an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Processes that were still there and had to be killed.
    pub killed: usize,
    /// Processes that are still there.
    pub survivors: usize,
}

/// Starts a step in a session and, when there are control groups, a group of its own; stdin is /dev/null.
pub fn start(what: &Start<'_>, cgroups: Option<&Cgroups>) -> std::io::Result<Started> {
    let cgroup = cgroups.map(|groups| groups.make(what.attempt)).transpose()?;
    let door = cgroup.as_ref().map(Cgroup::door).transpose()?;
    let mut command = Command::new(what.shell);
    command
        .arg("-c")
        .arg(what.command)
        .env_clear()
        .envs(what.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if !what.cwd.is_empty() {
        command.current_dir(what.cwd);
    }
    let enter = move || {
        nix::unistd::setsid()?;
        nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
        if let Some(door) = &door {
            nix::unistd::write(door, b"0")?;
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "setsid, setrlimit and write are async-signal-safe; nothing is allocated")]
    // SAFETY: between fork and exec the closure makes system calls alone, on a descriptor opened before.
    unsafe {
        command.pre_exec(enter);
    }
    let spawned = command.spawn();
    let mut child = match (spawned, &cgroup) {
        (Ok(child), _) => child,
        (Err(error), group) => {
            group.iter().for_each(Cgroup::remove);
            return Err(error);
        }
    };
    let pid = child.id().expect("invariant: a child that was not waited for has a process id");
    let tree = match cgroup {
        Some(group) => Tree::Cgroup(group),
        None => Tree::Marked(Marked::new(pid, what.attempt)),
    };
    let stdout = child.stdout.take().expect("invariant: stdout was piped");
    let stderr = child.stderr.take().expect("invariant: stderr was piped");
    Ok(Started { child, stdout, stderr, tree, pid })
}

impl Tree {
    /// The live processes.
    pub fn pids(&self) -> Vec<i32> {
        match self {
            Tree::Cgroup(group) => group.pids(),
            Tree::Marked(marked) => marked.pids(),
        }
    }

    /// The control group, when it has one.
    pub fn cgroup(&self) -> Option<PathBuf> {
        match self {
            Tree::Cgroup(group) => Some(group.path().to_owned()),
            Tree::Marked(_) => None,
        }
    }

    /// Stops every process where it stands; it can go on later.
    pub fn freeze(&self) {
        match self {
            Tree::Cgroup(group) if group.freeze(true) => {}
            _ => self.signal_all(Signal::SIGSTOP),
        }
    }

    /// Lets every process go on.
    pub fn thaw(&self) {
        match self {
            Tree::Cgroup(group) if group.freeze(false) => {}
            _ => self.signal_all(Signal::SIGCONT),
        }
    }

    /// Whether every process stands still.
    pub fn is_frozen(&self) -> bool {
        match self {
            Tree::Cgroup(group) => group.is_frozen(),
            Tree::Marked(marked) => marked.all_stopped(),
        }
    }

    /// Asks every process to end, gives them `grace`, then kills what is left.
    pub async fn terminate(&self, grace: Duration) -> Ended {
        self.signal_all(Signal::SIGTERM);
        self.empty_within(grace).await;
        self.kill().await
    }

    /// Kills every process and waits until the kernel says that none is left.
    pub async fn kill(&self) -> Ended {
        let (mut killed, mut found_none) = (0, 0);
        let until = Instant::now() + KILL_TAKES;
        loop {
            let left = self.pids();
            killed = killed.max(left.len());
            found_none = if left.is_empty() { found_none + 1 } else { 0 };
            if found_none >= self.looks() || Instant::now() >= until {
                self.forget();
                return Ended { killed, survivors: left.len() };
            }
            if !left.is_empty() {
                self.kill_now();
            }
            sleep(LOOK).await;
        }
    }

    /// How often in a row none must be found. A control group is exact; of a process that is just becoming another
    /// program the mark cannot be read for a moment.
    const fn looks(&self) -> u32 {
        match self {
            Tree::Cgroup(_) => 1,
            Tree::Marked(_) => 3,
        }
    }

    async fn empty_within(&self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until && !self.pids().is_empty() {
            sleep(LOOK).await;
        }
    }

    fn kill_now(&self) {
        match self {
            Tree::Cgroup(group) if group.kill() => {}
            _ => self.signal_all(Signal::SIGKILL),
        }
    }

    fn signal_all(&self, signal: Signal) {
        for pid in self.pids() {
            // A process that is gone by now is what was wanted.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn forget(&self) {
        if let Tree::Cgroup(group) = self {
            group.remove();
        }
    }
}

/// The start time of a process in clock ticks since boot; 0 when there is no such process.
pub fn start_ticks(pid: u32) -> u64 {
    stat(pid).and_then(|fields| fields.get(19)?.parse().ok()).unwrap_or(0)
}

/// Whether a process that was recorded with this start time still lives.
pub fn still_alive(pid: u32, ticks: u64, cgroup: Option<&std::path::Path>) -> bool {
    let zombie = stat(pid).is_none_or(|fields| fields.first().is_some_and(|state| state == "Z"));
    let itself = ticks != 0 && start_ticks(pid) == ticks && !zombie;
    itself || cgroup.is_some_and(cgroup::is_populated)
}

/// The fields of /proc/PID/stat after the name, which may itself hold spaces and brackets.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, after) = text.rsplit_once(')')?;
    Some(after.split_whitespace().map(str::to_owned).collect())
}
