//! Idempotency keys of requests: the same request twice is done once and answered alike.

use dd0c_types::Timestamp;
use serde_json::Value;

use crate::error::StoreError;
use crate::json::storable;
use crate::store::TenantTx;

/// What is known of a key. No `Debug`: an answer may hold a command.
#[derive(Clone, PartialEq)]
pub enum Seen {
    /// Never seen: do the work, then [`finish`] in the same transaction.
    First,
    /// Done before: give this answer again.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body.
        response: Value,
    },
    /// Begun in a transaction that ended without an answer.
    Unfinished,
    /// The key was used for another request: refuse.
    OtherRequest,
}

/// Takes the key for a request, told apart by the SHA-256 of everything that matters in it (method, path, body,
/// caller). Of two requests at once the second waits here until the first has committed or rolled back.
///
/// # Errors
/// `Unavailable`, also when the first takes longer than the lock timeout; `Corrupt`.
pub async fn begin(tx: &mut TenantTx<'_>, key: &str, request_sha256: &[u8; 32]) -> Result<Seen, StoreError> {
    let taken = sqlx::query(
        "insert into dd0c.idempotency_keys (tenant_id, key, request_sha256) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(key)
    .bind(request_sha256.as_slice())
    .execute(tx.connection())
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Seen::First);
    }
    let (same, status, response): (bool, Option<i16>, Option<Value>) = sqlx::query_as(
        "select request_sha256 = $3, status, response from dd0c.idempotency_keys where tenant_id = $1 and key = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(key)
    .bind(request_sha256.as_slice())
    .fetch_one(tx.connection())
    .await?;
    match (same, status, response) {
        (false, ..) => Ok(Seen::OtherRequest),
        (true, Some(status), Some(response)) => {
            let status = u16::try_from(status).map_err(|_| StoreError::corrupt("an HTTP status"))?;
            Ok(Seen::Done { status, response })
        }
        _ => Ok(Seen::Unfinished),
    }
}

/// Keeps the answer to a request that [`begin`] found to be the first.
///
/// # Errors
/// `NotFound` when the key was not begun.
pub async fn finish(
    tx: &mut TenantTx<'_>,
    key: &str,
    status: u16,
    response: Value,
) -> Result<(), StoreError> {
    let status = i16::try_from(status).map_err(|_| StoreError::corrupt("an HTTP status"))?;
    let done = sqlx::query(
        "update dd0c.idempotency_keys set status = $3, response = $4 where tenant_id = $1 and key = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(key)
    .bind(status)
    .bind(storable(response))
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Gives a key back that was begun and has no answer: the request was refused and did nothing. One with an answer stays.
///
/// # Errors
/// `Unavailable`.
pub async fn release(tx: &mut TenantTx<'_>, key: &str) -> Result<(), StoreError> {
    sqlx::query("delete from dd0c.idempotency_keys where tenant_id = $1 and key = $2 and status is null")
        .bind(tx.tenant_uuid())
        .bind(key)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets keys from before `before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.idempotency_keys where tenant_id = $1 and created_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}
