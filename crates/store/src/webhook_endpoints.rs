//! Places where alerts come in. The key in the address says whose place it is; the secrets, sealed with a key that the
//! database does not hold, say who may speak there.

use dd0c_types::{Actor, AlertSender, AlertSourceId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::alerts::sender;
use crate::error::StoreError;
use crate::json::{storable, to_value};
use crate::store::{Store, TenantTx};

/// A place where alerts come in, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: AlertSourceId,
    /// Whose payloads it takes.
    pub sender: AlertSender,
    /// What people call it.
    pub name: String,
    /// 256 random bits: what stands in the address.
    pub key: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last came in, to about a minute.
    pub last_delivery_at: Option<Timestamp>,
}

/// A secret as it is kept: sealed, and never shorter than 16 bytes. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Its id.
    pub id: Uuid,
    /// Nonce, secret and tag.
    pub sealed: Vec<u8>,
    /// Until when it is good; none for the one that stands.
    pub expires_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    sender: String,
    name: String,
    key: Vec<u8>,
    created_at: Timestamp,
    last_delivery_at: Option<Timestamp>,
}

/// Whose place the address with this key is, by the SHA-256 of the key. Asked before any tenant is known.
///
/// # Errors
/// `NotFound` when there is none, or it was deleted.
pub async fn find(store: &Store, hash: &[u8; 32]) -> Result<(TenantId, AlertSourceId), StoreError> {
    let (tenant, endpoint): (Uuid, Uuid) =
        sqlx::query_as("select tenant_id, endpoint_id from dd0c.find_webhook_endpoint($1)")
            .bind(hash.as_slice())
            .fetch_one(store.pool())
            .await?;
    Ok((TenantId::from_uuid(tenant), AlertSourceId::from_uuid(endpoint)))
}

/// Makes a place. It takes nothing in until it has a secret.
///
/// # Errors
/// `Conflict` when its id or key is taken.
pub async fn create(tx: &mut TenantTx<'_>, new: &Endpoint, by: &Actor) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.webhook_endpoints (tenant_id, id, sender, name, key, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.sender.as_str())
    .bind(&new.name)
    .bind(new.key.as_slice())
    .bind(storable(to_value(by)?))
    .bind(new.created_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// One place.
///
/// # Errors
/// `NotFound`, also when it was deleted.
pub async fn get(tx: &mut TenantTx<'_>, id: AlertSourceId) -> Result<Endpoint, StoreError> {
    let row: Row = sqlx::query_as(
        "select id, sender, name, key, created_at, last_delivery_at from dd0c.webhook_endpoints
         where tenant_id = $1 and id = $2 and deleted_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await?;
    endpoint(row)
}

/// Every place that is not deleted, by name.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Endpoint>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, sender, name, key, created_at, last_delivery_at from dd0c.webhook_endpoints
         where tenant_id = $1 and deleted_at is null order by name, id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(endpoint).collect()
}

/// Gives a place a new secret. Those it had are good until `old_until` and not longer.
///
/// # Errors
/// `Conflict` when there is no such place; `Database` when the secret is shorter than 16 bytes.
pub async fn add_secret(
    tx: &mut TenantTx<'_>,
    id: AlertSourceId,
    new: &SealedSecret,
    old_until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.webhook_secrets set expires_at = least(coalesce(expires_at, $3), $3)
         where tenant_id = $1 and endpoint_id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(old_until)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "delete from dd0c.webhook_secrets where tenant_id = $1 and endpoint_id = $2 and expires_at <= $3",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "insert into dd0c.webhook_secrets (tenant_id, endpoint_id, id, sealed, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(new.id)
    .bind(new.sealed.as_slice())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The secrets that are good at `now`, the newest first.
///
/// # Errors
/// `Unavailable`.
pub async fn secrets(
    tx: &mut TenantTx<'_>,
    id: AlertSourceId,
    now: Timestamp,
) -> Result<Vec<SealedSecret>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>, Option<Timestamp>)> = sqlx::query_as(
        "select id, sealed, expires_at from dd0c.webhook_secrets
         where tenant_id = $1 and endpoint_id = $2 and (expires_at is null or expires_at > $3)
         order by created_at desc, id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|(id, sealed, expires_at)| SealedSecret { id, sealed, expires_at }).collect())
}

/// Notes that something came in; at most once a minute.
///
/// # Errors
/// `Unavailable`.
pub async fn touch(tx: &mut TenantTx<'_>, id: AlertSourceId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.webhook_endpoints set last_delivery_at = $3 where tenant_id = $1 and id = $2
         and (last_delivery_at is null or last_delivery_at < $3 - interval '1 minute')",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Closes a place for good and forgets its secrets. What came in there stays.
///
/// # Errors
/// `NotFound`.
pub async fn delete(tx: &mut TenantTx<'_>, id: AlertSourceId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.webhook_endpoints set deleted_at = $3
         where tenant_id = $1 and id = $2 and deleted_at is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    sqlx::query("delete from dd0c.webhook_secrets where tenant_id = $1 and endpoint_id = $2")
        .bind(tx.tenant_uuid())
        .bind(id.uuid())
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn endpoint(row: Row) -> Result<Endpoint, StoreError> {
    Ok(Endpoint {
        id: AlertSourceId::from_uuid(row.id),
        sender: sender(&row.sender)?,
        name: row.name,
        key: row.key.try_into().map_err(|_| StoreError::corrupt("an endpoint's key"))?,
        created_at: row.created_at,
        last_delivery_at: row.last_delivery_at,
    })
}
