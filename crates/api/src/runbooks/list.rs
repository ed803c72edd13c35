//! Lists the runbooks.

use dd0c_store::api_lists::{self, RunbookLine};

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::runbooks::{LastRun, RunbookList, RunbookSummary};

/// Lists the runbooks, the most recently changed first.
#[utoipa::path(get, path = "/runbooks", tag = "Runbooks", responses((status = 200, body = RunbookList)))]
pub(crate) async fn list_runbooks(ctx: CallContext) -> Result<Json<RunbookList>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let lines = api_lists::runbooks(&mut tx).await?;
    Ok(Json(RunbookList { runbooks: lines.into_iter().map(summary).collect() }))
}

fn summary(line: RunbookLine) -> RunbookSummary {
    RunbookSummary {
        id: line.runbook.id,
        title: line.runbook.title,
        version: line.runbook.latest_version,
        trust_level: line.runbook.trust_level,
        risk_mix: line.risk_mix.into(),
        updated_at: line.runbook.updated_at,
        updated_by: line.updated_by.name,
        last_run: line.last_run.map(|run| LastRun {
            id: run.id,
            state: run.state,
            started_at: run.started_at,
        }),
    }
}
