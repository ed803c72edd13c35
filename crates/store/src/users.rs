//! Members of a tenant.

use dd0c_types::{Role, Timestamp, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::from_word;
use crate::store::TenantTx;

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address; unique within the tenant, whatever its case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// False once they left; an inactive person signs in nowhere and their tokens are refused.
    pub active: bool,
    /// When they joined.
    pub created_at: Timestamp,
}

type Row = (Uuid, String, String, String, bool, Timestamp);

/// Adds an active member.
///
/// # Errors
/// `Conflict` when the address or the id is taken.
pub async fn create(
    tx: &mut TenantTx<'_>,
    id: UserId,
    email: &str,
    name: &str,
    role: Role,
) -> Result<User, StoreError> {
    sqlx::query_as(
        "insert into dd0c.users (tenant_id, id, email, name, role) values ($1, $2, $3, $4, $5)
         returning id, email, name, role, active, created_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(email)
    .bind(name)
    .bind(role.as_str())
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(user)
}

/// One member.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut TenantTx<'_>, id: UserId) -> Result<User, StoreError> {
    sqlx::query_as(
        "select id, email, name, role, active, created_at from dd0c.users where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(user)
}

/// The member with this address, whatever its case.
///
/// # Errors
/// `NotFound`.
pub async fn by_email(tx: &mut TenantTx<'_>, email: &str) -> Result<User, StoreError> {
    sqlx::query_as(
        "select id, email, name, role, active, created_at from dd0c.users
         where tenant_id = $1 and lower(email) = lower($2)",
    )
    .bind(tx.tenant_uuid())
    .bind(email)
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(user)
}

/// All members, by address.
///
/// # Errors
/// `Unavailable`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<User>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, email, name, role, active, created_at from dd0c.users where tenant_id = $1 order by lower(email)",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(user).collect()
}

/// Changes what a member may do and whether they may sign in.
///
/// # Errors
/// `NotFound`.
pub async fn set_access(
    tx: &mut TenantTx<'_>,
    id: UserId,
    role: Role,
    active: bool,
) -> Result<User, StoreError> {
    sqlx::query_as(
        "update dd0c.users set role = $3, active = $4 where tenant_id = $1 and id = $2
         returning id, email, name, role, active, created_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(role.as_str())
    .bind(active)
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(user)
}

fn user((id, email, name, role, active, created_at): Row) -> Result<User, StoreError> {
    let role = from_word(&role, "a member's role")?;
    Ok(User { id: UserId::from_uuid(id), email, name, role, active, created_at })
}
