//! Lifts panic.

use dd0c_proto::engine::v1::ResumeRequest;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::panic::{PanicCleared, PanicReason};
use crate::problem::ApiError;
use crate::refusal;

/// Lifts panic. Nothing that was paused resumes by itself.
#[utoipa::path(delete, path = "/admin/panic", tag = "Panic", request_body(content = Option<PanicReason>),
    responses((status = 200, body = PanicCleared)))]
pub(crate) async fn clear_panic(
    ctx: CallContext,
    Body(body): Body<PanicReason>,
) -> Result<Json<PanicCleared>, ApiError> {
    let request = ResumeRequest { actor: Some(ctx.actor_ref()), reason: body.reason };
    let done = ctx.engine().resume(request).await.map_err(|status| refusal::of(&status))?.into_inner();
    Ok(Json(PanicCleared { epoch: done.epoch }))
}
