//! A run that is started for an alert: at most one at a time, and noted with the alert.

use dd0c_queue::{publish, topic};
use dd0c_store::{alerts, audit, executions};
use dd0c_types::{AlertId, EventType, ExecutionId};
use http::HeaderMap;
use serde_json::json;

use crate::context::CallContext;
use crate::problem::ApiError;
use crate::webhooks::accept;

/// An alert for which no run goes on.
pub(super) struct FreeAlert {
    id: AlertId,
    /// The id that its next run has, whoever starts it.
    pub(super) run: ExecutionId,
}

/// The alert, unless a run goes on for it.
///
/// # Errors
/// `not_found`; `already_started` with the run that goes on.
pub(super) async fn free(ctx: &CallContext, id: AlertId) -> Result<FreeAlert, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let alert = alerts::get(&mut tx, id).await?;
    let before = match alert.execution {
        Some(run) => executions::view(&mut tx, run).await?,
        None => None,
    };
    if let Some(run) = before.filter(|run| !run.state.is_final()) {
        let detail =
            format!("{} started a run for this alert, and it goes on. No other was started.", run.led_by);
        return Err(ApiError::conflict("already_started", detail).with("decided_by", run.led_by));
    }
    Ok(FreeAlert { id, run: alert.next_run(ctx.caller().tenant) })
}

/// Notes the run and the runbook with the alert, and tells whoever shows alerts.
///
/// # Errors
/// Those of the store: the run was started nevertheless.
pub(super) async fn note(ctx: &CallContext, alert: &FreeAlert) -> Result<(), ApiError> {
    let FreeAlert { id, run } = *alert;
    let actor = ctx.actor();
    let mut tx = ctx.tenant_tx().await?;
    let known = alerts::lock(&mut tx, id).await?.execution;
    // Of two who pressed at once, the first one's runbook runs.
    let started = executions::view(&mut tx, run).await?.filter(|_| known != Some(run));
    let Some(runbook) = started.map(|run| run.runbook_id) else { return Ok(()) };
    alerts::choose(&mut tx, id, runbook, &actor).await?;
    alerts::set_execution(&mut tx, id, run).await?;
    let fields = json!({"alert_id": id, "why": "started"});
    let trace = accept::trace(&HeaderMap::new())?;
    publish(&mut tx, topic::ALERT_CHANGED, &format!("{id}:{run}"), fields, &trace, ctx.now()).await?;
    let data = json!({"alert_id": id, "runbook_id": runbook, "execution_id": run});
    audit::append(&mut tx, EventType::AlertMatched, Some(run), &actor, data).await?;
    Ok(tx.commit().await?)
}
