//! Shows a run.

use dd0c_types::ExecutionId;
use dd0c_types::run::ExecutionView;

use crate::body::Json;
use crate::context::CallContext;
use crate::executions::view;
use crate::path::Id;
use crate::problem::ApiError;

/// Shows a run, with what the caller may do next.
#[utoipa::path(get, path = "/executions/{id}", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")),
    responses((status = 200, body = ExecutionView)))]
pub(crate) async fn show_execution(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
) -> Result<Json<ExecutionView>, ApiError> {
    view::load(&ctx, id).await?.map(Json).ok_or_else(ApiError::not_found)
}
