//! Lists runs.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use dd0c_store::api_lists::{self, RunLine};
use dd0c_types::ExecutionId;
use dd0c_types::run::ExecutionState;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::Json;
use crate::context::CallContext;
use crate::executions::{ExecutionList, ExecutionSummary};
use crate::problem::ApiError;

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExecutionQuery {
    /// Only runs in this state.
    state: Option<ExecutionState>,
    /// Only runs after this one in the list: `next` of the page before.
    #[param(value_type = Option<String>)]
    before: Option<ExecutionId>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/executions", tag = "Runs", params(ExecutionQuery),
    responses((status = 200, body = ExecutionList)))]
pub(crate) async fn list_executions(
    ctx: CallContext,
    query: Result<Query<ExecutionQuery>, QueryRejection>,
) -> Result<Json<ExecutionList>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::unprocessable("invalid_query", error.body_text()))?;
    let limit = query.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let mut tx = ctx.tenant_tx().await?;
    let lines = api_lists::executions(&mut tx, query.state, query.before, limit).await?;
    let full = lines.len() == limit as usize;
    let next = lines.last().map(|line| line.id).filter(|_| full);
    Ok(Json(ExecutionList { executions: lines.into_iter().map(summary).collect(), next }))
}

fn summary(line: RunLine) -> ExecutionSummary {
    ExecutionSummary {
        id: line.id,
        state: line.state,
        runbook_id: line.runbook,
        version: line.version,
        title: line.title,
        led_by: line.led_by,
        started_at: line.started_at,
        ended_at: line.ended_at,
        revision: line.revision,
    }
}
