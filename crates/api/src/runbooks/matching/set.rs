//! Changes what a runbook is matched by.

use dd0c_store::matching::{self, Matching};
use dd0c_store::{audit, runbooks};
use dd0c_types::{EventType, RunbookId};
use serde_json::json;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::matching::{MatchingView, NewMatching, check};

/// Replaces the tags and rules by which alerts find a runbook. They hold from the next delivery on.
#[utoipa::path(put, path = "/runbooks/{id}/matching", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    request_body = NewMatching, responses((status = 200, body = MatchingView)))]
pub(crate) async fn set_matching(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
    Body(body): Body<NewMatching>,
) -> Result<Json<MatchingView>, ApiError> {
    check(&body.tags, &body.rules)?;
    let actor = ctx.actor();
    let mut tx = ctx.tenant_tx().await?;
    runbooks::get(&mut tx, id).await?;
    let before = matching::get(&mut tx, id).await?;
    let mut new = Matching { version: body.expected_version, tags: body.tags, rules: body.rules };
    new.version = matching::put(&mut tx, id, &new, &actor, ctx.now()).await?;
    let data = json!({"runbook_id": id, "version": new.version,
        "from": {"tags": before.tags, "rules": before.rules}, "to": {"tags": new.tags, "rules": new.rules}});
    audit::append(&mut tx, EventType::RunbookMatchingChanged, None, &actor, data).await?;
    tx.commit().await?;
    Ok(Json(new.into()))
}
