//! What must be done every few hours so that the tables stay as they should be: next months' audit partitions are
//! made, and bookkeeping that nobody can ask for any more is removed. Audit rows, runs and runbooks are never touched.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dd0c_store::{
    Store, StoreError, TenantTx, alert_deliveries, idempotency, inbox, matching, model_answers, outbox,
    sessions,
};
use dd0c_types::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(6 * 60 * 60);
/// A sender that repeats a message after a month must still be recognised.
const INBOX: TimeDelta = TimeDelta::days(60);
const OUTBOX: TimeDelta = TimeDelta::days(7);
const IDEMPOTENCY: TimeDelta = TimeDelta::days(2);
const SESSIONS: TimeDelta = TimeDelta::days(7);
/// A page that nobody pasted for so long is asked about anew.
const MODEL_ANSWERS: TimeDelta = TimeDelta::days(365);
/// Of an alert: a delivery that is repeated after a month must still be recognised.
const DELIVERIES: TimeDelta = TimeDelta::days(60);
/// An alert that fires again after so long is compared anew.
const ALERT_VECTORS: TimeDelta = TimeDelta::days(30);

/// Tidies at once and then every six hours, until `stop`. A failure is logged and tried again the next time.
pub async fn run(store: Store, clock: Arc<dyn Clock>, stop: CancellationToken) {
    loop {
        match tidy(&store, clock.now()).await {
            Ok(removed) => tracing::debug!(removed, "bookkeeping tidied"),
            Err(error) => tracing::warn!(%error, "bookkeeping could not be tidied; tried again in six hours"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// Makes the partitions of the next months and removes what is too old at `now`. Answers how many rows were removed.
///
/// # Errors
/// Those of the store; tenants that came before the failing one are tidied.
pub async fn tidy(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    store.ensure_audit_partitions().await?;
    let mut removed = 0;
    for tenant in store.tenant_ids().await? {
        let mut tx = store.tenant(tenant).await?;
        removed += tidy_tenant(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(removed)
}

async fn tidy_tenant(tx: &mut TenantTx<'_>, now: Timestamp) -> Result<u64, StoreError> {
    Ok(inbox::purge(tx, now - INBOX).await?
        + outbox::purge(tx, now - OUTBOX).await?
        + idempotency::purge(tx, now - IDEMPOTENCY).await?
        + sessions::purge(tx, now - SESSIONS).await?
        + model_answers::purge(tx, now - MODEL_ANSWERS).await?
        + alert_deliveries::purge(tx, now - DELIVERIES).await?
        + matching::purge_alert_vectors(tx, now - ALERT_VECTORS).await?)
}
