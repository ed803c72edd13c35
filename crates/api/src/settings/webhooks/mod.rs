//! The webhooks where alerts come in: made, given new secrets, tried out, closed.

pub(crate) mod change_secret;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod test;

use chrono::{DateTime, Utc};
use dd0c_store::webhook_endpoints::{self, Endpoint, SealedSecret};
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{AlertSender, AlertSourceId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::problem::ApiError;
use crate::webhooks::{WebhookSecret, address};

/// A webhook, never its secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// Names the webhook in the audit trail.
    pub id: AlertSourceId,
    /// Whose payloads it takes.
    pub sender: AlertSender,
    /// What people call it.
    pub name: String,
    /// Where the sender posts to.
    pub address: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the secret before the one that stands stops working, while it still works.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// The last delivery that was proven.
    pub last_delivery: Option<LastDelivery>,
}

/// The last delivery that was proven.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastDelivery {
    /// When it came.
    pub at: DateTime<Utc>,
    /// What came of it, in words; none while it waits.
    pub outcome: Option<String>,
}

/// The tenant's webhooks.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// The webhooks, by name.
    pub webhooks: Vec<WebhookView>,
}

/// A webhook to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// Whose payloads it takes.
    pub sender: AlertSender,
    /// What people call it; at most 200 characters.
    pub name: String,
    /// The secret that the sender made, such as the one PagerDuty shows when a webhook is added there; 16 to 500
    /// characters. One is made when absent.
    pub secret: Option<String>,
}

/// A webhook that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedWebhook {
    /// Names the webhook in the audit trail.
    pub id: AlertSourceId,
    /// Where the sender posts to.
    pub address: String,
    /// The secret, shown once; none when the sender's own was given.
    pub secret: Option<String>,
}

/// A new secret for a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhookSecret {
    /// The secret that the sender made. One is made when absent.
    pub secret: Option<String>,
    /// For how many minutes the one before still works, 0 to 10,080; a day (1,440) when absent.
    pub old_good_for_minutes: Option<u32>,
}

/// A webhook's secret was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedWebhookSecret {
    /// The secret, shown once; none when the sender's own was given.
    pub secret: Option<String>,
    /// When the one before stops working.
    pub old_until: DateTime<Utc>,
}

/// A secret for a webhook: the sender's own, or one that is made now and shown.
fn secret(given: Option<&str>) -> Result<(WebhookSecret, Option<String>), ApiError> {
    match given {
        Some(text) => {
            let secret = WebhookSecret::new(text).map_err(|error| {
                let detail = format!("The secret cannot be used: {error}. Nothing was changed.");
                ApiError::unprocessable("invalid_secret", detail)
            })?;
            Ok((secret, None))
        }
        None => {
            let made = WebhookSecret::generate()?;
            let shown = made.reveal().to_owned();
            Ok((made, Some(shown)))
        }
    }
}

/// Seals a secret and gives it to a webhook. Those it had work until `old_until`.
async fn give(
    app: &App,
    tx: &mut TenantTx<'_>,
    id: AlertSourceId,
    secret: &WebhookSecret,
    (now, old_until): (Timestamp, Timestamp),
) -> Result<(), ApiError> {
    let sealed = app.seal.seal(secret, tx.tenant(), id)?;
    let new = SealedSecret { id: Uuid::now_v7(), sealed, expires_at: None };
    Ok(webhook_endpoints::add_secret(tx, id, &new, old_until, now).await?)
}

async fn view(
    app: &App,
    tx: &mut TenantTx<'_>,
    place: Endpoint,
    last_delivery: Option<LastDelivery>,
    now: Timestamp,
) -> Result<WebhookView, StoreError> {
    let secrets = webhook_endpoints::secrets(tx, place.id, now).await?;
    Ok(WebhookView {
        id: place.id,
        sender: place.sender,
        address: address(&app.deps.public_url, place.sender, &place.key),
        name: place.name,
        created_at: place.created_at,
        old_secret_until: secrets.iter().filter_map(|secret| secret.expires_at).max(),
        last_delivery,
    })
}
