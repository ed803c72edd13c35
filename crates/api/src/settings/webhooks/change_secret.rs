//! Gives a webhook a new secret.

use chrono::TimeDelta;
use dd0c_store::{audit, webhook_endpoints};
use dd0c_types::{AlertSourceId, EventType};
use http::StatusCode;
use serde_json::json;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::settings::webhooks::{ChangedWebhookSecret, NewWebhookSecret, give, secret};

const DAY: u32 = 1_440;
const MOST: u32 = 7 * DAY;

/// Gives a webhook a new secret. The one before works for a while, so that nothing is lost while the sender changes
/// over; any older one stops no later.
#[utoipa::path(post, path = "/settings/webhooks/{id}/secrets", tag = "Settings",
    params(("id" = AlertSourceId, Path, description = "The webhook.")),
    request_body = NewWebhookSecret, responses((status = 201, body = ChangedWebhookSecret)))]
pub(crate) async fn change_webhook_secret(
    ctx: CallContext,
    Id(id): Id<AlertSourceId>,
    Body(body): Body<NewWebhookSecret>,
) -> Result<(StatusCode, Json<ChangedWebhookSecret>), ApiError> {
    let minutes = body.old_good_for_minutes.unwrap_or(DAY);
    if minutes > MOST {
        let detail = format!("The old secret works for at most {MOST} more minutes. Nothing was changed.");
        return Err(ApiError::unprocessable("invalid_value", detail));
    }
    let (secret, shown) = secret(body.secret.as_deref())?;
    let now = ctx.now();
    let old_until = now + TimeDelta::minutes(i64::from(minutes));
    let mut tx = ctx.tenant_tx().await?;
    let place = webhook_endpoints::get(&mut tx, id).await?;
    give(ctx.app(), &mut tx, id, &secret, (now, old_until)).await?;
    let data = json!({"webhook_id": id, "name": place.name, "old_until": old_until});
    audit::append(&mut tx, EventType::WebhookSecretChanged, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(ChangedWebhookSecret { secret: shown, old_until })))
}
