//! Ends an installation.

use dd0c_store::audit;
use dd0c_store::slack::workspaces;
use dd0c_types::EventType;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Ends an installation on our side: nothing is shown there any more and nothing from there is taken. The app itself is
/// removed in Slack.
#[utoipa::path(delete, path = "/settings/slack/{id}", tag = "Slack",
    params(("id" = Uuid, Path, description = "The workspace.")), responses((status = 204)))]
pub(crate) async fn remove_slack_workspace(
    ctx: CallContext,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let workspace = workspaces::get(&mut tx, id).await?;
    workspaces::remove(&mut tx, id).await?;
    let data = json!({"workspace": id, "team_id": workspace.key.team, "name": workspace.name});
    audit::append(&mut tx, EventType::SlackRemoved, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
