//! Shows the policy in force.

use dd0c_approval::Policy;
use dd0c_store::{Store, TenantTx, policies};
use dd0c_types::{SecondKey, TenantId};

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

/// Who may serve as second key by the tenant's policy. Where nobody wrote one, or it cannot be read, the strict default
/// holds.
pub(crate) async fn second_key(store: &Store, tenant: TenantId) -> Result<SecondKey, ApiError> {
    let mut tx = store.tenant(tenant).await?;
    let stored = policies::current(&mut tx).await?;
    let read = stored.and_then(|stored| Policy::from_json(&stored.document.to_string()).ok());
    Ok(read.unwrap_or_default().second_key)
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
