//! A run as this caller sees it: with what they may do next, and why not more.

use dd0c_approval::actions::{Viewer, fill};
use dd0c_approval::{Policy, Requester};
use dd0c_store::{TenantTx, executions, panic};
use dd0c_types::ExecutionId;
use dd0c_types::run::ExecutionView;

use crate::context::{CallContext, Caller};
use crate::problem::ApiError;

/// The run in a transaction of its own; none when there is no such run.
pub(crate) async fn load(ctx: &CallContext, id: ExecutionId) -> Result<Option<ExecutionView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    read(&mut tx, ctx.caller(), id).await
}

/// The run in this transaction.
pub(crate) async fn read(
    tx: &mut TenantTx<'_>,
    caller: &Caller,
    id: ExecutionId,
) -> Result<Option<ExecutionView>, ApiError> {
    let Some(mut run) = executions::view(tx, id).await? else { return Ok(None) };
    let Some(facts) = executions::facts(tx, id).await? else { return Ok(None) };
    let halted = panic::get(tx).await?.halted;
    let policy = Policy::from_json(&facts.policy.to_string()).map_err(ApiError::internal)?;
    let viewer = Viewer { role: caller.role, user: caller.user, requester: Requester(facts.requester) };
    fill(&mut run, &facts.open, halted, &viewer, &policy);
    Ok(Some(run))
}
