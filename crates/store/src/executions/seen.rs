//! Runs as people see them.

use std::collections::BTreeMap;

use dd0c_types::account::{self, Account};
use dd0c_types::run::{ExecutionView, Seconds, UnlistedOffer};
use dd0c_types::{AgentId, ExecutionId, RunbookId, Timestamp, TrustLevel};

use super::{Row, steps};
use crate::error::StoreError;
use crate::json::{from_word, unsigned};
use crate::store::TenantTx;
use crate::{agents, outputs};

/// A run as people see it; `allowed_actions` are empty and are filled in by who knows the asker. None when there is
/// no such run.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn view(tx: &mut TenantTx<'_>, id: ExecutionId) -> Result<Option<ExecutionView>, StoreError> {
    let row: Option<Row> = sqlx::query_as("select * from dd0c.executions where tenant_id = $1 and id = $2")
        .bind(tx.tenant_uuid())
        .bind(id.uuid())
        .fetch_optional(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut view = summary(row)?;
    view.agent_online = match view.agent_id {
        Some(agent) => is_online(tx, agent).await?,
        None => false,
    };
    let mut tails = outputs::tails(tx, id).await?;
    for step in steps(tx, id).await? {
        let mut seen = step.view;
        if let Some(tail) = tails.remove(&seen.id) {
            seen.stdout_tail = tail.stdout;
            seen.stderr_tail = tail.stderr;
            seen.output_bytes = seen.output_bytes.max(tail.bytes);
        }
        view.steps.push(seen);
    }
    let needed_by = account::needed_by(&view.steps);
    for (step, needed_by) in view.steps.iter_mut().zip(needed_by) {
        step.needed_by = needed_by;
    }
    view.account = Account::of_views(&view.steps);
    Ok(Some(view))
}

/// The latest runs, newest first, without their steps. `before` continues a list: runs started before that moment.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn list(
    tx: &mut TenantTx<'_>,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<ExecutionView>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select * from dd0c.executions where tenant_id = $1 and ($2::timestamptz is null or started_at < $2)
         order by started_at desc, id limit $3",
    )
    .bind(tx.tenant_uuid())
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    let online: BTreeMap<AgentId, bool> =
        agents::list(tx).await?.into_iter().map(|agent| (agent.id, agent.connected)).collect();
    let mut views = rows.into_iter().map(summary).collect::<Result<Vec<_>, _>>()?;
    for view in &mut views {
        view.agent_online = view.agent_id.is_some_and(|agent| online.get(&agent).copied().unwrap_or(false));
    }
    Ok(views)
}

async fn is_online(tx: &mut TenantTx<'_>, agent: AgentId) -> Result<bool, StoreError> {
    match agents::get(tx, agent).await {
        Ok(agent) => Ok(agent.connected),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn summary(row: Row) -> Result<ExecutionView, StoreError> {
    let trust_level = u8::try_from(row.trust_level)
        .ok()
        .and_then(TrustLevel::from_number)
        .ok_or_else(|| StoreError::corrupt("a trust level"))?;
    Ok(ExecutionView {
        id: ExecutionId::from_uuid(row.id),
        state: from_word(&row.state, "a run's state")?,
        runbook_id: RunbookId::from_uuid(row.runbook_id),
        version: unsigned(row.version)?,
        title: row.title,
        led_by: row.led_by,
        agent_id: Some(AgentId::from_uuid(row.agent_id)),
        agent_name: Some(row.agent_name),
        agent_online: false,
        trust_level,
        governance_mode: row.governance_mode,
        started_at: row.started_at,
        ended_at: row.ended_at,
        seconds: Seconds {
            human: seconds(row.human_ms),
            machine: seconds(row.machine_ms),
            idle: seconds(row.idle_ms),
        },
        revision: row.revision,
        unlisted: UnlistedOffer::default(),
        account: Account::default(),
        steps: Vec::new(),
    })
}

/// Milliseconds as seconds. A run of 285,000 years would lose precision.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
