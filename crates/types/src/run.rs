//! A run as people and scripts see it: states, steps, what may be done next.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::account::Account;
use crate::classification::{Classification, ObjectRef};
use crate::command::{Command, CommandHash};
use crate::ids::{AgentId, ExecutionId, RunbookId, StepId};
use crate::risk::{Risk, TrustLevel, UnknownSpelling};
use crate::runbook::{Branch, Hazard, Rollback, StepKind};
use chrono::{DateTime, Utc};

macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        // By rule rather than by name: the OpenAPI derive does not see a name that a macro passes on.
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The spelling in JSON, SQL and protobuf.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text),+ } }
        }
        impl std::str::FromStr for $name {
            type Err = UnknownSpelling;
            fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(UnknownSpelling)
            }
        }
    };
}

spelled! {
    /// Where a run stands.
    ExecutionState {
        /// Created, no step ready yet.
        Pending = "pending",
        /// A step is being dispatched or runs.
        Running = "running",
        /// Waits for a person.
        Waiting = "waiting",
        /// Frozen by panic.
        Paused = "paused",
        /// Every step ended well or was skipped.
        Completed = "completed",
        /// A step failed and nobody has decided yet what follows.
        Failed = "failed",
        /// A person must find out what happened before anything goes on.
        ManualIntervention = "manual_intervention",
        /// Stopped by a person; what already ran is not undone.
        Aborted = "aborted",
    }
}

spelled! {
    /// Where a step stands.
    StepState {
        /// An earlier step is not finished.
        Pending = "pending",
        /// Its turn has come; the gate decides what it asks.
        Ready = "ready",
        /// Waits for a person.
        AwaitApproval = "await_approval",
        /// A person said yes to exactly these bytes.
        Approved = "approved",
        /// The gate lets it run without asking.
        AutoOk = "auto_ok",
        /// Claimed; it may reach the agent at any moment.
        Dispatching = "dispatching",
        /// The agent accepted it.
        Running = "running",
        /// Ended with exit code 0, or a person reports it done.
        Succeeded = "succeeded",
        /// Ended with another exit code.
        Failed = "failed",
        /// Ran out of time and was stopped.
        TimedOut = "timed_out",
        /// The outcome is unknown, or a person must act.
        ManualIntervention = "manual_intervention",
        /// Failed, and an inverse command waits for approval.
        RollbackAvailable = "rollback_available",
        /// Left out by a person. Provably never started.
        Skipped = "skipped",
        /// Given up before it started. Provably never started.
        Aborted = "aborted",
        /// Nobody answered in time. Provably never started.
        Expired = "expired",
        /// Frozen by panic.
        Paused = "paused",
    }
}

spelled! {
    /// What a person may do with a step.
    StepAction {
        /// Approve (and run) exactly this command.
        Approve = "approve",
        /// Leave it out.
        Skip = "skip",
        /// Stop the run.
        Abort = "abort",
        /// Replace the command; it is classified again and asks again.
        Edit = "edit",
        /// Run the stored inverse command, as a step of its own.
        Rollback = "rollback",
        /// Try again after a failure, as a new attempt that asks again.
        Retry = "retry",
        /// Report a step without a command, or one of unknown outcome, as done.
        Done = "done",
        /// Ask a command under way to stop, or take back the right to start.
        Stop = "stop",
        /// Ask the agent what became of a command.
        Check = "check",
    }
}

spelled! {
    /// What the gate asks for before a step may start.
    Gate {
        /// Trust level 0: nothing is executed; the command is shown to copy.
        ShowOnly = "show_only",
        /// No command: a person closes the step.
        ByHand = "by_hand",
        /// May run by itself.
        Auto = "auto",
        /// One ▶ Run.
        Run = "run",
        /// Approve & run.
        Approve = "approve",
        /// The object's name, typed.
        Typed = "typed",
    }
}

impl ExecutionState {
    /// Whether the run has ended for good.
    pub const fn is_final(self) -> bool {
        matches!(self, ExecutionState::Completed | ExecutionState::Aborted)
    }
}

impl StepState {
    /// Whether the step has provably never started in this attempt (invariant I6 speaks of these).
    pub const fn never_started(self) -> bool {
        matches!(self, StepState::Skipped | StepState::Aborted | StepState::Expired)
    }
}

/// A run.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionView {
    /// Its id.
    pub id: ExecutionId,
    /// Where it stands.
    pub state: ExecutionState,
    /// The runbook.
    pub runbook_id: RunbookId,
    /// The runbook's version that runs; later edits do not touch it.
    pub version: u32,
    /// The runbook's title.
    pub title: String,
    /// Who started it (a name people recognise).
    pub led_by: String,
    /// The agent it runs on.
    pub agent_id: Option<AgentId>,
    /// The agent's name.
    pub agent_name: Option<String>,
    /// Whether the agent is connected now.
    pub agent_online: bool,
    /// The trust level it was started under.
    pub trust_level: TrustLevel,
    /// `strict` or `audit`, as in force for this run.
    pub governance_mode: String,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How the time was spent.
    pub seconds: Seconds,
    /// Grows with every change; the event stream carries it.
    pub revision: i64,
    /// Whether the person who asks may add a command that the runbook does not list.
    #[serde(default)]
    pub unlisted: UnlistedOffer,
    /// Which steps ran and which never started.
    #[serde(default)]
    pub account: Account,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
}

/// Whether a command that the runbook does not list may be added to a run now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct UnlistedOffer {
    /// Whether it may.
    pub allowed: bool,
    /// Why not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_reason: Option<String>,
}

/// Who asked for a step that the runbook does not list, and when in the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unlisted {
    /// A name people recognise.
    pub by: String,
    /// The door it came through: `web`, `api` or `slack`.
    pub channel: String,
    /// The step of the runbook that had begun last when it was asked for; none before the first.
    pub after: Option<StepId>,
}

/// How the time of a run was spent, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Seconds {
    /// Waiting for a person's decision.
    pub human: f64,
    /// A command was running.
    pub machine: f64,
    /// Neither.
    pub idle: f64,
}

/// A step of a run.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// Its id within the run.
    pub id: StepId,
    /// From 1.
    pub order: u32,
    /// What it is for.
    pub title: String,
    /// What it asks for.
    pub kind: StepKind,
    /// Where it stands.
    pub state: StepState,
    /// What the gate asks for.
    pub gate: Gate,
    /// The final risk. None for a step without a command.
    pub risk: Option<Risk>,
    /// What a Dangerous step destroys; its name is typed to approve.
    pub object: Option<ObjectRef>,
    /// Several objects are asked for one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectRef>,
    /// The exact command, with the values bound.
    pub command: Option<Command>,
    /// Its SHA-256: an approval names it.
    pub command_sha256: Option<CommandHash>,
    /// The command of the runbook, when a person edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescribed_command: Option<Command>,
    /// The environment passed beside it, by name; secrets are masked.
    #[serde(default)]
    pub environment: std::collections::BTreeMap<String, String>,
    /// The two keys' verdict.
    pub classification: Option<Classification>,
    /// The inverse command, stored before the step runs.
    pub rollback: Option<Rollback>,
    /// The step this one rolls back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_of: Option<StepId>,
    /// Who asked for it, when the runbook does not list it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<Unlisted>,
    /// Shell variables it sets for later steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// Variables it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Variables it uses that an earlier step should have set and has not. It is not run by the agent without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The orders of later steps that use what it sets and would miss it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<u32>,
    /// What makes it hard to run unattended.
    #[serde(default)]
    pub hazards: Vec<Hazard>,
    /// The choice it makes.
    pub branch: Option<Branch>,
    /// The exit code of the last attempt.
    pub exit_code: Option<i32>,
    /// The last bytes of standard output, as text.
    pub stdout_tail: String,
    /// The last bytes of standard error, as text.
    pub stderr_tail: String,
    /// How much it wrote in all.
    pub output_bytes: u64,
    /// SHA-256 over all of standard output.
    pub stdout_sha256: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<DateTime<Utc>>,
    /// When the agent began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How long it ran, in milliseconds, by the agent's monotonic clock.
    pub duration_ms: Option<u64>,
    /// What the person who asks may do now.
    pub allowed_actions: Vec<StepAction>,
    /// Why the wanted action is not allowed, in words.
    pub blocked_reason: Option<String>,
    /// When the question expires; nothing runs then.
    pub expires_at: Option<DateTime<Utc>>,
    /// The attempt's number, from 1; 0 before the first.
    pub attempt: u32,
    /// Whether any attempt may have started.
    #[serde(default)]
    pub ever_started: bool,
    /// Whether a person says that they did it themselves.
    #[serde(default)]
    pub by_hand: bool,
    /// Who left it out; none for what lies on the other way of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped_by: Option<String>,
    /// Who asked the command under way to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_asked_by: Option<String>,
    /// What is known and not known of the outcome, for people; the reason of a skip; a note.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled_alike<T: Serialize + ToSchema + Copy>(all: &[T], spelling: fn(T) -> &'static str) {
        let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
        let described = &schema["enum"];
        for (i, value) in all.iter().enumerate() {
            assert_eq!(serde_json::to_value(value).expect("a word is JSON"), spelling(*value));
            assert_eq!(described[i], spelling(*value));
        }
    }

    #[test]
    fn states_are_spelled_alike_in_json_in_sql_and_in_the_description() {
        spelled_alike(ExecutionState::ALL, ExecutionState::as_str);
        spelled_alike(StepState::ALL, StepState::as_str);
        spelled_alike(StepAction::ALL, StepAction::as_str);
        spelled_alike(Gate::ALL, Gate::as_str);
    }
}
