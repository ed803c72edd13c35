//! Adds a command that the runbook does not list to a run.

use dd0c_proto::engine::v1 as engine;
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_types::ExecutionId;
use dd0c_types::run::StepView;
use http::StatusCode;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{UnlistedCommand, decide, view};
use crate::path::Id;
use crate::problem::ApiError;

/// Adds a command that the runbook does not list, as a step of its own. It is classified and always asks; what waits
/// for a person steps aside for it and asks anew afterwards.
#[utoipa::path(post, path = "/executions/{id}/unlisted", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")), request_body = UnlistedCommand,
    responses((status = 201, body = StepView)))]
pub(crate) async fn add_unlisted_command(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
    Body(body): Body<UnlistedCommand>,
) -> Result<(StatusCode, Json<StepView>), ApiError> {
    let asked = Decision::Unlisted(engine::Unlisted { command: body.command.reveal().to_owned() });
    let made = decide::send(&ctx, id, None, asked).await?.step_id;
    let run = view::load(&ctx, id).await?.ok_or_else(ApiError::not_found)?;
    let step = run.steps.into_iter().find(|step| step.id.to_string() == made);
    Ok((StatusCode::CREATED, Json(step.ok_or_else(ApiError::not_found)?)))
}
