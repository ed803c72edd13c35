//! Stores a new version of a runbook.

use dd0c_store::executions;
use dd0c_store::runbooks::{self, NewVersion};
use dd0c_types::{EventType, RunbookId, TrustLevel};
use serde_json::json;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::{ChangedRunbook, SavedRunbook, intake, saved, step_ids};

/// Stores a new version; earlier versions stay as they are. A step whose command is unchanged keeps its id, so that
/// its history goes on. Trust was given to what the runbook said before:
/// a level above Ask goes back to Ask.
#[utoipa::path(put, path = "/runbooks/{id}", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    request_body = ChangedRunbook, responses((status = 200, body = SavedRunbook)))]
pub(crate) async fn update_runbook(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
    Body(body): Body<ChangedRunbook>,
) -> Result<Json<SavedRunbook>, ApiError> {
    // Who names a runbook that is not theirs, or a version that is not current, learns it before anything is parsed.
    let mut tx = ctx.tenant_tx().await?;
    let current = runbooks::get(&mut tx, id).await?.latest_version;
    let before = runbooks::get_version(&mut tx, id, current).await?;
    if let Some(run) = body.from_execution {
        let run = executions::view(&mut tx, run).await?;
        run.filter(|run| run.runbook_id == id).ok_or_else(ApiError::not_found)?;
    }
    drop(tx);
    let tenant = Some(ctx.caller().tenant);
    let mut parsed = intake::parse(ctx.intake(), tenant, body.text.clone(), body.title).await?;
    // Stored only when the version read here is still the latest: `expected_version` is compared below.
    step_ids::keep(&before.parsed, &mut parsed);
    let actor = ctx.actor();
    let mut tx = ctx.tenant_tx().await?;
    let new = NewVersion { title: &parsed.title, text: &body.text, parsed: &parsed, by: &actor };
    let runbook = runbooks::update(&mut tx, id, body.expected_version, &new).await?;
    let version = runbook.latest_version;
    if runbook.trust_level > TrustLevel::Ask {
        runbooks::set_trust_level(&mut tx, id, TrustLevel::Ask).await?;
    }
    saved::record(&mut tx, &actor, EventType::RunbookUpdated, id, version, &parsed, body.from_execution)
        .await?;
    if runbook.trust_level > TrustLevel::Ask {
        let data = json!({"runbook_id": id, "version": version,
            "from": runbook.trust_level, "to": TrustLevel::Ask, "reason": "a new version has to earn trust again"});
        dd0c_store::audit::append(&mut tx, EventType::RunbookTrustChanged, None, &actor, data).await?;
    }
    tx.commit().await?;
    Ok(Json(SavedRunbook { id, version, parsed }))
}
