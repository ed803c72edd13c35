//! Sends a test alert.

use chrono::SecondsFormat;
use dd0c_store::{audit, webhook_endpoints};
use dd0c_types::{AlertSourceId, EventType};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::webhooks::{Sample, accept, sample};

/// Takes a test alert in, as the webhook's sender would send one. It shows what becomes of a delivery; whether the
/// sender reaches the address and knows the secret only the sender's own test shows.
#[utoipa::path(post, path = "/settings/webhooks/{id}/test", tag = "Settings",
    params(("id" = AlertSourceId, Path, description = "The webhook.")),
    responses((status = 202, description = "The alert is on its way.")))]
pub(crate) async fn test_webhook(
    ctx: CallContext,
    Id(id): Id<AlertSourceId>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    ctx.app().limiters.delivery(ctx.caller().tenant)?;
    let now = ctx.now();
    let mut tx = ctx.tenant_tx().await?;
    let place = webhook_endpoints::get(&mut tx, id).await?;
    let number = Uuid::now_v7().simple().to_string();
    let said = Sample {
        id: &number,
        at: &now.to_rfc3339_opts(SecondsFormat::Millis, true),
        title: "Test alert from dd0c/run: nothing is wrong",
        text: &format!("{} asked for it in the settings.", ctx.caller().email),
        service: "test",
        region: "test",
    };
    let body = sample(place.sender, &said).to_string().into_bytes();
    accept::accept(&mut tx, &place, body, &accept::trace(&headers)?, now).await?;
    let data = json!({"webhook_id": id, "sender": place.sender, "name": place.name});
    audit::append(&mut tx, EventType::WebhookTested, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}
