//! Resumes a run that panic paused, once panic is lifted.

use dd0c_proto::engine::v1 as engine;
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_types::ExecutionId;
use dd0c_types::run::ExecutionView;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{Nothing, decide};
use crate::path::Id;
use crate::problem::ApiError;

/// Resumes a run that panic paused, once panic is lifted.
#[utoipa::path(post, path = "/executions/{id}/resume", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")), request_body = Nothing,
    responses((status = 200, body = ExecutionView)))]
pub(crate) async fn resume_execution(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
    _: Body<Nothing>,
) -> Result<Json<ExecutionView>, ApiError> {
    decide::ask(&ctx, id, None, Decision::Resume(engine::ResumeRun {})).await.map(Json)
}
