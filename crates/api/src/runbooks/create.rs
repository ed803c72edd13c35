//! Makes a runbook of a pasted text and stores it as version 1.

use dd0c_store::runbooks::{self, NewVersion};
use dd0c_types::{EventType, RunbookId};
use http::StatusCode;
use uuid::Uuid;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::runbooks::{NewRunbook, SavedRunbook, intake, saved};

/// Makes a runbook of a pasted text and stores it as version 1.
#[utoipa::path(post, path = "/runbooks", tag = "Runbooks", request_body = NewRunbook,
    responses((status = 201, body = SavedRunbook)))]
pub(crate) async fn create_runbook(
    ctx: CallContext,
    Body(body): Body<NewRunbook>,
) -> Result<(StatusCode, Json<SavedRunbook>), ApiError> {
    let parsed =
        intake::parse(ctx.intake(), Some(ctx.caller().tenant), body.text.clone(), body.title).await?;
    let id = RunbookId::from_uuid(Uuid::now_v7());
    let actor = ctx.actor();
    let mut tx = ctx.tenant_tx().await?;
    let new = NewVersion { title: &parsed.title, text: &body.text, parsed: &parsed, by: &actor };
    let runbook = runbooks::create(&mut tx, id, &new).await?;
    let version = runbook.latest_version;
    saved::record(&mut tx, &actor, EventType::RunbookCreated, id, version, &parsed, None).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SavedRunbook { id, version, parsed })))
}
