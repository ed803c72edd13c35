//! Links that sign a person in once. Only the SHA-256 of a link's secret is stored.

use dd0c_types::{Role, TenantId, Timestamp, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::from_word;
use crate::store::{Store, TenantTx};

/// Who a link stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkHolder {
    /// The tenant.
    pub tenant: TenantId,
    /// The link.
    pub link: Uuid,
    /// The person.
    pub user: UserId,
    /// What they may do now.
    pub role: Role,
}

/// Stores a link for a person.
///
/// # Errors
/// `Conflict` when there is no such person or the id or hash is taken.
pub async fn create(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    user: UserId,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.sign_in_links (tenant_id, id, user_id, hash, expires_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(user.uuid())
    .bind(hash.as_slice())
    .bind(expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Who the link of this SHA-256 stands for, at `now`. Asked before any tenant is known; it does not use the link up:
/// follow with [`redeem`] in a transaction of the tenant.
///
/// # Errors
/// `NotFound` when there is none, it ended or was used, or the person is inactive: all alike.
pub async fn find(store: &Store, hash: &[u8; 32], now: Timestamp) -> Result<LinkHolder, StoreError> {
    let (tenant, link, user, role): (Uuid, Uuid, Uuid, String) =
        sqlx::query_as("select tenant_id, link_id, user_id, role from dd0c.find_sign_in_link($1, $2)")
            .bind(hash.as_slice())
            .bind(now)
            .fetch_one(store.pool())
            .await?;
    Ok(LinkHolder {
        tenant: TenantId::from_uuid(tenant),
        link,
        user: UserId::from_uuid(user),
        role: from_word(&role, "a member's role")?,
    })
}

/// Uses the link up. Of any number of callers at once, one succeeds.
///
/// # Errors
/// `NotFound` when it was used already or has ended.
pub async fn redeem(tx: &mut TenantTx<'_>, link: Uuid, now: Timestamp) -> Result<UserId, StoreError> {
    let user: Uuid = sqlx::query_scalar(
        "update dd0c.sign_in_links set used_at = $3
         where tenant_id = $1 and id = $2 and used_at is null and expires_at > $3 returning user_id",
    )
    .bind(tx.tenant_uuid())
    .bind(link)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(UserId::from_uuid(user))
}
