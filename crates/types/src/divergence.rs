//! What was prescribed beside what was done.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::command::Command;
use crate::ids::{ExecutionId, RunbookId, StepId};
use crate::run::{StepState, Unlisted};

/// How a step departed from the runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// Ran exactly as written, with the values bound; or a person closed a step that has no command.
    AsWritten,
    /// Lies on the other way of a decision: the runbook itself leaves it out.
    NotChosen,
    /// Left out by a person.
    Skipped,
    /// Another command ran, or waits, in its place.
    Edited,
    /// Ran although the runbook does not list it.
    Unlisted,
    /// Ran and undid a step; not part of the runbook's own order.
    RolledBack,
    /// A person says that they did it themselves; the agent did not.
    ByHand,
    /// Its turn has not come, or the run ended before it.
    NotReached,
    /// It started and did not end well.
    NotSucceeded,
}

/// What a change of the runbook's text would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Suggestion {
    /// The command that ran takes the place of the prescribed one.
    Replace,
    /// The command that was left out goes.
    Remove,
    /// The command that was run beside the runbook comes in, behind the step it followed.
    Insert,
}

/// Whether words stayed, went or came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// In both.
    Same,
    /// In the prescribed command alone.
    Removed,
    /// In the actual one alone.
    Added,
}

/// A stretch of words of two commands. No `Debug`: it is part of a command.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WordChange {
    /// Whether they stayed, went or came.
    pub kind: WordKind,
    /// The words, with what stands between them.
    pub text: String,
}

/// One line of the comparison. No `Debug`: it holds commands.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DivergenceItem {
    /// The step of the run.
    pub step_id: StepId,
    /// Its place, from 1.
    pub order: u32,
    /// What it is for.
    pub title: String,
    /// How it departed.
    pub departure: Departure,
    /// The command of the runbook, with the values bound.
    pub prescribed: Option<Command>,
    /// The command that ran or stands ready.
    pub actual: Option<Command>,
    /// The words that changed between the two; empty when none did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<WordChange>,
    /// Who asked for it, when the runbook does not list it, and behind which step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<Unlisted>,
    /// The change of the runbook that would make it say what was done.
    pub suggestion: Option<Suggestion>,
    /// Where the step stands.
    pub state: StepState,
    /// Who decided it.
    pub by: Option<String>,
    /// The reason or note they gave.
    pub note: Option<String>,
}

/// What was prescribed beside what was done.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Divergence {
    /// The run.
    pub execution_id: ExecutionId,
    /// The runbook.
    pub runbook_id: RunbookId,
    /// The version that was prescribed.
    pub version: u32,
    /// Whether the run has ended; before that the comparison can still change.
    pub ended: bool,
    /// Whether everything ran exactly as written.
    pub exact: bool,
    /// Every step, in order; a command beside the runbook stands behind the step it followed.
    pub steps: Vec<DivergenceItem>,
}

impl Departure {
    /// Whether somebody, or something, departed from what was written.
    pub const fn departs(self) -> bool {
        matches!(
            self,
            Departure::Skipped
                | Departure::Edited
                | Departure::Unlisted
                | Departure::RolledBack
                | Departure::ByHand
                | Departure::NotSucceeded
        )
    }
}
