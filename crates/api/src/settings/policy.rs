//! Shows the policy in force.

use dd0c_approval::Policy;
use dd0c_store::TenantTx;
use dd0c_store::policies;

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::PolicyView;

/// Shows the policy in force; the strict defaults while nobody wrote one.
#[utoipa::path(get, path = "/settings/policy", tag = "Settings", responses((status = 200, body = PolicyView)))]
pub(crate) async fn show_policy(ctx: CallContext) -> Result<Json<PolicyView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    view(&mut tx).await.map(Json)
}

/// The policy in force with every default spelled out.
pub(crate) async fn view(tx: &mut TenantTx<'_>) -> Result<PolicyView, ApiError> {
    let Some(stored) = policies::current(tx).await? else {
        let policy = serde_json::to_value(Policy::default()).map_err(ApiError::internal)?;
        return Ok(PolicyView { version: 0, policy, updated_at: None });
    };
    let read = Policy::from_json(&stored.document.to_string()).map_err(ApiError::internal)?;
    let policy = serde_json::to_value(read).map_err(ApiError::internal)?;
    Ok(PolicyView { version: stored.version, policy, updated_at: Some(stored.created_at) })
}
