//! Runbooks: paste, read, change, compare versions, set how far each is trusted.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod draft;
pub(crate) mod intake;
pub(crate) mod list;
pub(crate) mod matching;
pub(crate) mod preview;
mod saved;
pub(crate) mod show;
pub(crate) mod show_version;
mod step_ids;
pub(crate) mod trust_level;
pub(crate) mod update;
pub(crate) mod versions;

use chrono::{DateTime, Utc};
use dd0c_store::staleness::Staleness;
use dd0c_types::{ExecutionId, ParsedRunbook, RunbookId, StepId, TrustLevel, run::ExecutionState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text to make a runbook of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRunbook {
    /// The pasted text: Markdown, HTML or plain. At most 512 KiB with everything around it.
    pub text: String,
    /// A title; the text's own when absent.
    pub title: Option<String>,
}

/// A text to look at, without storing anything.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewText {
    /// The pasted text. At most 128 KiB with everything around it.
    pub text: String,
    /// A title; the text's own when absent.
    pub title: Option<String>,
}

/// `verdicts`, an event of a preview: what is known now of some steps.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes an event whose bytes the intake makes")]
pub(crate) struct PreviewVerdicts {
    /// The steps that this event is about; all others stay as they are.
    pub steps: Vec<PreviewVerdict>,
    /// The times so far.
    pub timings_ms: dd0c_types::runbook::Timings,
}

/// What is known now of a step.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes an event whose bytes the intake makes")]
pub(crate) struct PreviewVerdict {
    /// The step.
    pub id: dd0c_types::StepId,
    /// The verdict of both keys.
    pub classification: dd0c_types::Classification,
    /// The way back, when one is known.
    pub rollback: Option<dd0c_types::runbook::Rollback>,
}

/// `done`, an event of a preview: the whole result.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes an event whose bytes the intake makes")]
pub(crate) struct PreviewDone {
    /// The runbook, with its warnings and the time of each stage.
    pub runbook: ParsedRunbook,
    /// Whether late answers are still awaited: then `labels`, `verdicts` and another `done` follow.
    pub waiting: bool,
}

/// A new text for a runbook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedRunbook {
    /// The whole new text.
    pub text: String,
    /// A title; the text's own when absent.
    pub title: Option<String>,
    /// The version the change was made from. Refused with `stale` when another is current.
    pub expected_version: u32,
    /// The run whose departures the change takes over, when it does; kept in the audit trail.
    pub from_execution: Option<ExecutionId>,
}

/// Which departures of a run a draft takes over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftWish {
    /// The run. It must have run the newest version.
    pub execution_id: ExecutionId,
    /// The steps of the run whose suggestions are taken over.
    pub items: Vec<StepId>,
}

/// A text that takes departures over. Nothing of it is stored; a person publishes it as the next version.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunbookDraft {
    /// The runbook.
    pub runbook_id: RunbookId,
    /// The run whose departures it takes over.
    pub execution_id: ExecutionId,
    /// The version it was made from: `expected_version` when it is published.
    pub base_version: u32,
    /// The version it would become.
    pub next_version: u32,
    /// The text it was made from.
    pub base_text: String,
    /// The new text.
    pub text: String,
    /// What is made of the new text.
    pub parsed: ParsedRunbook,
    /// Whether the new text reads as the commands that were meant. When not, look closely before publishing.
    pub reads_as_meant: bool,
    /// What could not be taken over.
    pub left_out: Vec<DraftLeftOut>,
}

/// A change that was asked for and not made.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftLeftOut {
    /// The step of the run.
    pub step_id: StepId,
    /// Why, in words.
    pub reason: String,
}

/// How far the runs of the newest version departed from it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct StalenessView {
    /// Runs of this version that ended.
    pub runs: u64,
    /// Those in which something departed from the text.
    pub departed: u64,
    /// The last of them.
    pub last: Option<LastDeparture>,
}

/// The last run that departed from the text.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct LastDeparture {
    /// The run.
    pub execution_id: ExecutionId,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How many of its departures could be taken over into the text.
    pub suggestions: u32,
}

/// A version as it was just stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedRunbook {
    /// The runbook.
    pub id: RunbookId,
    /// Its version, from 1.
    pub version: u32,
    /// What was made of the text.
    pub parsed: ParsedRunbook,
}

/// One version of a runbook with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunbookDocument {
    /// The runbook.
    pub id: RunbookId,
    /// Its title in this version.
    pub title: String,
    /// This version, from 1.
    pub version: u32,
    /// The newest version.
    pub latest_version: u32,
    /// How much the newest version may do by itself.
    pub trust_level: TrustLevel,
    /// The pasted text, to the byte.
    pub text: String,
    /// What was made of it.
    pub parsed: ParsedRunbook,
    /// When this version was stored.
    pub created_at: DateTime<Utc>,
    /// Who stored it.
    pub created_by: String,
    /// How far the runs of this version departed from it.
    pub staleness: StalenessView,
}

/// How many steps carry which risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RiskMix {
    /// Steps that only read.
    pub safe: u32,
    /// Steps that ask.
    pub caution: u32,
    /// Steps that ask for a typed name.
    pub dangerous: u32,
    /// Steps without a command.
    pub by_hand: u32,
}

/// A runbook in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunbookSummary {
    /// The runbook.
    pub id: RunbookId,
    /// Its newest title.
    pub title: String,
    /// Its newest version.
    pub version: u32,
    /// How much it may do by itself.
    pub trust_level: TrustLevel,
    /// Its steps by risk.
    pub risk_mix: RiskMix,
    /// When the newest version was stored.
    pub updated_at: DateTime<Utc>,
    /// Who stored it.
    pub updated_by: String,
    /// Its newest run, when it ever ran.
    pub last_run: Option<LastRun>,
}

/// The newest run of a runbook.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastRun {
    /// The run.
    pub id: dd0c_types::ExecutionId,
    /// Where it stands.
    pub state: ExecutionState,
    /// When it was started.
    pub started_at: DateTime<Utc>,
}

/// Runbooks, the most recently changed first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunbookList {
    /// The runbooks.
    pub runbooks: Vec<RunbookSummary>,
}

/// A version in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionSummary {
    /// The version, from 1.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// SHA-256 of its text.
    pub source_sha256: String,
    /// Its steps by risk.
    pub risk_mix: RiskMix,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// Who stored it.
    pub created_by: String,
}

/// The versions of a runbook, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionList {
    /// The versions.
    pub versions: Vec<VersionSummary>,
}

/// A new trust level.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustChange {
    /// 0 Show, 1 Ask, 2 Copilot.
    pub level: TrustLevel,
    /// Why; kept in the audit trail. Not empty.
    pub reason: String,
}

/// The trust level as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrustView {
    /// The runbook.
    pub id: RunbookId,
    /// The version the level is bound to; any new version starts at 1 again.
    pub version: u32,
    /// The level.
    pub trust_level: TrustLevel,
}

impl RunbookDocument {
    fn of(
        runbook: &dd0c_store::runbooks::Runbook,
        version: dd0c_store::runbooks::RunbookVersion,
        staleness: Staleness,
    ) -> Self {
        Self {
            id: runbook.id,
            title: version.title,
            version: version.version,
            latest_version: runbook.latest_version,
            trust_level: runbook.trust_level,
            text: version.text,
            parsed: version.parsed,
            created_at: version.created_at,
            created_by: version.created_by.name,
            staleness: staleness.into(),
        }
    }
}

impl From<Staleness> for StalenessView {
    fn from(staleness: Staleness) -> Self {
        let last = staleness.last.map(|last| LastDeparture {
            execution_id: last.execution,
            ended_at: last.ended_at,
            suggestions: last.suggestions,
        });
        Self { runs: staleness.runs, departed: staleness.departed, last }
    }
}

impl From<dd0c_store::api_lists::RiskMix> for RiskMix {
    fn from(mix: dd0c_store::api_lists::RiskMix) -> Self {
        Self { safe: mix.safe, caution: mix.caution, dangerous: mix.dangerous, by_hand: mix.by_hand }
    }
}
