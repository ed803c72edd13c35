//! Keeps a delivery and leaves it to the worker.

use dd0c_queue::{Trace, publish, topic};
use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::webhook_endpoints::Endpoint;
use dd0c_store::{StoreError, TenantTx, webhook_endpoints};
use dd0c_types::Timestamp;
use serde_json::json;

/// Keeps a delivery that was proven. Of one that came before, however long ago, nothing comes.
///
/// # Errors
/// Those of the store.
pub(crate) async fn accept(
    tx: &mut TenantTx<'_>,
    place: &Endpoint,
    body: Vec<u8>,
    trace: &Trace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let identity = dd0c_matcher::identity(place.sender, &body);
    let delivery = Delivery { endpoint: place.id, received_at: now, body };
    if alert_deliveries::keep(tx, place.sender, &identity, &delivery).await? {
        let identity = hex::encode(identity);
        let id = format!("{}:{identity}", place.sender.as_str());
        let fields = json!({"sender": place.sender, "identity": identity});
        publish(tx, topic::ALERT_DELIVERED, &id, fields, trace, now).await?;
    }
    webhook_endpoints::touch(tx, place.id, now).await
}

/// The trace that a request belongs to; one that begins here when it names none.
///
/// # Errors
/// When the machine gives no randomness.
pub(crate) fn trace(headers: &http::HeaderMap) -> Result<Trace, getrandom::Error> {
    let named = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(Trace::parse);
    named.map_or_else(
        || {
            Ok(Trace::begin(
                u128::from(getrandom::u64()?) << 64 | u128::from(getrandom::u64()?),
                getrandom::u64()?,
            ))
        },
        Ok,
    )
}
