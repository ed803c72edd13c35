//! Results of which the end is not known. They carry what is known and never a guess (I9).

use dd0c_proto::agent::v1::StepResult;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_types::AttemptId;

use crate::journal::AttemptState;
use crate::process;

/// An attempt that was accepted by an earlier agent process which died before it wrote the end down.
pub(crate) fn lost(attempt: AttemptId, state: &AttemptState) -> StepResult {
    let (started_unix_ms, note) = match state {
        AttemptState::Started { pid, start_ticks, cgroup, unix_ms } => {
            let alive = process::still_alive(*pid, *start_ticks, cgroup.as_deref());
            let now = if alive { "It is still running." } else { "Nothing of it is running any more." };
            (*unix_ms, format!("The agent died while process {pid} ran the command. {now}"))
        }
        _ => (
            0,
            "The agent died right after it took the command on; very likely it was never started.".to_owned(),
        ),
    };
    StepResult {
        attempt_id: attempt.to_string(),
        outcome: Outcome::Unknown.into(),
        exit_code: -1,
        note,
        started_unix_ms,
        ..StepResult::default()
    }
}

/// An end that was seen and could not be written down.
pub(crate) fn not_written(result: StepResult, error: &str) -> StepResult {
    let note = format!(
        "The command ended with {}, but the agent could not write that to its journal: {error}. {}",
        result.exit_code, result.note
    );
    StepResult { outcome: Outcome::Unknown.into(), note, ..result }
}
