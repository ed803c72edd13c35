//! Counts what there is.

use dd0c_store::api_lists;

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::Stats;

/// Counts what there is.
#[utoipa::path(get, path = "/stats", tag = "Settings", responses((status = 200, body = Stats)))]
pub(crate) async fn show_stats(ctx: CallContext) -> Result<Json<Stats>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let figures = api_lists::figures(&mut tx).await?;
    Ok(Json(Stats {
        runbooks: figures.runbooks,
        executions: figures.executions,
        live_executions: figures.live_executions,
        waiting_executions: figures.waiting_executions,
        agents_online: figures.agents_online,
        agents: figures.agents,
    }))
}
