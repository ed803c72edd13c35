//! Tenants: the unit of isolation.

use dd0c_types::{TenantId, Timestamp};

use crate::error::StoreError;
use crate::store::TenantTx;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, for people.
    pub name: String,
    /// Its short name, for addresses. Two tenants may have the same.
    pub slug: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes the tenant of this transaction, with its panic row (not halted).
///
/// # Errors
/// `Conflict` when it exists; `Database` when the slug is not made of lower-case letters, digits and hyphens.
pub async fn create(tx: &mut TenantTx<'_>, name: &str, slug: &str) -> Result<Tenant, StoreError> {
    let tenant = tx.tenant();
    let created_at = sqlx::query_scalar(
        "insert into dd0c.tenants (id, name, slug) values ($1, $2, $3) returning created_at",
    )
    .bind(tenant.uuid())
    .bind(name)
    .bind(slug)
    .fetch_one(tx.connection())
    .await?;
    Ok(Tenant { id: tenant, name: name.to_owned(), slug: slug.to_owned(), created_at })
}

/// The tenant of this transaction.
///
/// # Errors
/// `NotFound` when it was never made.
pub async fn get(tx: &mut TenantTx<'_>) -> Result<Tenant, StoreError> {
    let id = tx.tenant();
    let (name, slug, created_at) =
        sqlx::query_as("select name, slug, created_at from dd0c.tenants where id = $1")
            .bind(id.uuid())
            .fetch_one(tx.connection())
            .await?;
    Ok(Tenant { id, name, slug, created_at })
}
