//! Messages that leave with the transaction that caused them, and are delivered at least once.

use chrono::TimeDelta;
use dd0c_types::{MessageId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{storable, unsigned};
use crate::store::TenantTx;

/// A message that was claimed for delivery. No `Debug`: a payload may hold a command.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// Its id: what a consumer's inbox remembers.
    pub id: MessageId,
    /// What kind of message.
    pub topic: String,
    /// What it is about; messages of one key are claimed in the order they were written.
    pub key: String,
    /// Its content.
    pub payload: Value,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// When it was written.
    pub created_at: Timestamp,
}

type Row = (Uuid, String, String, Value, i32, Timestamp);

/// Puts a message into the transaction. Listeners on `dd0c_outbox` hear of it after the commit.
///
/// # Errors
/// `Conflict` when the id is taken.
pub async fn push(
    tx: &mut TenantTx<'_>,
    id: MessageId,
    topic: &str,
    key: &str,
    payload: Value,
    available_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.outbox (tenant_id, id, topic, key, payload, available_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(topic)
    .bind(key)
    .bind(storable(payload))
    .bind(available_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Claims up to `limit` messages that are due at `now`, oldest first, and hides them for `hidden_for`. A claimer that
/// dies loses nothing: they are due again afterwards. Claimers do not wait for each other and never share a message.
///
/// # Errors
/// `Unavailable`.
pub async fn claim(
    tx: &mut TenantTx<'_>,
    topic: &str,
    limit: u32,
    now: Timestamp,
    hidden_for: TimeDelta,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "with due as (
           select id from dd0c.outbox
           where tenant_id = $1 and topic = $2 and done_at is null and available_at <= $3
           order by created_at, id limit $4 for update skip locked
         ), claimed as (
           update dd0c.outbox o set attempts = o.attempts + 1, available_at = $5
           from due where o.tenant_id = $1 and o.id = due.id
           returning o.id, o.topic, o.key, o.payload, o.attempts, o.created_at
         )
         select id, topic, key, payload, attempts, created_at from claimed order by created_at, id",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(now)
    .bind(i64::from(limit))
    .bind(now + hidden_for)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(message).collect()
}

/// Notes that a message was delivered. A second note changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn done(tx: &mut TenantTx<'_>, id: MessageId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.outbox set done_at = coalesce(done_at, $3) where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Puts a claimed message off until `at`, after a failed delivery.
///
/// # Errors
/// `NotFound` when there is none or it was delivered.
pub async fn put_off(tx: &mut TenantTx<'_>, id: MessageId, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.outbox set available_at = $3
         where tenant_id = $1 and id = $2 and done_at is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(at)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Forgets messages that were delivered before `before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.outbox where tenant_id = $1 and done_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}

fn message((id, topic, key, payload, attempts, created_at): Row) -> Result<Message, StoreError> {
    let attempts = unsigned(attempts)?;
    Ok(Message { id: MessageId::from_uuid(id), topic, key, payload, attempts, created_at })
}
