//! Alerts: what is wrong, which runbook fits, what was done.

pub(crate) mod list;
pub(crate) mod show;

use chrono::{DateTime, Utc};
use dd0c_store::alerts::{Record, Rejection};
use dd0c_types::{Actor, Alert, AlertChoice, AlertId, ExecutionId, RunbookId};
use serde::Serialize;
use utoipa::ToSchema;

/// An alert as it stands. Every text of `alert` is the sender's.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// The alert.
    pub id: AlertId,
    /// All its deliveries as one.
    pub alert: Alert,
    /// How many deliveries spoke of it; a repeated one counts once.
    pub deliveries: u32,
    /// When the first one came.
    pub first_seen_at: DateTime<Utc>,
    /// When the last one came.
    pub last_seen_at: DateTime<Utc>,
    /// Which runbooks may fit; none until the ranking was made.
    pub choice: Option<AlertChoice>,
    /// The runbook that was chosen: by the ranking when it was sure, or by a person.
    pub runbook_id: Option<RunbookId>,
    /// The person who chose; none when the ranking did.
    pub chosen_by: Option<Actor>,
    /// Which runbooks people ruled out.
    pub rejections: Vec<RejectionView>,
    /// The run that was started for it.
    pub execution_id: Option<ExecutionId>,
    /// The alert with which it is shown, when it came in a storm.
    pub folded_into: Option<AlertId>,
    /// How many others came in the same storm and are shown with this one.
    pub folded: u32,
}

/// "Not this one."
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectionView {
    /// The runbook that is not the one; none when none of those offered is.
    pub runbook_id: Option<RunbookId>,
    /// Why, in the person's words.
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// The tenant's alerts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertList {
    /// The alerts, last heard of first.
    pub alerts: Vec<AlertView>,
    /// Ask with these for the ones that follow; none at the end.
    pub next: Option<NextAlerts>,
}

/// Where a page of alerts ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextAlerts {
    /// When the last one of the page was last heard of.
    pub before: DateTime<Utc>,
    /// The last one of the page.
    pub after: AlertId,
}

impl From<Record> for AlertView {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            alert: record.alert,
            deliveries: record.deliveries,
            first_seen_at: record.first_seen_at,
            last_seen_at: record.last_seen_at,
            choice: record.choice,
            runbook_id: record.runbook,
            chosen_by: record.chosen_by,
            rejections: record.rejections.into_iter().map(RejectionView::from).collect(),
            execution_id: record.execution,
            folded_into: record.folded_into,
            folded: record.folded,
        }
    }
}

impl From<Rejection> for RejectionView {
    fn from(rejection: Rejection) -> Self {
        Self { runbook_id: rejection.runbook, reason: rejection.reason, by: rejection.by, at: rejection.at }
    }
}
