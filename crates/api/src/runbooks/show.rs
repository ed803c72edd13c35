//! Shows the newest version of a runbook.

use dd0c_store::{runbooks, staleness};
use dd0c_types::RunbookId;

use crate::body::Json;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::RunbookDocument;

/// Shows the newest version of a runbook.
#[utoipa::path(get, path = "/runbooks/{id}", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    responses((status = 200, body = RunbookDocument)))]
pub(crate) async fn show_runbook(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
) -> Result<Json<RunbookDocument>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let runbook = runbooks::get(&mut tx, id).await?;
    let version = runbooks::get_version(&mut tx, id, runbook.latest_version).await?;
    let staleness = staleness::of(&mut tx, id, version.version).await?;
    Ok(Json(RunbookDocument::of(&runbook, version, staleness)))
}
