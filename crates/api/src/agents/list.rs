//! Lists the agents.

use dd0c_store::agents::{self, Agent};

use crate::agents::{AgentList, AgentView};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

/// Lists the agents, those that were shut out too.
#[utoipa::path(get, path = "/agents", tag = "Agents", responses((status = 200, body = AgentList)))]
pub(crate) async fn list_agents(ctx: CallContext) -> Result<Json<AgentList>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let agents = agents::list(&mut tx).await?.into_iter().map(view).collect();
    Ok(Json(AgentList { agents }))
}

fn view(agent: Agent) -> AgentView {
    AgentView {
        id: agent.id,
        name: agent.name,
        online: agent.connected && agent.revoked_at.is_none(),
        max_risk: agent.max_risk,
        version: Some(agent.version),
        last_seen_at: agent.last_seen_at,
        enrolled_at: agent.enrolled_at,
        revoked_at: agent.revoked_at,
    }
}
