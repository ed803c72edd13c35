//! Shows one version of a runbook.

use dd0c_store::{runbooks, staleness};
use dd0c_types::RunbookId;

use crate::body::Json;
use crate::context::CallContext;
use crate::path::Ids;
use crate::problem::ApiError;
use crate::runbooks::RunbookDocument;

/// Shows one version of a runbook, to the byte as it was stored.
#[utoipa::path(get, path = "/runbooks/{id}/versions/{version}", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook."),
        ("version" = u32, Path, description = "The version, from 1.")),
    responses((status = 200, body = RunbookDocument)))]
pub(crate) async fn show_runbook_version(
    ctx: CallContext,
    Ids(id, version): Ids<RunbookId, u32>,
) -> Result<Json<RunbookDocument>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let runbook = runbooks::get(&mut tx, id).await?;
    let version = runbooks::get_version(&mut tx, id, version).await?;
    let staleness = staleness::of(&mut tx, id, version.version).await?;
    Ok(Json(RunbookDocument::of(&runbook, version, staleness)))
}
