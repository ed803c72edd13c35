//! Stops a run. What already ran is not undone.

use dd0c_proto::engine::v1 as engine;
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_types::ExecutionId;
use dd0c_types::run::ExecutionView;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{Reason, decide};
use crate::path::Id;
use crate::problem::ApiError;

/// Stops a run. What already ran is not undone.
#[utoipa::path(post, path = "/executions/{id}/abort", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")), request_body = Reason,
    responses((status = 200, body = ExecutionView)))]
pub(crate) async fn abort_execution(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
    Body(body): Body<Reason>,
) -> Result<Json<ExecutionView>, ApiError> {
    decide::ask(&ctx, id, None, Decision::Abort(engine::Abort { reason: body.reason })).await.map(Json)
}
