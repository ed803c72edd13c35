//! The server process: starting it, waiting for it, stopping it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::binaries::Binaries;
use crate::error::Error;
use crate::service_user::ServiceUser;

/// Recovery after a crash replays the log, which can take long; a fresh start takes a fraction of a second.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// A fast shutdown ends every session and writes a checkpoint.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// Everything needed to run a server's programs on one cluster.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) binaries: Binaries,
    pub(crate) user: ServiceUser,
    pub(crate) pgdata: PathBuf,
    pub(crate) log: PathBuf,
}

/// How the server is set up for one start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) durable: bool,
    pub(crate) max_connections: u16,
}

impl Programs {
    /// Makes the cluster's files and the database `database`.
    pub(crate) fn make_cluster(&self, password: &str, database: &str, durable: bool) -> Result<(), Error> {
        self.user.private_folder(&self.pgdata)?;
        // initdb wants an empty folder, so the password file stands beside it.
        let password_file = self.pgdata.with_extension("password");
        crate::state::secret_file(&password_file, format!("{password}\n").as_bytes())?;
        self.user.own(&password_file)?;
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(&self.pgdata).arg(format!("--pwfile={}", password_file.display()));
        initdb.args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale"]);
        if !durable {
            initdb.arg("--no-sync");
        }
        let made = self.finish("initdb", initdb, "");
        fs::remove_file(&password_file).map_err(Error::file("remove", &password_file))?;
        made?;
        let mut single = self.program("postgres");
        single.arg("--single").arg("-D").arg(&self.pgdata).arg("postgres");
        self.finish("postgres", single, &format!("create database {database}\n"))
    }

    /// Starts the server and waits until it takes connections.
    pub(crate) fn start(&self, settings: Settings) -> Result<Child, Error> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let mut child = self.spawn(settings)?;
            match self.wait_ready(&mut child, deadline) {
                Ok(()) => return Ok(child),
                // After a kill -9 the sessions of the old server need a moment to notice and let go.
                Err(Error::Failed { reason, .. })
                    if reason.contains("shared memory") && Instant::now() < deadline =>
                {
                    sleep(POLL * 10);
                }
                Err(error) => {
                    stop_child(&mut child);
                    return Err(error);
                }
            }
        }
    }

    fn program(&self, name: &str) -> Command {
        let mut command = self.user.command(&self.binaries.program(name));
        // The caller's own folder may be closed to the service user.
        command.current_dir("/");
        command
    }

    /// Runs a program to its end with `input` on standard input.
    fn finish(&self, name: &'static str, mut command: Command, input: &str) -> Result<(), Error> {
        let path = self.binaries.program(name);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::file("run", &path))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(Error::file("write to", &path))?;
        }
        let output = child.wait_with_output().map_err(Error::file("wait for", &path))?;
        let words = String::from_utf8_lossy(&output.stderr);
        // In single-user mode a failed statement is an ERROR line and exit code 0.
        if output.status.success() && !words.contains("ERROR:") {
            return Ok(());
        }
        Err(Error::Failed { program: name, reason: last_lines(&words), log: self.log.clone() })
    }

    fn spawn(&self, settings: Settings) -> Result<Child, Error> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(Error::file("open", &self.log))?;
        let stderr = log.try_clone().map_err(Error::file("open", &self.log))?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(&self.pgdata);
        for setting in settings.arguments() {
            command.arg("-c").arg(setting);
        }
        let path = self.binaries.program("postgres");
        command.stdin(Stdio::null()).stdout(log).stderr(stderr).spawn().map_err(Error::file("run", path))
    }

    fn wait_ready(&self, child: &mut Child, deadline: Instant) -> Result<(), Error> {
        let log_start = fs::metadata(&self.log).map(|log| log.len()).unwrap_or_default();
        while Instant::now() < deadline {
            if let Ok(Some(status)) = child.try_wait() {
                let words = tail(&self.log, log_start.saturating_sub(200));
                return Err(self.failed(format!("it ended with {status}: {}", last_lines(&words))));
            }
            if self.says_ready(child.id()) {
                return Ok(());
            }
            sleep(POLL);
        }
        Err(self.failed(format!("it was not ready within {} s", READY_WITHIN.as_secs())))
    }

    fn failed(&self, reason: String) -> Error {
        Error::Failed { program: "postgres", reason, log: self.log.clone() }
    }

    /// The server keeps its process id in the first line of `postmaster.pid` and its state in the eighth.
    fn says_ready(&self, pid: u32) -> bool {
        let Ok(text) = fs::read_to_string(self.pgdata.join("postmaster.pid")) else { return false };
        let mut lines = text.lines();
        lines.next().is_some_and(|line| line.trim() == pid.to_string())
            && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }
}

impl Settings {
    fn arguments(self) -> Vec<String> {
        let mut all = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            "unix_socket_directories=".to_owned(),
            format!("max_connections={}", self.max_connections),
            "cluster_name=dd0c-run".to_owned(),
            "logging_collector=off".to_owned(),
            "jit=off".to_owned(),
            // A statement that failed may carry a customer's command: it stays out of the log.
            "log_min_error_statement=panic".to_owned(),
            "log_error_verbosity=terse".to_owned(),
        ];
        if !self.durable {
            all.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
        }
        all
    }
}

/// Asks the server to end all sessions and stop; insists when it does not. True when it went by itself.
pub(crate) fn stop_child(child: &mut Child) -> bool {
    let Ok(None) = child.try_wait() else { return true };
    let Ok(pid) = i32::try_from(child.id()).map(Pid::from_raw) else { return false };
    let _ = kill(pid, Signal::SIGINT);
    if wait_until(STOPPED_WITHIN, || !matches!(child.try_wait(), Ok(None))) {
        return true;
    }
    // Immediate shutdown: nothing committed is lost, the next start replays the log.
    let _ = kill(pid, Signal::SIGQUIT);
    if !wait_until(STOPPED_WITHIN, || !matches!(child.try_wait(), Ok(None))) {
        let _ = child.kill();
        let _ = child.wait();
    }
    false
}

/// Stops a server that an earlier, dead holder of this very cluster left running.
pub(crate) fn stop_leftover(pgdata: &Path) {
    let Some(pid) = noted_pid(pgdata).filter(|pid| works_in(*pid, pgdata)) else { return };
    tracing::info!(pid = pid.as_raw(), "stopping the server that an earlier run left behind");
    let gone = || !works_in(pid, pgdata);
    let _ = kill(pid, Signal::SIGINT);
    if !wait_until(STOPPED_WITHIN, gone) {
        let _ = kill(pid, Signal::SIGQUIT);
        wait_until(STOPPED_WITHIN, gone);
    }
}

fn noted_pid(pgdata: &Path) -> Option<Pid> {
    let text = fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    (pid > 1).then_some(Pid::from_raw(pid))
}

/// Whether the process is a server of this cluster: a server's working folder is its data folder.
/// A number alone may have been given to another process since.
fn works_in(pid: Pid, pgdata: &Path) -> bool {
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) => folder == pgdata,
        Err(_) if Path::new("/proc/self").exists() => false,
        Err(_) => Command::new("ps")
            .args(["-o", "args=", "-p", &pid.to_string()])
            .output()
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*pgdata.to_string_lossy())),
    }
}

fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL);
    }
    true
}

fn tail(log: &Path, from: u64) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = File::open(log) {
        let _ = file.seek(SeekFrom::Start(from));
        let _ = file.read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().rev().filter(|line| !line.trim().is_empty()).take(4).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
