//! Sets how much a runbook may do by itself.

use dd0c_store::{audit, runbooks};
use dd0c_types::{EventType, RunbookId};
use serde_json::json;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::{TrustChange, TrustView};

/// Sets how much the newest version may do by itself. A later version starts again at Ask.
#[utoipa::path(put, path = "/runbooks/{id}/trust-level", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    request_body = TrustChange, responses((status = 200, body = TrustView)))]
pub(crate) async fn set_trust_level(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
    Body(body): Body<TrustChange>,
) -> Result<Json<TrustView>, ApiError> {
    if body.reason.trim().is_empty() {
        let detail = "A change of trust needs a reason. Nothing was changed.";
        return Err(ApiError::unprocessable("reason_missing", detail));
    }
    let mut tx = ctx.tenant_tx().await?;
    let before = runbooks::get(&mut tx, id).await?;
    let after = runbooks::set_trust_level(&mut tx, id, body.level).await?;
    let data = json!({"runbook_id": id, "version": after.latest_version,
        "from": before.trust_level, "to": after.trust_level, "reason": body.reason});
    audit::append(&mut tx, EventType::RunbookTrustChanged, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(Json(TrustView { id, version: after.latest_version, trust_level: after.trust_level }))
}
