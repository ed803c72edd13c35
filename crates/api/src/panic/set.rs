//! Halts everything.

use dd0c_proto::engine::v1::HaltRequest;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::panic::{PanicReason, PanicSet};
use crate::problem::ApiError;
use crate::refusal;

/// Halts everything of this customer at once. Nobody is asked back.
#[utoipa::path(post, path = "/admin/panic", tag = "Panic", request_body = PanicReason,
    responses((status = 200, body = PanicSet)))]
pub(crate) async fn set_panic(
    ctx: CallContext,
    Body(body): Body<PanicReason>,
) -> Result<Json<PanicSet>, ApiError> {
    let request = HaltRequest { actor: Some(ctx.actor_ref()), reason: body.reason };
    let done = ctx.engine().halt(request).await.map_err(|status| refusal::of(&status))?.into_inner();
    Ok(Json(PanicSet {
        epoch: done.epoch,
        frozen: done.frozen,
        running: done.running,
        recorded: done.recorded,
    }))
}
