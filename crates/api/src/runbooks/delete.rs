//! Deletes a runbook.

use dd0c_store::{audit, runbooks};
use dd0c_types::{EventType, RunbookId};
use http::StatusCode;
use serde_json::json;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Deletes a runbook. Runs of it and the audit trail stay.
#[utoipa::path(delete, path = "/runbooks/{id}", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")), responses((status = 204)))]
pub(crate) async fn delete_runbook(ctx: CallContext, Id(id): Id<RunbookId>) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let runbook = runbooks::get(&mut tx, id).await?;
    runbooks::soft_delete(&mut tx, id).await?;
    let data = json!({"runbook_id": id, "title": runbook.title, "latest_version": runbook.latest_version});
    audit::append(&mut tx, EventType::RunbookDeleted, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
