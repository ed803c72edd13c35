//! Installations that an Owner began. Only the SHA-256 of the state that Slack gives back is stored.

use dd0c_types::{Timestamp, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Stores a state that is good until `expires_at`.
///
/// # Errors
/// `Conflict` when the id or hash is taken or there is no such member.
pub async fn begin(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    by: UserId,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.slack_installs (tenant_id, id, hash, user_id, expires_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(hash.as_slice())
    .bind(by.uuid())
    .bind(expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Uses the state of this SHA-256 up, for the member who began. Of any number of callers at once, one succeeds.
///
/// # Errors
/// `NotFound` when it was used already, has ended, or belongs to somebody else.
pub async fn redeem(
    tx: &mut TenantTx<'_>,
    hash: &[u8; 32],
    by: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update dd0c.slack_installs set used_at = $4
         where tenant_id = $1 and hash = $2 and user_id = $3 and used_at is null and expires_at > $4",
    )
    .bind(tx.tenant_uuid())
    .bind(hash.as_slice())
    .bind(by.uuid())
    .bind(now)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
