//! Says whether everything is halted.

use dd0c_store::panic;

use crate::body::Json;
use crate::context::CallContext;
use crate::panic::PanicView;
use crate::problem::ApiError;

/// Says whether everything is halted.
#[utoipa::path(get, path = "/admin/panic", tag = "Panic", responses((status = 200, body = PanicView)))]
pub(crate) async fn show_panic(ctx: CallContext) -> Result<Json<PanicView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let state = panic::get(&mut tx).await?;
    Ok(Json(PanicView {
        halted: state.halted,
        epoch: state.epoch,
        reason: Some(state.reason).filter(|reason| !reason.is_empty()),
        by: state.changed_by.map(|actor| actor.name),
        since: state.changed_at,
    }))
}
