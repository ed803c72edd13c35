//! Shows what a runbook is matched by.

use dd0c_store::{matching, runbooks};
use dd0c_types::RunbookId;

use crate::body::Json;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::matching::MatchingView;

/// Shows the tags and rules by which alerts find a runbook; its title and text count beside them.
#[utoipa::path(get, path = "/runbooks/{id}/matching", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    responses((status = 200, body = MatchingView)))]
pub(crate) async fn show_matching(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
) -> Result<Json<MatchingView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    runbooks::get(&mut tx, id).await?;
    Ok(Json(matching::get(&mut tx, id).await?.into()))
}
