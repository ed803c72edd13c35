//! What people are told about an outcome. Facts only, and what is not known is said to be unknown.

use dd0c_types::Timestamp;
use dd0c_types::runbook::StepKind;

use crate::event::{AgentWord, ReportKind, Status};
use crate::run::{Flight, Run, Step};

pub(crate) const TIMED_OUT: &str = "It ran out of time and was stopped; every process it started is gone.";
pub(crate) const STOPPED: &str =
    "It was stopped at a person's wish. What it had done until then is not undone.";
pub(crate) const STOPPED_BEFORE: &str = "It was stopped before the agent had seen it. Nothing has run.";
pub(crate) const STOP_TOO_LATE: &str = "It ended by itself before the stop that was asked for reached it.";
pub(crate) const EXPIRED: &str = "Nobody answered in time. Nothing has run.";
pub(crate) const APPROVAL_UNUSED: &str =
    "The approval ran out before the agent could take the step. Nothing has run.";

/// The text of an unknown outcome: what is known, what is not, what will not happen, what to do.
pub(crate) fn unknown_outcome(
    run: &Run,
    step: &Step,
    flight: &Flight,
    why: &str,
    output_bytes: u64,
) -> String {
    let agent = &run.agent;
    let known = match flight.accepted_at {
        Some(at) => format!("The agent `{agent}` accepted it at {}", clock(at)),
        None => format!("It was sent to the agent `{agent}` at {}", clock(flight.claimed_at)),
    };
    // What the agent itself knows stands in `why`; without it not even that much is known.
    let (then, alive) = if why.is_empty() {
        (" and stopped answering before it reported an end.".to_owned(), " Process still running: unknown.")
    } else {
        (format!(". {}.", why.trim_end_matches('.')), "")
    };
    let check = match verification(run, step) {
        Some(command) => format!("Check: `{command}`"),
        None => "Check on the machine itself".to_owned(),
    };
    let rollback = if step.rollback_available() { " / Start rollback (needs approval)" } else { "" };
    format!(
        "Step {} may have run. {known}{then} Last output: byte {output_bytes}.{alive} \
         We will not run it again. {check}. Then choose: It ran / It did not run{rollback}.",
        step.order
    )
}

/// Whether a command names a shell variable, as `$NAME` or `${NAME…}`.
pub fn mentions(command: &str, name: &str) -> bool {
    command.match_indices('$').any(|(at, _)| {
        let rest = command[at + 1..].trim_start_matches('{');
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        &rest[..end] == name
    })
}

/// Why a command is not run by the agent although its turn has come.
pub(crate) fn needs(names: &[String]) -> String {
    let names = names.join(", ");
    format!(
        "It uses {names}, which no step of this run has set, so the agent does not run it. \
         Do it by hand, edit the command, or skip it."
    )
}

pub(crate) fn agent_lost(run: &Run) -> String {
    format!(
        "The agent `{}` is not connected. This step was sent to it; whether it has finished is not known yet. \
         It will not be sent again on its own.",
        run.agent
    )
}

pub(crate) fn agent_refused(reason: &str) -> String {
    format!("The agent refused it and nothing has run: {reason}")
}

pub(crate) fn exit(code: i32, survivors: u32) -> String {
    match survivors {
        0 => format!("Ended with exit code {code}."),
        left => format!("Ended with exit code {code} and left {left} of its processes running."),
    }
}

pub(crate) fn rolled_back(order: u32) -> String {
    format!("Rolled back by step {order}.")
}

pub(crate) fn evidence(word: &AgentWord) -> String {
    let said = match word {
        AgentWord::Accepted => "it accepted the step".to_owned(),
        AgentWord::Started => "it started the step".to_owned(),
        AgentWord::Refused { reason, .. } => format!("it refused the step: {reason}"),
        AgentWord::Result(report) => match report.kind {
            ReportKind::Finished { exit_code } => format!("the command ended with exit code {exit_code}"),
            ReportKind::TimedOut => "the command ran out of time and was stopped".to_owned(),
            ReportKind::Stopped => "the command was stopped".to_owned(),
            ReportKind::Unknown => {
                format!("it does not know the outcome: {}", report.note.trim_end_matches('.'))
            }
        },
        AgentWord::Status { status, note } => format!("{} {note}", journal(*status)).trim_end().to_owned(),
    };
    format!("The agent said later: {said}.")
}

/// Whether people were told already what the agent says of an unknown outcome.
pub(crate) fn is_known(told: &str, word: &AgentWord) -> bool {
    let AgentWord::Result(report) = word else { return false };
    report.kind == ReportKind::Unknown
        && !report.note.is_empty()
        && told.contains(report.note.trim_end_matches('.'))
}

fn journal(status: Status) -> &'static str {
    match status {
        Status::NotSeen => "it never saw this attempt and will never start it",
        Status::Accepted => "it accepted this attempt",
        Status::Running => "this attempt is running",
        Status::Finished => "this attempt has finished",
        Status::Unknown => "it does not know what became of this attempt",
        Status::Refused => "it refused this attempt",
    }
}

/// The next check of the runbook that has a command: the author's own way of looking.
fn verification<'r>(run: &'r Run, step: &Step) -> Option<&'r str> {
    let later = |other: &&Step| other.kind == StepKind::Check && other.order > step.order;
    let check = run.steps.iter().filter(later).min_by_key(|other| other.order)?;
    check.command.as_ref().map(dd0c_types::Command::reveal)
}

fn clock(at: Timestamp) -> impl std::fmt::Display {
    at.format("%H:%M:%S UTC")
}
