//! How far the runs of a version of a runbook departed from it.

use dd0c_types::{ExecutionId, RunbookId, Timestamp};
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::signed;
use crate::store::TenantTx;

/// How many runs of one version there were, and how many departed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Staleness {
    /// Runs that ended.
    pub runs: u64,
    /// Those in which something departed from the text.
    pub departed: u64,
    /// The last of them.
    pub last: Option<LastDeparture>,
}

/// The last run that departed from a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDeparture {
    /// The run.
    pub execution: ExecutionId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How many of its departures could be taken over into the text.
    pub suggestions: u32,
}

/// Keeps with a run that `departed` of its steps departed from the runbook, and how many of those could be taken over.
///
/// # Errors
/// `NotFound`; `Unavailable`.
pub async fn note_divergence(
    tx: &mut TenantTx<'_>,
    id: ExecutionId,
    departed: usize,
    suggestions: usize,
) -> Result<(), StoreError> {
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let noted = sqlx::query(
        "update dd0c.executions set departures = $3, suggestions = $4 where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(count(departed))
    .bind(count(suggestions))
    .execute(tx.connection())
    .await?;
    if noted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// How far the runs of this version departed from it.
///
/// # Errors
/// `Unavailable`.
pub async fn of(tx: &mut TenantTx<'_>, runbook: RunbookId, version: u32) -> Result<Staleness, StoreError> {
    let (runs, departed): (i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where departures > 0) from dd0c.executions
         where tenant_id = $1 and runbook_id = $2 and version = $3 and ended_at is not null",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(signed(version)?)
    .fetch_one(tx.connection())
    .await?;
    let last: Option<(Uuid, Timestamp, i32)> = sqlx::query_as(
        "select id, ended_at, suggestions from dd0c.executions
         where tenant_id = $1 and runbook_id = $2 and version = $3 and ended_at is not null and departures > 0
         order by ended_at desc, id limit 1",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(signed(version)?)
    .fetch_optional(tx.connection())
    .await?;
    let last = last.map(|(id, ended_at, suggestions)| LastDeparture {
        execution: ExecutionId::from_uuid(id),
        ended_at,
        suggestions: suggestions.unsigned_abs(),
    });
    Ok(Staleness { runs: runs.unsigned_abs(), departed: departed.unsigned_abs(), last })
}
