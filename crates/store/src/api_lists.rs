//! Lists and figures as the dashboard shows them: questions that span several aggregates.

use std::collections::HashMap;

use dd0c_types::run::ExecutionState;
use dd0c_types::{Actor, AttemptId, ExecutionId, RunbookId, Timestamp};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, from_word, unsigned};
use crate::runbooks::{self, Runbook};
use crate::store::TenantTx;

/// How many steps carry which risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RiskMix {
    /// Steps that only read.
    pub safe: u32,
    /// Steps that ask.
    pub caution: u32,
    /// Steps that ask for a typed name.
    pub dangerous: u32,
    /// Steps without a command.
    pub by_hand: u32,
}

/// A runbook with what a list shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunbookLine {
    /// The runbook.
    pub runbook: Runbook,
    /// The newest version's steps by risk.
    pub risk_mix: RiskMix,
    /// Who saved the newest version.
    pub updated_by: Actor,
    /// Its newest run.
    pub last_run: Option<RunLine>,
}

/// A run with what a list shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    /// The run.
    pub id: ExecutionId,
    /// Where it stands.
    pub state: ExecutionState,
    /// The runbook.
    pub runbook: RunbookId,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Who started it.
    pub led_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Grows with every change.
    pub revision: i64,
}

/// Figures of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Figures {
    /// Runbooks that are not deleted.
    pub runbooks: i64,
    /// Runs in all.
    pub executions: i64,
    /// Runs that are not over.
    pub live_executions: i64,
    /// Runs that wait for a person.
    pub waiting_executions: i64,
    /// Agents that are connected.
    pub agents_online: i64,
    /// Agents that are not shut out.
    pub agents: i64,
}

#[derive(FromRow)]
struct RunRow {
    id: Uuid,
    state: String,
    runbook_id: Uuid,
    version: i32,
    title: String,
    led_by: String,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    revision: i64,
}

/// All runbooks that are not deleted, last changed first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn runbooks(tx: &mut TenantTx<'_>) -> Result<Vec<RunbookLine>, StoreError> {
    let mixes = risk_mixes(tx, None).await?;
    let mut authors = authors(tx).await?;
    let mut last_runs = last_runs(tx).await?;
    let listed = runbooks::list(tx).await?;
    listed
        .into_iter()
        .map(|runbook| {
            let key = (runbook.id, runbook.latest_version);
            let updated_by = authors
                .remove(&runbook.id)
                .ok_or_else(|| StoreError::corrupt("a runbook without its version"))?;
            let last_run = last_runs.remove(&runbook.id);
            Ok(RunbookLine {
                risk_mix: mixes.get(&key).copied().unwrap_or_default(),
                updated_by,
                last_run,
                runbook,
            })
        })
        .collect()
}

/// The steps of every version of one runbook by risk, or of the newest version of each.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn risk_mixes(
    tx: &mut TenantTx<'_>,
    only: Option<RunbookId>,
) -> Result<HashMap<(RunbookId, u32), RiskMix>, StoreError> {
    let rows: Vec<(Uuid, i32, i32, i32, i32, i32)> = sqlx::query_as(
        "select v.runbook_id, v.version, jsonb_array_length(v.parsed -> 'steps'),
           (count(*) filter (where c.document ->> 'risk' = 'safe'))::int,
           (count(*) filter (where c.document ->> 'risk' = 'caution'))::int,
           (count(*) filter (where c.document ->> 'risk' = 'dangerous'))::int
         from dd0c.runbook_versions v
         join dd0c.runbooks r on r.tenant_id = v.tenant_id and r.id = v.runbook_id
         left join dd0c.classifications c
           on c.tenant_id = v.tenant_id and c.runbook_id = v.runbook_id and c.version = v.version
         where v.tenant_id = $1 and (v.runbook_id = $2 or ($2 is null and v.version = r.latest_version))
         group by v.tenant_id, v.runbook_id, v.version",
    )
    .bind(tx.tenant_uuid())
    .bind(only.map(RunbookId::uuid))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(mix).collect()
}

/// Runs, newest first: those in `state`, or all; those after `before` in that order, or from the first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn executions(
    tx: &mut TenantTx<'_>,
    state: Option<ExecutionState>,
    before: Option<ExecutionId>,
    limit: u32,
) -> Result<Vec<RunLine>, StoreError> {
    let rows: Vec<RunRow> = sqlx::query_as(
        "select e.id, e.state, e.runbook_id, e.version, e.title, e.led_by, e.started_at, e.ended_at, e.revision
         from dd0c.executions e
         where e.tenant_id = $1 and ($2::text is null or e.state = $2)
           and ($3::uuid is null or (e.started_at, e.id) <
             (select b.started_at, b.id from dd0c.executions b where b.tenant_id = $1 and b.id = $3))
         order by e.started_at desc, e.id desc limit $4",
    )
    .bind(tx.tenant_uuid())
    .bind(state.map(ExecutionState::as_str))
    .bind(before.map(ExecutionId::uuid))
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(run).collect()
}

/// The numbers of a run's attempts, from 1 for each step.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn attempt_numbers(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
) -> Result<HashMap<AttemptId, u32>, StoreError> {
    let rows: Vec<(Uuid, i32)> =
        sqlx::query_as("select id, number from dd0c.attempts where tenant_id = $1 and execution_id = $2")
            .bind(tx.tenant_uuid())
            .bind(execution.uuid())
            .fetch_all(tx.connection())
            .await?;
    rows.into_iter().map(|(id, number)| Ok((AttemptId::from_uuid(id), unsigned(number)?))).collect()
}

/// Counts what there is.
///
/// # Errors
/// `Unavailable`.
pub async fn figures(tx: &mut TenantTx<'_>) -> Result<Figures, StoreError> {
    Ok(sqlx::query_as(
        "select
           (select count(*) from dd0c.runbooks where tenant_id = $1 and deleted_at is null) as runbooks,
           (select count(*) from dd0c.executions where tenant_id = $1) as executions,
           (select count(*) from dd0c.executions
            where tenant_id = $1 and state not in ('completed', 'aborted')) as live_executions,
           (select count(*) from dd0c.executions where tenant_id = $1 and state = 'waiting') as waiting_executions,
           (select count(*) from dd0c.agents
            where tenant_id = $1 and connected and revoked_at is null) as agents_online,
           (select count(*) from dd0c.agents where tenant_id = $1 and revoked_at is null) as agents",
    )
    .bind(tx.tenant_uuid())
    .fetch_one(tx.connection())
    .await?)
}

async fn last_runs(tx: &mut TenantTx<'_>) -> Result<HashMap<RunbookId, RunLine>, StoreError> {
    let rows: Vec<RunRow> = sqlx::query_as(
        "select distinct on (runbook_id)
           id, state, runbook_id, version, title, led_by, started_at, ended_at, revision
         from dd0c.executions where tenant_id = $1 order by runbook_id, started_at desc, id desc",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(|row| run(row).map(|run| (run.runbook, run))).collect()
}

fn run(row: RunRow) -> Result<RunLine, StoreError> {
    Ok(RunLine {
        id: ExecutionId::from_uuid(row.id),
        state: from_word(&row.state, "a run's state")?,
        runbook: RunbookId::from_uuid(row.runbook_id),
        version: unsigned(row.version)?,
        title: row.title,
        led_by: row.led_by,
        started_at: row.started_at,
        ended_at: row.ended_at,
        revision: row.revision,
    })
}

type MixRow = (Uuid, i32, i32, i32, i32, i32);

fn mix(row: MixRow) -> Result<((RunbookId, u32), RiskMix), StoreError> {
    let (id, version, steps, safe, caution, dangerous) = row;
    let (safe, caution, dangerous) = (unsigned(safe)?, unsigned(caution)?, unsigned(dangerous)?);
    let by_hand = unsigned(steps)?.saturating_sub(safe + caution + dangerous);
    Ok(((RunbookId::from_uuid(id), unsigned(version)?), RiskMix { safe, caution, dangerous, by_hand }))
}

async fn authors(tx: &mut TenantTx<'_>) -> Result<HashMap<RunbookId, Actor>, StoreError> {
    let rows: Vec<(Uuid, Value)> = sqlx::query_as(
        "select v.runbook_id, v.created_by from dd0c.runbook_versions v
         join dd0c.runbooks r
           on r.tenant_id = v.tenant_id and r.id = v.runbook_id and r.latest_version = v.version
         where v.tenant_id = $1 and r.deleted_at is null",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter()
        .map(|(id, by)| Ok((RunbookId::from_uuid(id), from_value(by, "who saved a version")?)))
        .collect()
}
