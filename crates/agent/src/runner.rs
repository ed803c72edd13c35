//! One step from its process to its result: time limit, stop, freeze, output, end.

use std::sync::Arc;
use std::time::Duration;

use dd0c_proto::agent::v1::StepResult;
use dd0c_proto::agent::v1::step_result::Outcome;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::outbox::Outbox;
use crate::output::{Pump, Totals};
use crate::process::{Ended, Started, Tree};
use crate::variables;

/// What is wanted of a running step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orders {
    /// A panic holds: its clock stands still.
    pub frozen: bool,
    /// A person wants it ended.
    pub stop: bool,
}

/// The limits of one step.
pub struct Limits {
    /// How long it may run, not counting time in which it was frozen.
    pub timeout: Duration,
    /// How long it may take to end after SIGTERM.
    pub grace: Duration,
}

/// Follows a started step to its end. The result has no times; the caller adds them.
pub async fn follow(
    attempt: String,
    started: Started,
    limits: Limits,
    mut orders: watch::Receiver<Orders>,
    outbox: Arc<Outbox>,
    variables: Option<variables::Watch>,
) -> StepResult {
    let Started { mut child, stdout, stderr, tree, .. } = started;
    let (tell_pump, ended) = oneshot::channel();
    let pump = tokio::spawn(Pump::new(attempt.clone(), outbox).run(stdout, stderr, ended));
    // Reaped by a task of its own, so that a killed child is never a zombie that looks alive.
    let (exited, mut exit) = oneshot::channel();
    tokio::spawn(async move {
        let _ = exited.send(child.wait().await);
    });
    let (outcome, status) = wait(&mut exit, &limits, &mut orders).await;
    let mut note = Vec::new();
    let (status, mut end) = match status {
        Some(status) => (Some(status), Ended { killed: 0, survivors: 0 }),
        None => {
            let end = tree.terminate(limits.grace).await;
            (tokio::time::timeout(Duration::from_secs(1), exit).await.ok().and_then(Result::ok), end)
        }
    };
    let _ = tell_pump.send(());
    let totals = pump.await.ok();
    if outcome == Outcome::Finished {
        end = reap_the_rest(&tree, &mut note).await;
    }
    let exit_code = status.and_then(Result::ok).map(exit_code);
    let values = variables.map(variables::Watch::collect);
    report(attempt, outcome, exit_code, totals, end, values, note)
}

/// Waits for the exit, the time limit or an order to stop; the exit wins. Frozen time does not count.
async fn wait(
    exit: &mut oneshot::Receiver<std::io::Result<std::process::ExitStatus>>,
    limits: &Limits,
    orders: &mut watch::Receiver<Orders>,
) -> (Outcome, Option<std::io::Result<std::process::ExitStatus>>) {
    let mut left = limits.timeout;
    loop {
        let Orders { frozen, stop } = *orders.borrow_and_update();
        if stop {
            // What has ended by itself was not stopped.
            return exit
                .try_recv()
                .map_or((Outcome::Stopped, None), |status| (Outcome::Finished, Some(status)));
        }
        let began = Instant::now();
        tokio::select! {
            biased;
            status = &mut *exit => {
                let lost = |_| Err(std::io::Error::other("the exit status was lost"));
                return (Outcome::Finished, Some(status.unwrap_or_else(lost)));
            }
            () = sleep_until(began + left), if !frozen => return (Outcome::TimedOut, None),
            changed = orders.changed() => {
                if changed.is_err() {
                    return (Outcome::Stopped, None);
                }
                if !frozen {
                    left = left.saturating_sub(began.elapsed());
                }
            }
        }
    }
}

/// The command has ended by itself; what it left running is ended too, and said (I20).
async fn reap_the_rest(tree: &Tree, note: &mut Vec<String>) -> Ended {
    let end = tree.kill().await;
    if end.killed > 0 {
        note.push(format!("{} left running by the command, stopped by the agent.", processes(end.killed)));
    }
    end
}

fn report(
    attempt_id: String,
    outcome: Outcome,
    exit_code: Option<i32>,
    totals: Option<Totals>,
    end: Ended,
    variables: Option<std::collections::HashMap<String, String>>,
    mut note: Vec<String>,
) -> StepResult {
    // Without the exit status the end is not known, whatever else was seen.
    let known = exit_code.is_some() || outcome != Outcome::Finished;
    if !known {
        note.push("The command's exit status could not be read.".to_owned());
    }
    if end.survivors > 0 {
        note.push(format!("{} could not be ended.", processes(end.survivors)));
    }
    let totals = totals.unwrap_or_else(|| {
        note.push("The output could not be read to its end.".to_owned());
        Totals { bytes: [0; 2], sha256: Default::default(), left_out: 0 }
    });
    if totals.left_out > 0 {
        note.push(format!("{} bytes of output were counted and hashed but not kept.", totals.left_out));
    }
    let [stdout_sha256, stderr_sha256] = totals.sha256;
    StepResult {
        attempt_id,
        outcome: if known { outcome } else { Outcome::Unknown }.into(),
        exit_code: exit_code.unwrap_or(-1),
        stdout_bytes: totals.bytes[0],
        stderr_bytes: totals.bytes[1],
        stdout_sha256,
        stderr_sha256,
        survivors: u32::try_from(end.survivors).unwrap_or(u32::MAX),
        variables: variables.unwrap_or_default(),
        note: note.join(" "),
        ..StepResult::default()
    }
}

fn processes(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}

/// The code, or 128 and the signal, as shells say it.
fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
