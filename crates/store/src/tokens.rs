//! API tokens. Only the SHA-256 of a token is stored; the token itself is shown once, when it is made.

use dd0c_types::{Role, TenantId, Timestamp, TokenId, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::from_word;
use crate::store::{Store, TenantTx};

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for, in people's words.
    pub name: String,
    /// What it may do; never more than its owner may now.
    pub role: Role,
    /// Whose it is; none for a token of the tenant itself.
    pub user: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never when none.
    pub expires_at: Option<Timestamp>,
    /// When somebody took it back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A token to be stored.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// The SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whose it is.
    pub user: Option<UserId>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Who comes with a token that is good now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHolder {
    /// The tenant.
    pub tenant: TenantId,
    /// The token.
    pub token: TokenId,
    /// The person, for a person's token.
    pub user: Option<UserId>,
    /// What may be done with it: the lesser of the token's role and the person's.
    pub role: Role,
}

type Row =
    (Uuid, String, String, Option<Uuid>, Timestamp, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);

/// Who comes with the token of this SHA-256, at `now`. Asked before any tenant is known.
///
/// # Errors
/// `NotFound` when there is none, it ended, was taken back, or its owner is inactive: all alike.
pub async fn find(store: &Store, hash: &[u8; 32], now: Timestamp) -> Result<TokenHolder, StoreError> {
    let (tenant, token, user, role): (Uuid, Uuid, Option<Uuid>, String) =
        sqlx::query_as("select tenant_id, token_id, user_id, role from dd0c.find_api_token($1, $2)")
            .bind(hash.as_slice())
            .bind(now)
            .fetch_one(store.pool())
            .await?;
    Ok(TokenHolder {
        tenant: TenantId::from_uuid(tenant),
        token: TokenId::from_uuid(token),
        user: user.map(UserId::from_uuid),
        role: from_word(&role, "a token's role")?,
    })
}

/// Stores a token.
///
/// # Errors
/// `Conflict` when its hash or id is taken or its owner does not exist.
pub async fn create(tx: &mut TenantTx<'_>, new: &NewToken) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.api_tokens (tenant_id, id, hash, name, role, user_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.hash.as_slice())
    .bind(&new.name)
    .bind(new.role.as_str())
    .bind(new.user.map(UserId::uuid))
    .bind(new.expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// All tokens, newest first, ended and revoked ones too.
///
/// # Errors
/// `Unavailable`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Token>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, name, role, user_id, created_at, expires_at, revoked_at, last_used_at
         from dd0c.api_tokens where tenant_id = $1 order by created_at desc, id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(token).collect()
}

/// Takes a token back. Taking it back twice changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn revoke(tx: &mut TenantTx<'_>, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.api_tokens set revoked_at = coalesce(revoked_at, $3)
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Notes that the token was used; at most once a minute, so that a busy script does not write all the time.
///
/// # Errors
/// `Unavailable`.
pub async fn touch(tx: &mut TenantTx<'_>, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.api_tokens set last_used_at = $3 where tenant_id = $1 and id = $2
         and (last_used_at is null or last_used_at < $3 - interval '1 minute')",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn token(row: Row) -> Result<Token, StoreError> {
    let (id, name, role, user, created_at, expires_at, revoked_at, last_used_at) = row;
    Ok(Token {
        id: TokenId::from_uuid(id),
        name,
        role: from_word(&role, "a token's role")?,
        user: user.map(UserId::from_uuid),
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
    })
}
