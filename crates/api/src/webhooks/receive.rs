//! Takes a delivery.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use dd0c_store::webhook_endpoints::{self, Endpoint};
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{AlertSender, TenantId, Timestamp};
use http::StatusCode;
use sha2::{Digest, Sha256};

use crate::access::WEBHOOK_BYTES;
use crate::app::App;
use crate::body;
use crate::problem::ApiError;
use crate::webhooks::{Seal, WebhookSecret, accept, proof};

/// Takes a delivery of alerts: keeps it, once, and answers before anything is made of it. PagerDuty signs the body
/// (`X-PagerDuty-Signature`); everybody else shows the secret in `Authorization: Bearer …` or in `X-Dd0c-Secret`.
#[utoipa::path(post, path = "/webhooks/{sender}/{key}", tag = "Alerts",
    params(("sender" = AlertSender, Path, description = "Whose payload it is."),
        ("key" = String, Path, description = "What stands in the webhook's address.")),
    request_body(content = Object, description = "The sender's own payload. At most 256 KiB."),
    responses((status = 202, description = "Kept. What came of it is said in the settings.")))]
pub(crate) async fn receive_alerts(
    State(app): State<Arc<App>>,
    Path((sender, key)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (parts, bytes) = body::read(request, WEBHOOK_BYTES).await?;
    let sender = AlertSender::parse(&sender).ok_or_else(refused)?;
    let now = app.deps.clock.now();
    let (tenant, id) = webhook_endpoints::find(&app.deps.store, &hash(&key).ok_or_else(refused)?)
        .await
        .map_err(absent_is_refused)?;
    let mut tx = app.deps.store.tenant(tenant).await?;
    let place = webhook_endpoints::get(&mut tx, id).await.map_err(absent_is_refused)?;
    let secrets = secrets(&mut tx, &app.seal, tenant, &place, now).await?;
    if place.sender != sender || !proof::holds(sender, &parts.headers, &bytes, &secrets) {
        return Err(refused());
    }
    app.limiters.delivery(tenant)?;
    accept::accept(&mut tx, &place, bytes.into(), &accept::trace(&parts.headers)?, now).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// SHA-256 of the key that stands in the address.
fn hash(key: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(key, &mut bytes).ok()?;
    Some(Sha256::digest(bytes).into())
}

async fn secrets(
    tx: &mut TenantTx<'_>,
    seal: &Seal,
    tenant: TenantId,
    place: &Endpoint,
    now: Timestamp,
) -> Result<Vec<WebhookSecret>, StoreError> {
    let sealed = webhook_endpoints::secrets(tx, place.id, now).await?;
    let opened = sealed.iter().filter_map(|one| {
        let opened = seal.open(&one.sealed, tenant, place.id);
        opened.inspect_err(|error| tracing::error!(webhook = %place.id, %error, "a secret is of no use")).ok()
    });
    Ok(opened.collect())
}

/// No such address, a wrong secret, another sender: told apart by nobody.
fn refused() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "Not known",
        "The address or the secret is not right. Nothing was taken in. Settings, Alerts shows the address; a new \
         secret can be made there.",
    )
}

fn absent_is_refused(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => refused(),
        other => other.into(),
    }
}
