//! Lists the versions of a runbook.

use dd0c_store::{api_lists, runbooks};
use dd0c_types::RunbookId;

use crate::body::Json;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::{VersionList, VersionSummary};

/// Lists the versions of a runbook, newest first.
#[utoipa::path(get, path = "/runbooks/{id}/versions", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    responses((status = 200, body = VersionList)))]
pub(crate) async fn list_runbook_versions(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
) -> Result<Json<VersionList>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    runbooks::get(&mut tx, id).await?;
    let mixes = api_lists::risk_mixes(&mut tx, Some(id)).await?;
    let versions = runbooks::versions(&mut tx, id).await?.into_iter().map(|version| VersionSummary {
        risk_mix: mixes.get(&(id, version.version)).copied().unwrap_or_default().into(),
        version: version.version,
        title: version.title,
        source_sha256: version.source_sha256,
        created_at: version.created_at,
        created_by: version.created_by.name,
    });
    Ok(Json(VersionList { versions: versions.collect() }))
}
