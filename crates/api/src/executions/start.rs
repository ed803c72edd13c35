//! Starts a run.

use std::collections::HashMap;

use dd0c_proto::engine::v1::StartRequest;
use http::StatusCode;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{NewExecution, StartedExecution, for_alert};
use crate::problem::ApiError;
use crate::refusal;

/// Starts a run. Its first step waits for a person unless the policy and the runbook's trust level say otherwise.
#[utoipa::path(post, path = "/executions", tag = "Runs", request_body = NewExecution,
    responses((status = 201, body = StartedExecution)))]
pub(crate) async fn start_execution(
    ctx: CallContext,
    Body(body): Body<NewExecution>,
) -> Result<(StatusCode, Json<StartedExecution>), ApiError> {
    if body.version == Some(0) {
        return Err(ApiError::unprocessable("invalid_value", "Versions begin at 1. Nothing was started."));
    }
    let alert = match body.alert_id {
        Some(alert) => Some(for_alert::free(&ctx, alert).await?),
        None => None,
    };
    let request = StartRequest {
        actor: Some(ctx.actor_ref()),
        runbook_id: body.runbook_id.to_string(),
        version: body.version.unwrap_or(0),
        variables: body.variables.into_iter().collect::<HashMap<_, _>>(),
        agent_id: body.agent_id.map(|id| id.to_string()).unwrap_or_default(),
        execution_id: alert.as_ref().map(|alert| alert.run.to_string()).unwrap_or_default(),
    };
    let started = ctx.engine().start(request).await.map_err(|status| refusal::of(&status))?.into_inner();
    let id = started.execution_id.parse().map_err(ApiError::internal)?;
    let state = started.state.parse().map_err(ApiError::internal)?;
    if let Some(alert) = alert {
        for_alert::note(&ctx, &alert).await?;
    }
    Ok((StatusCode::CREATED, Json(StartedExecution { id, state })))
}
