//! Runs: start, follow, decide, compare with what was prescribed.

pub(crate) mod abort;
pub(crate) mod decide;
pub(crate) mod divergence;
pub(crate) mod events;
mod for_alert;
pub(crate) mod list;
pub(crate) mod resume;
pub(crate) mod show;
pub(crate) mod start;
pub(crate) mod unlisted;
pub(crate) mod view;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dd0c_types::run::ExecutionState;
use dd0c_types::{AgentId, AlertId, Command, CommandHash, ExecutionId, RunbookId, StepId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExecution {
    /// The runbook.
    pub runbook_id: RunbookId,
    /// Its version; the newest when absent.
    pub version: Option<u32>,
    /// The values of its variables, by name. They are bound as data, never spliced into a command.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The agent; the only one, or the one that is connected, when absent.
    pub agent_id: Option<AgentId>,
    /// The alert it is started for, if any. Of one alert one run goes on at a time.
    pub alert_id: Option<AlertId>,
}

/// A run that was just started.
#[derive(Serialize, ToSchema)]
pub(crate) struct StartedExecution {
    /// The run.
    pub id: ExecutionId,
    /// Where it stands.
    pub state: ExecutionState,
}

/// A run in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExecutionSummary {
    /// The run.
    pub id: ExecutionId,
    /// Where it stands.
    pub state: ExecutionState,
    /// The runbook.
    pub runbook_id: RunbookId,
    /// The version that runs.
    pub version: u32,
    /// The runbook's title.
    pub title: String,
    /// Who started it.
    pub led_by: String,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Grows with every change.
    pub revision: i64,
}

/// Runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExecutionList {
    /// The runs.
    pub executions: Vec<ExecutionSummary>,
    /// Pass it as `before` to read on; absent on the last page.
    pub next: Option<ExecutionId>,
}

/// Approval of exactly one command.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approve {
    /// SHA-256 of the command that was shown. Refused with `changed` when it is another by now.
    pub command_sha256: CommandHash,
    /// The name of the object, for a Dangerous step; several names when it names several objects.
    pub typed: Option<Typed>,
}

/// One name, or several in the order of `objects`.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Typed {
    /// One name.
    One(String),
    /// Several names.
    Many(Vec<String>),
}

/// Why something is left out or stopped.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// In words; kept in the audit trail.
    #[serde(default)]
    pub reason: String,
}

/// Another command for a step. It is classified again and asks again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// The whole new command.
    pub command: Command,
}

/// A command that the runbook does not list. It is classified, becomes a step of its own, and asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnlistedCommand {
    /// The whole command.
    pub command: Command,
}

/// What came of a step that a person closes.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// In words.
    #[serde(default)]
    pub note: String,
    /// For a step of unknown outcome, or one that a person takes over.
    pub outcome: Option<Outcome>,
    /// For a decision.
    pub choice: Option<Choice>,
}

/// What a person says of the outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It ran.
    ItRan,
    /// It did not run.
    ItDidNotRun,
    /// After a failure, or when nobody answered: the person did it themselves.
    ByHand,
}

/// Which path of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// The condition holds.
    Then,
    /// It does not.
    Else,
}

/// Nothing to say beside the act itself.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A piece of output on the event stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutputEvent {
    /// Grows within the run; the stream resumes after it.
    pub id: i64,
    /// The step.
    pub step_id: StepId,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// The first byte's place in its stream.
    pub offset: u64,
    /// The bytes, read as UTF-8; what is not becomes U+FFFD.
    pub text: String,
    /// How many bytes before this piece were counted but not kept.
    pub skipped: u64,
}
