//! Makes a webhook.

use dd0c_store::audit;
use dd0c_store::webhook_endpoints::{self, Endpoint};
use dd0c_types::{AlertSourceId, EventType};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::webhooks::{CreatedWebhook, NewWebhook, give, secret};
use crate::webhooks::address;

/// Most webhooks of one tenant.
const MOST: usize = 50;

/// Makes a webhook where alerts come in.
#[utoipa::path(post, path = "/settings/webhooks", tag = "Settings", request_body = NewWebhook,
    responses((status = 201, body = CreatedWebhook)))]
pub(crate) async fn create_webhook(
    ctx: CallContext,
    Body(body): Body<NewWebhook>,
) -> Result<(StatusCode, Json<CreatedWebhook>), ApiError> {
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        let detail = "A webhook needs a name of at most 200 characters. None was made.";
        return Err(ApiError::unprocessable("invalid_value", detail));
    }
    let (secret, shown) = secret(body.secret.as_deref())?;
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let (id, now, actor) = (AlertSourceId::from_uuid(Uuid::now_v7()), ctx.now(), ctx.actor());
    let place = Endpoint { id, sender: body.sender, name, key, created_at: now, last_delivery_at: None };
    let mut tx = ctx.tenant_tx().await?;
    if webhook_endpoints::list(&mut tx).await?.len() >= MOST {
        let detail = format!("There are {MOST} webhooks already. None was made; delete one first.");
        return Err(ApiError::conflict("too_many_webhooks", detail));
    }
    webhook_endpoints::create(&mut tx, &place, &actor).await?;
    give(ctx.app(), &mut tx, id, &secret, (now, now)).await?;
    let data = json!({"webhook_id": id, "sender": place.sender, "name": place.name});
    audit::append(&mut tx, EventType::WebhookCreated, None, &actor, data).await?;
    tx.commit().await?;
    let address = address(&ctx.app().deps.public_url, place.sender, &key);
    Ok((StatusCode::CREATED, Json(CreatedWebhook { id, address, secret: shown })))
}
