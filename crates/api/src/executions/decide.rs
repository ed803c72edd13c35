//! What a person decides on a step. The engine authorises and performs each act in one transaction;
//! here it is only carried there, and the step is shown as it stands afterwards.

use dd0c_proto::engine::v1 as engine;
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_types::run::{ExecutionView, StepView};
use dd0c_types::{ExecutionId, StepId};

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{Approve, Choice, Done, Edit, Nothing, Outcome, Reason, Typed, view};
use crate::path::Ids;
use crate::problem::ApiError;
use crate::refusal;

type Step = Ids<ExecutionId, StepId>;
type Decided = Result<Json<StepView>, ApiError>;

/// Approves exactly one command. The first of two who press wins; the other is told who it was.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/approve", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Approve, responses((status = 200, body = StepView)))]
pub(crate) async fn approve_step(ctx: CallContext, step: Step, Body(body): Body<Approve>) -> Decided {
    let typed = match body.typed {
        None => Vec::new(),
        Some(Typed::One(name)) => vec![name],
        Some(Typed::Many(names)) => names,
    };
    let command_sha256 = body.command_sha256.to_string();
    decide(&ctx, &step, Decision::Approve(engine::Approve { command_sha256, typed })).await
}

/// Leaves a step out.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/skip", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Reason, responses((status = 200, body = StepView)))]
pub(crate) async fn skip_step(ctx: CallContext, step: Step, Body(body): Body<Reason>) -> Decided {
    decide(&ctx, &step, Decision::Skip(engine::Skip { reason: body.reason })).await
}

/// Stops the run at a step. What already ran is not undone.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/abort", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Reason, responses((status = 200, body = StepView)))]
pub(crate) async fn abort_step(ctx: CallContext, step: Step, Body(body): Body<Reason>) -> Decided {
    decide(&ctx, &step, Decision::Abort(engine::Abort { reason: body.reason })).await
}

/// Replaces a step's command. It is classified again and asks again.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/edit", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Edit, responses((status = 200, body = StepView)))]
pub(crate) async fn edit_step(ctx: CallContext, step: Step, Body(body): Body<Edit>) -> Decided {
    decide(&ctx, &step, Decision::Edit(engine::Edit { command: body.command.reveal().to_owned() })).await
}

/// Makes a step of the stored inverse command. It asks before it runs.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/rollback", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Nothing, responses((status = 200, body = StepView)))]
pub(crate) async fn roll_back_step(ctx: CallContext, step: Step, _: Body<Nothing>) -> Decided {
    decide(&ctx, &step, Decision::Rollback(engine::Rollback {})).await
}

/// Tries a step again after a failure, as a new attempt that asks again.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/retry", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Nothing, responses((status = 200, body = StepView)))]
pub(crate) async fn retry_step(ctx: CallContext, step: Step, _: Body<Nothing>) -> Decided {
    decide(&ctx, &step, Decision::Retry(engine::Retry {})).await
}

/// Asks a command under way to stop. What became of it is what the agent says afterwards. One that was not sent yet asks
/// again.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/stop", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Reason, responses((status = 200, body = StepView)))]
pub(crate) async fn stop_step(ctx: CallContext, step: Step, Body(body): Body<Reason>) -> Decided {
    decide(&ctx, &step, Decision::Stop(engine::Stop { reason: body.reason })).await
}

/// Asks the agent what became of a command. Its answer arrives as a change of the run.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/check", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Nothing, responses((status = 200, body = StepView)))]
pub(crate) async fn check_step(ctx: CallContext, step: Step, _: Body<Nothing>) -> Decided {
    decide(&ctx, &step, Decision::Check(engine::Check {})).await
}

/// Closes a step that a person did, or says what came of one of unknown outcome.
#[utoipa::path(post, path = "/executions/{id}/steps/{step}/done", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."), ("step" = StepId, Path, description = "The step.")),
    request_body = Done, responses((status = 200, body = StepView)))]
pub(crate) async fn finish_step(ctx: CallContext, step: Step, Body(body): Body<Done>) -> Decided {
    let outcome = match body.outcome {
        None => "",
        Some(Outcome::ItRan) => "it_ran",
        Some(Outcome::ItDidNotRun) => "it_did_not_run",
        Some(Outcome::ByHand) => "by_hand",
    };
    let choice = match body.choice {
        None => "",
        Some(Choice::Then) => "then",
        Some(Choice::Else) => "else",
    };
    let done = engine::Done { note: body.note, outcome: outcome.into(), choice: choice.into() };
    decide(&ctx, &step, Decision::Done(done)).await
}

async fn decide(ctx: &CallContext, Ids(execution, step): &Step, decision: Decision) -> Decided {
    let run = ask(ctx, *execution, Some(*step), decision).await?;
    run.steps.into_iter().find(|shown| shown.id == *step).map(Json).ok_or_else(ApiError::not_found)
}

/// Asks the engine for a decision on a step, or on the whole run, and shows the run as it stands afterwards.
pub(crate) async fn ask(
    ctx: &CallContext,
    execution: ExecutionId,
    step: Option<StepId>,
    decision: Decision,
) -> Result<ExecutionView, ApiError> {
    send(ctx, execution, step, decision).await?;
    view::load(ctx, execution).await?.ok_or_else(ApiError::not_found)
}

/// Asks the engine for a decision.
pub(crate) async fn send(
    ctx: &CallContext,
    execution: ExecutionId,
    step: Option<StepId>,
    decision: Decision,
) -> Result<engine::DecideResponse, ApiError> {
    let request = engine::DecideRequest {
        actor: Some(ctx.actor_ref()),
        execution_id: execution.to_string(),
        step_id: step.map(|step| step.to_string()).unwrap_or_default(),
        decision: Some(decision),
    };
    Ok(ctx.engine().decide(request).await.map_err(|status| refusal::of(&status))?.into_inner())
}
