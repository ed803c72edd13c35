//! The tenant's policy, with every version kept.

use dd0c_types::{Actor, Timestamp};
use serde_json::Value;

use crate::error::StoreError;
use crate::json::{signed, storable, to_value, unsigned};
use crate::store::TenantTx;

/// A version of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// From 1, growing by one.
    pub version: u32,
    /// The document, as `policy.json` has it.
    pub document: Value,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The policy in force; none while nobody wrote one.
///
/// # Errors
/// `Unavailable`.
pub async fn current(tx: &mut TenantTx<'_>) -> Result<Option<Policy>, StoreError> {
    let row: Option<(i32, Value, Timestamp)> = sqlx::query_as(
        "select version, document, created_at from dd0c.policies where tenant_id = $1 order by version desc limit 1",
    )
    .bind(tx.tenant_uuid())
    .fetch_optional(tx.connection())
    .await?;
    row.map(|(version, document, created_at)| {
        Ok(Policy { version: unsigned(version)?, document, created_at })
    })
    .transpose()
}

/// Writes the next version. `expected_version` is the one that was read, 0 when there was none.
///
/// # Errors
/// `Stale` when somebody wrote one meanwhile.
pub async fn put(
    tx: &mut TenantTx<'_>,
    expected_version: u32,
    document: Value,
    by: &Actor,
) -> Result<u32, StoreError> {
    // The next number is free exactly when the one before is the latest: the primary key decides a race.
    let written: Option<i32> = sqlx::query_scalar(
        "insert into dd0c.policies (tenant_id, version, document, created_by)
         select $1, $2 + 1, $3, $4
         where $2 = (select coalesce(max(version), 0) from dd0c.policies where tenant_id = $1)
         on conflict do nothing returning version",
    )
    .bind(tx.tenant_uuid())
    .bind(signed(expected_version)?)
    .bind(storable(document))
    .bind(to_value(by)?)
    .fetch_optional(tx.connection())
    .await?;
    match written {
        Some(version) => unsigned(version),
        None => Err(StoreError::Stale { current: current(tx).await?.map_or(0, |policy| policy.version) }),
    }
}
