//! What each consumer has already taken in: at-least-once delivery becomes once.

use dd0c_types::Timestamp;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Takes a message in for a consumer. True the first time: do its work in this same transaction. False when it was
/// taken in before: do nothing. Of two at once the second waits for the first one's commit or rollback.
///
/// # Errors
/// `Unavailable`.
pub async fn accept(tx: &mut TenantTx<'_>, consumer: &str, message_id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into dd0c.inbox (tenant_id, consumer, message_id) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(consumer)
    .bind(message_id)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets what was taken in before `before`, which must be longer ago than any message can be delivered again.
/// Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.inbox where tenant_id = $1 and at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}
