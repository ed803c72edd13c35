//! Verdicts on single commands.

pub(crate) mod classify;
pub(crate) mod show;

use dd0c_types::{Classification, Command, RunbookId, StepId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A command to judge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToClassify {
    /// The command, to the byte.
    pub command: Command,
    /// What is known of where it runs.
    pub context: Option<String>,
}

/// The stored verdict on a step's command.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoredClassification {
    /// The step.
    pub step_id: StepId,
    /// The runbook it belongs to.
    pub runbook_id: RunbookId,
    /// The version it was judged in.
    pub version: u32,
    /// The verdict.
    pub classification: Classification,
}
