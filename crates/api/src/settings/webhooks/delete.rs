//! Closes a webhook.

use dd0c_store::{audit, webhook_endpoints};
use dd0c_types::{AlertSourceId, EventType};
use http::StatusCode;
use serde_json::json;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Closes a webhook for good and forgets its secrets. What came in there stays.
#[utoipa::path(delete, path = "/settings/webhooks/{id}", tag = "Settings",
    params(("id" = AlertSourceId, Path, description = "The webhook.")), responses((status = 204)))]
pub(crate) async fn delete_webhook(
    ctx: CallContext,
    Id(id): Id<AlertSourceId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let place = webhook_endpoints::get(&mut tx, id).await?;
    webhook_endpoints::delete(&mut tx, id, ctx.now()).await?;
    let data = json!({"webhook_id": id, "sender": place.sender, "name": place.name});
    audit::append(&mut tx, EventType::WebhookDeleted, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
