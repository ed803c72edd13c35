//! Where alerts come in on one machine: a webhook of each sender, made at the first start, so that the household can
//! try them at once. Their addresses and secrets are kept among the keys, in `webhooks.json`.

use std::path::Path;

use anyhow::{Context, anyhow};
use dd0c_api::webhooks::{Seal, WebhookSecret, address};
use dd0c_pki::keys::write_secret;
use dd0c_store::webhook_endpoints::{self, Endpoint, SealedSecret};
use dd0c_store::{Store, StoreError, TenantTx, audit};
use dd0c_types::{Actor, AlertSender, AlertSourceId, EventType, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

const FILE: &str = "webhooks.json";

/// A webhook of the household: what a sender needs to know. No `Debug`: it holds a secret.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Webhook {
    /// Names it in the settings.
    id: AlertSourceId,
    /// Whose payloads it takes.
    pub(super) sender: AlertSender,
    /// Where the sender posts to.
    pub(super) address: String,
    /// What the sender signs with (PagerDuty) or shows as a bearer token (everybody else).
    pub(super) secret: String,
}

/// The contents of `webhooks.json`.
#[derive(Serialize, Deserialize)]
struct Kept {
    tenant: TenantId,
    webhooks: Vec<Webhook>,
}

/// What is the same for all of them.
pub(super) struct Place<'p> {
    /// The household's tenant.
    pub(super) tenant: TenantId,
    /// Seals their secrets.
    pub(super) key: &'p [u8; 32],
    /// Where browsers and senders reach this service.
    pub(super) public_url: &'p str,
    /// The folder of keys.
    pub(super) keys: &'p Path,
}

/// One webhook of each sender, with the address and the secret that are good now. One that somebody deleted in the
/// settings stays deleted.
///
/// # Errors
/// When the database does not answer, the machine gives no randomness, or `webhooks.json` cannot be written.
pub(super) async fn household(
    store: &Store,
    place: &Place<'_>,
    now: Timestamp,
) -> anyhow::Result<Vec<Webhook>> {
    let seal = Seal::new(place.key);
    let before = kept(place).unwrap_or_default();
    let mut tx = store.tenant(place.tenant).await?;
    let mut known = Vec::new();
    for sender in AlertSender::ALL {
        match before.iter().find(|one| one.sender == sender) {
            Some(made) => known.extend(found(&mut tx, made, place, &seal, now).await?),
            None => known.push(make(&mut tx, sender, place, &seal, now).await?),
        }
    }
    tx.commit().await?;
    // What was deleted is remembered as it was, so that it is not made again.
    let gone = before.into_iter().filter(|old| !known.iter().any(|one| one.sender == old.sender));
    let webhooks = known.iter().cloned().chain(gone).collect();
    let file = place.keys.join(FILE);
    write_secret(&file, &serde_json::to_vec_pretty(&Kept { tenant: place.tenant, webhooks })?)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(known)
}

/// Those of an earlier start of the same household.
fn kept(place: &Place<'_>) -> Option<Vec<Webhook>> {
    let kept: Kept = serde_json::from_slice(&std::fs::read(place.keys.join(FILE)).ok()?).ok()?;
    (kept.tenant == place.tenant).then_some(kept.webhooks)
}

/// The webhook as it stands: its secret may have been changed in the settings.
async fn found(
    tx: &mut TenantTx<'_>,
    made: &Webhook,
    place: &Place<'_>,
    seal: &Seal,
    now: Timestamp,
) -> anyhow::Result<Option<Webhook>> {
    let endpoint = match webhook_endpoints::get(tx, made.id).await {
        Ok(endpoint) => endpoint,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let newest = webhook_endpoints::secrets(tx, made.id, now).await?.into_iter().next();
    let opened = newest.map(|newest| seal.open(&newest.sealed, place.tenant, made.id));
    let Some(Ok(secret)) = opened else {
        tracing::warn!(webhook = %made.id, "has no secret that this machine's key opens; give it a new one in the settings");
        return Ok(None);
    };
    Ok(Some(shown(&endpoint, &secret, place)))
}

async fn make(
    tx: &mut TenantTx<'_>,
    sender: AlertSender,
    place: &Place<'_>,
    seal: &Seal,
    now: Timestamp,
) -> anyhow::Result<Webhook> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(no_randomness)?;
    let id = AlertSourceId::from_uuid(Uuid::now_v7());
    let name = format!("{} on this machine", sender.name());
    let endpoint = Endpoint { id, sender, name, key, created_at: now, last_delivery_at: None };
    let secret = WebhookSecret::generate().map_err(no_randomness)?;
    let sealed = seal.seal(&secret, place.tenant, id).map_err(no_randomness)?;
    let actor = Actor::system("up");
    webhook_endpoints::create(tx, &endpoint, &actor).await?;
    let new = SealedSecret { id: Uuid::now_v7(), sealed, expires_at: None };
    webhook_endpoints::add_secret(tx, id, &new, now, now).await?;
    let data = json!({"webhook_id": id, "sender": sender, "name": endpoint.name});
    audit::append(tx, EventType::WebhookCreated, None, &actor, data).await?;
    Ok(shown(&endpoint, &secret, place))
}

fn shown(endpoint: &Endpoint, secret: &WebhookSecret, place: &Place<'_>) -> Webhook {
    Webhook {
        id: endpoint.id,
        sender: endpoint.sender,
        address: address(place.public_url, endpoint.sender, &endpoint.key),
        secret: secret.reveal().to_owned(),
    }
}

fn no_randomness(_: getrandom::Error) -> anyhow::Error {
    anyhow!("the machine gives no random bytes; no webhook was made")
}
