//! Links by which a member says once that a Slack user is theirs. Only the SHA-256 of a link's secret is stored.

use dd0c_types::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Which Slack user a link speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkToken {
    /// The link.
    pub id: Uuid,
    /// The workspace, by our id.
    pub workspace: Uuid,
    /// `U…` or `W…`.
    pub slack_user: String,
    /// What they are called there: for the person who is asked whether it is theirs, never to find them by.
    pub slack_name: String,
}

/// Stores a link that is good until `expires_at`.
///
/// # Errors
/// `Conflict` when the id or hash is taken or there is no such workspace.
pub async fn create(
    tx: &mut TenantTx<'_>,
    token: &LinkToken,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.slack_link_tokens (tenant_id, id, hash, workspace_id, slack_user, slack_name, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(token.id)
    .bind(hash.as_slice())
    .bind(token.workspace)
    .bind(&token.slack_user)
    .bind(&token.slack_name)
    .bind(expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Whom the link of this SHA-256 speaks of. It does not use it up.
///
/// # Errors
/// `NotFound` when it was used, has ended, or was never made for this tenant: all alike.
pub async fn find(tx: &mut TenantTx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<LinkToken, StoreError> {
    let (id, workspace, slack_user, slack_name): (Uuid, Uuid, String, String) = sqlx::query_as(
        "select id, workspace_id, slack_user, slack_name from dd0c.slack_link_tokens
         where tenant_id = $1 and hash = $2 and used_at is null and expires_at > $3",
    )
    .bind(tx.tenant_uuid())
    .bind(hash.as_slice())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(LinkToken { id, workspace, slack_user, slack_name })
}

/// Uses a link up. Of any number of callers at once, one succeeds.
///
/// # Errors
/// `NotFound` when it was used already or has ended.
pub async fn redeem(tx: &mut TenantTx<'_>, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update dd0c.slack_link_tokens set used_at = $3
         where tenant_id = $1 and id = $2 and used_at is null and expires_at > $3",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
