//! The rows of the queue. What a message is and how it is worked off is the business of `dd0c-queue`.

use chrono::TimeDelta;
use dd0c_types::{TenantId, Timestamp};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{storable, unsigned};
use crate::store::{Store, TenantTx};

/// A message that was received. No `Debug`: a body may hold what nobody may read in a log.
#[derive(Clone, PartialEq)]
pub struct Received {
    /// Under which it was published.
    pub id: String,
    /// Its content.
    pub body: Value,
    /// How often it was received, this time included. Settles it, together with the id.
    pub attempts: u32,
    /// When it was published.
    pub created_at: Timestamp,
}

/// A message that nobody works off any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Under which it was published.
    pub id: String,
    /// How often it was received.
    pub attempts: u32,
    /// What went wrong the last time.
    pub last_error: String,
    /// When it was given up.
    pub dead_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    body: Value,
    attempts: i32,
    created_at: Timestamp,
}

/// Puts a message into the transaction. Listeners on `dd0c_queue` hear of it after the commit. False when its id was
/// published before, delivered or not: then nothing is changed.
///
/// # Errors
/// `Database` when the body is larger than 256 KiB.
pub async fn publish(
    tx: &mut TenantTx<'_>,
    topic: &str,
    id: &str,
    body: Value,
    visible_at: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into dd0c.queue_messages (tenant_id, topic, id, body, visible_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(id)
    .bind(storable(body))
    .bind(visible_at)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The tenants that have a message of this topic due at `now`.
///
/// # Errors
/// `Unavailable`.
pub async fn tenants_due(store: &Store, topic: &str, now: Timestamp) -> Result<Vec<TenantId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar("select dd0c.tenants_with_queue_messages($1, $2)")
        .bind(topic)
        .bind(now)
        .fetch_all(store.pool())
        .await?;
    Ok(ids.into_iter().map(TenantId::from_uuid).collect())
}

/// Receives up to `limit` messages that are due at `now`, oldest first, and hides them for `hidden_for`. A receiver
/// that dies loses nothing: they are due again afterwards. Receivers do not wait for each other and share nothing.
///
/// # Errors
/// `Unavailable`.
pub async fn receive(
    tx: &mut TenantTx<'_>,
    topic: &str,
    limit: u32,
    now: Timestamp,
    hidden_for: TimeDelta,
) -> Result<Vec<Received>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "with due as (
           select id from dd0c.queue_messages
           where tenant_id = $1 and topic = $2 and done_at is null and dead_at is null and visible_at <= $3
           order by visible_at, created_at, id limit $4 for update skip locked
         ), received as (
           update dd0c.queue_messages q set attempts = q.attempts + 1, visible_at = $5
           from due where q.tenant_id = $1 and q.topic = $2 and q.id = due.id
           returning q.id, q.body, q.attempts, q.created_at
         )
         select id, body, attempts, created_at from received order by created_at, id",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(now)
    .bind(i64::from(limit))
    .bind(now + hidden_for)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let attempts = unsigned(row.attempts)?;
            Ok(Received { id: row.id, body: row.body, attempts, created_at: row.created_at })
        })
        .collect()
}

/// Notes that a message was worked off. False when it was received again meanwhile, or settled: then nothing is changed.
///
/// # Errors
/// `Unavailable`.
pub async fn ack(
    tx: &mut TenantTx<'_>,
    topic: &str,
    received: &Received,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update dd0c.queue_messages set done_at = $5, last_error = null
         where tenant_id = $1 and topic = $2 and id = $3 and attempts = $4 and done_at is null and dead_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(&received.id)
    .bind(i64::from(received.attempts))
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a message off until `at`, after a failure. False as with [`ack`].
///
/// # Errors
/// `Unavailable`.
pub async fn retry(
    tx: &mut TenantTx<'_>,
    topic: &str,
    received: &Received,
    at: Timestamp,
    error: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update dd0c.queue_messages set visible_at = $5, last_error = left($6, 500)
         where tenant_id = $1 and topic = $2 and id = $3 and attempts = $4 and done_at is null and dead_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(&received.id)
    .bind(i64::from(received.attempts))
    .bind(at)
    .bind(error.replace('\0', "\u{2400}"))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a message up: it is received no more, and stays to be looked at. False as with [`ack`].
///
/// # Errors
/// `Unavailable`.
pub async fn bury(
    tx: &mut TenantTx<'_>,
    topic: &str,
    received: &Received,
    now: Timestamp,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update dd0c.queue_messages set dead_at = $5, last_error = coalesce(left($6, 500), last_error)
         where tenant_id = $1 and topic = $2 and id = $3 and attempts = $4 and done_at is null and dead_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(&received.id)
    .bind(i64::from(received.attempts))
    .bind(now)
    .bind(error.map(|error| error.replace('\0', "\u{2400}")))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The messages that were given up, newest first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn dead(tx: &mut TenantTx<'_>, topic: &str, limit: u32) -> Result<Vec<Dead>, StoreError> {
    let rows: Vec<(String, i32, Option<String>, Timestamp)> = sqlx::query_as(
        "select id, attempts, last_error, dead_at from dd0c.queue_messages
         where tenant_id = $1 and topic = $2 and dead_at is not null order by dead_at desc, id limit $3",
    )
    .bind(tx.tenant_uuid())
    .bind(topic)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter()
        .map(|(id, attempts, last_error, dead_at)| {
            let attempts = unsigned(attempts)?;
            Ok(Dead { id, attempts, last_error: last_error.unwrap_or_default(), dead_at })
        })
        .collect()
}

/// Forgets messages that were worked off before `done_before` or given up before `dead_before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(
    tx: &mut TenantTx<'_>,
    done_before: Timestamp,
    dead_before: Timestamp,
) -> Result<u64, StoreError> {
    let gone = sqlx::query(
        "delete from dd0c.queue_messages where tenant_id = $1 and (done_at < $2 or dead_at < $3)",
    )
    .bind(tx.tenant_uuid())
    .bind(done_before)
    .bind(dead_before)
    .execute(tx.connection())
    .await?;
    Ok(gone.rows_affected())
}
