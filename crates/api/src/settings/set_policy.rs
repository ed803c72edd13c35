//! Replaces the policy.

use dd0c_approval::Policy;
use dd0c_store::{audit, policies};
use dd0c_types::EventType;
use serde_json::json;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::{NewPolicy, PolicyView, policy};

/// Replaces the policy. Earlier versions stay in the audit trail.
#[utoipa::path(put, path = "/settings/policy", tag = "Settings", request_body = NewPolicy,
    responses((status = 200, body = PolicyView)))]
pub(crate) async fn set_policy(
    ctx: CallContext,
    Body(body): Body<NewPolicy>,
) -> Result<Json<PolicyView>, ApiError> {
    let checked = Policy::from_json(&body.policy.to_string()).map_err(|error| {
        ApiError::unprocessable("invalid_policy", format!("The policy was not changed: {error}."))
    })?;
    let document = serde_json::to_value(&checked).map_err(ApiError::internal)?;
    let actor = ctx.actor();
    let mut tx = ctx.tenant_tx().await?;
    let before = policies::current(&mut tx).await?;
    let known = before.as_ref().map_or(0, |policy| policy.version);
    let expected = body.expected_version.unwrap_or(known);
    let version = policies::put(&mut tx, expected, document.clone(), &actor).await?;
    let data = json!({"version": version, "from": before.map(|policy| policy.document), "to": document,
        "reason": body.reason});
    audit::append(&mut tx, EventType::PolicyChanged, None, &actor, data).await?;
    let view = policy::view(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(view))
}
