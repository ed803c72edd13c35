//! Sessions of the dashboard, so that a signed token can be taken back before it ends. A session's id is the `jti`
//! of its JWT.

use dd0c_types::{Timestamp, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Opens a session.
///
/// # Errors
/// `Conflict` when there is no such person or the id is taken.
pub async fn open(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    user: UserId,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("insert into dd0c.sessions (tenant_id, id, user_id, expires_at) values ($1, $2, $3, $4)")
        .bind(tx.tenant_uuid())
        .bind(id)
        .bind(user.uuid())
        .bind(expires_at)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whose session it is, when it is good at `now` and the person still active.
///
/// # Errors
/// `NotFound` when it ended, was revoked, or never was.
pub async fn user(tx: &mut TenantTx<'_>, id: Uuid, now: Timestamp) -> Result<UserId, StoreError> {
    let user: Uuid = sqlx::query_scalar(
        "select s.user_id from dd0c.sessions s
         join dd0c.users u on u.tenant_id = s.tenant_id and u.id = s.user_id
         where s.tenant_id = $1 and s.id = $2 and s.revoked_at is null and s.expires_at > $3 and u.active",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(UserId::from_uuid(user))
}

/// Ends a session. Ending it twice changes nothing.
///
/// # Errors
/// `NotFound` when it never was.
pub async fn revoke(tx: &mut TenantTx<'_>, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.sessions set revoked_at = coalesce(revoked_at, $3)
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Forgets sessions that ended before `before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("delete from dd0c.sessions where tenant_id = $1 and expires_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected())
}
