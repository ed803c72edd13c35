//! Compares what was prescribed with what was done, from the rows of the run alone.

use dd0c_executor::divergence;
use dd0c_types::ExecutionId;
use dd0c_types::divergence::Divergence;
use dd0c_types::run::ExecutionView;

use crate::body::Json;
use crate::context::CallContext;
use crate::executions::view;
use crate::path::Id;
use crate::problem::ApiError;

/// Compares what was prescribed with what was done: what was skipped, edited, run beside the runbook or done by hand.
#[utoipa::path(get, path = "/executions/{id}/divergence", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")), responses((status = 200, body = Divergence)))]
pub(crate) async fn show_divergence(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
) -> Result<Json<Divergence>, ApiError> {
    let run = view::load(&ctx, id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(of(&run)))
}

/// The comparison of a run.
pub(crate) fn of(run: &ExecutionView) -> Divergence {
    let steps = divergence::compare(&run.steps);
    let ended = run.state.is_final();
    Divergence {
        execution_id: run.id,
        runbook_id: run.runbook_id,
        version: run.version,
        ended,
        exact: ended && divergence::is_exact(&steps),
        steps,
    }
}
