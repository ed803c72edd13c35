//! Deliveries of alerts: each is taken in once, however often and however much later it is sent again.

use dd0c_types::{AlertSender, AlertSourceId, Timestamp};
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Most bytes of one delivery.
pub const MOST_BYTES: usize = 256 * 1024;

/// A delivery that was kept and waits to be taken in. No `Debug`: its body is untrusted text.
#[derive(Clone)]
pub struct Delivery {
    /// The place where it came in.
    pub endpoint: AlertSourceId,
    /// When.
    pub received_at: Timestamp,
    /// The body, as it came.
    pub body: Vec<u8>,
}

/// Keeps a delivery. False when it came before: nothing is to be done.
///
/// # Errors
/// `Conflict` when there is no such endpoint; `Database` when the body is larger than [`MOST_BYTES`].
pub async fn keep(
    tx: &mut TenantTx<'_>,
    sender: AlertSender,
    identity: &[u8; 32],
    delivery: &Delivery,
) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "insert into dd0c.alert_deliveries (tenant_id, sender, identity, endpoint_id, body, received_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(sender.as_str())
    .bind(identity.as_slice())
    .bind(delivery.endpoint.uuid())
    .bind(delivery.body.as_slice())
    .bind(delivery.received_at)
    .execute(tx.connection())
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// A delivery that was not taken in yet, locked until this transaction ends; none when it was.
///
/// # Errors
/// `Unavailable`, also when somebody else holds it too long.
pub async fn open(
    tx: &mut TenantTx<'_>,
    sender: AlertSender,
    identity: &[u8; 32],
) -> Result<Option<Delivery>, StoreError> {
    let row: Option<(Uuid, Timestamp, Vec<u8>)> = sqlx::query_as(
        "select endpoint_id, received_at, body from dd0c.alert_deliveries
         where tenant_id = $1 and sender = $2 and identity = $3 and taken_at is null and body is not null for update",
    )
    .bind(tx.tenant_uuid())
    .bind(sender.as_str())
    .bind(identity.as_slice())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(endpoint, received_at, body)| Delivery {
        endpoint: AlertSourceId::from_uuid(endpoint),
        received_at,
        body,
    }))
}

/// Notes that a delivery was taken in, and what came of it. Its body goes; that it came stays.
///
/// # Errors
/// `NotFound`.
pub async fn taken(
    tx: &mut TenantTx<'_>,
    sender: AlertSender,
    identity: &[u8; 32],
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alert_deliveries set body = null, taken_at = $4, outcome = left($5, 500)
         where tenant_id = $1 and sender = $2 and identity = $3 returning endpoint_id",
    )
    .bind(tx.tenant_uuid())
    .bind(sender.as_str())
    .bind(identity.as_slice())
    .bind(now)
    .bind(outcome)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// What came of the last delivery of each endpoint that had one: `(endpoint, received at, outcome)`.
///
/// # Errors
/// `Unavailable`.
pub async fn last_outcomes(
    tx: &mut TenantTx<'_>,
) -> Result<Vec<(AlertSourceId, Timestamp, Option<String>)>, StoreError> {
    let rows: Vec<(Uuid, Timestamp, Option<String>)> = sqlx::query_as(
        "select e.id, last.received_at, last.outcome from dd0c.webhook_endpoints e
         cross join lateral (
           select d.received_at, d.outcome from dd0c.alert_deliveries d
           where d.tenant_id = e.tenant_id and d.endpoint_id = e.id
           order by d.received_at desc limit 1) as last
         where e.tenant_id = $1",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(endpoint, at, outcome)| (AlertSourceId::from_uuid(endpoint), at, outcome))
        .collect())
}

/// Forgets deliveries from before `before`: of an older one a replay would be taken for new. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.alert_deliveries where tenant_id = $1 and received_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}
