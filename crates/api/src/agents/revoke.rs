//! Shuts an agent out.

use dd0c_store::{agents, audit};
use dd0c_types::{AgentId, EventType};
use http::StatusCode;
use serde_json::json;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Shuts an agent out for ever: its certificate works nowhere any more, and its stream is cut at its next sign of life.
#[utoipa::path(delete, path = "/agents/{id}", tag = "Agents",
    params(("id" = AgentId, Path, description = "The agent.")), responses((status = 204)))]
pub(crate) async fn revoke_agent(ctx: CallContext, Id(id): Id<AgentId>) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let agent = agents::get(&mut tx, id).await?;
    agents::revoke(&mut tx, id, ctx.now()).await?;
    let data = json!({"agent_id": id, "name": agent.name, "certificate_serial": agent.certificate_serial});
    audit::append(&mut tx, EventType::AgentRevoked, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
