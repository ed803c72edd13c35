//! The tenant's panic row. Absent or unreadable means halted; the epoch only grows.

use dd0c_types::{Actor, Timestamp};
use serde_json::Value;

use crate::error::StoreError;
use crate::json::{from_value, to_value};
use crate::store::TenantTx;

/// Whether everything stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicState {
    /// Grows by one with every change; a replica that saw a panic stays halted until a higher one clears it.
    /// 0 when the row is missing.
    pub epoch: u64,
    /// Whether nothing may be dispatched.
    pub halted: bool,
    /// Why, in the words of who pressed.
    pub reason: String,
    /// Who changed it last; none while nobody did.
    pub changed_by: Option<Actor>,
    /// When; none when the row is missing.
    pub changed_at: Option<Timestamp>,
}

type Row = (i64, bool, String, Option<Value>, Timestamp);

/// The state now. A missing row reads as halted.
///
/// # Errors
/// `Unavailable`, which the caller must take as halted too.
pub async fn get(tx: &mut TenantTx<'_>) -> Result<PanicState, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select epoch, halted, reason, changed_by, changed_at from dd0c.panic where tenant_id = $1",
    )
    .bind(tx.tenant_uuid())
    .fetch_optional(tx.connection())
    .await?;
    row.map_or_else(|| Ok(missing()), state)
}

/// The state, held against change until the transaction ends: for a claim that must not race a panic.
///
/// # Errors
/// `Unavailable`, which the caller must take as halted too.
pub async fn get_locked(tx: &mut TenantTx<'_>) -> Result<PanicState, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select epoch, halted, reason, changed_by, changed_at from dd0c.panic where tenant_id = $1 for share",
    )
    .bind(tx.tenant_uuid())
    .fetch_optional(tx.connection())
    .await?;
    row.map_or_else(|| Ok(missing()), state)
}

/// Halts everything. Pressing again raises the epoch again.
///
/// # Errors
/// `NotFound` when the tenant has no row, which is halted as it is.
pub async fn set(tx: &mut TenantTx<'_>, reason: &str, by: &Actor) -> Result<PanicState, StoreError> {
    let row: Row = sqlx::query_as(
        "update dd0c.panic set epoch = epoch + 1, halted = true, reason = $2, changed_by = $3,
           changed_at = clock_timestamp()
         where tenant_id = $1 returning epoch, halted, reason, changed_by, changed_at",
    )
    .bind(tx.tenant_uuid())
    .bind(reason)
    .bind(to_value(by)?)
    .fetch_one(tx.connection())
    .await?;
    state(row)
}

/// Lets things go on, when the panic of `epoch` is still the latest: nobody lifts a panic they have not seen.
///
/// # Errors
/// `Stale` with the epoch that stands, when somebody pressed or lifted meanwhile.
pub async fn clear(tx: &mut TenantTx<'_>, epoch: u64, by: &Actor) -> Result<PanicState, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "update dd0c.panic set epoch = epoch + 1, halted = false, reason = '', changed_by = $3,
           changed_at = clock_timestamp()
         where tenant_id = $1 and epoch = $2 and halted returning epoch, halted, reason, changed_by, changed_at",
    )
    .bind(tx.tenant_uuid())
    .bind(i64::try_from(epoch).map_err(|_| StoreError::NotFound)?)
    .bind(to_value(by)?)
    .fetch_optional(tx.connection())
    .await?;
    match row {
        Some(row) => state(row),
        None => {
            let current = get(tx).await?.epoch;
            Err(StoreError::Stale { current: u32::try_from(current).unwrap_or(u32::MAX) })
        }
    }
}

fn missing() -> PanicState {
    PanicState {
        epoch: 0,
        halted: true,
        reason: "this tenant has no panic row: nothing is dispatched until it is repaired".into(),
        changed_by: None,
        changed_at: None,
    }
}

fn state((epoch, halted, reason, by, at): Row) -> Result<PanicState, StoreError> {
    Ok(PanicState {
        epoch: u64::try_from(epoch).map_err(|_| StoreError::corrupt("a panic epoch"))?,
        halted,
        reason,
        changed_by: by.map(|by| from_value(by, "who pressed panic")).transpose()?,
        changed_at: Some(at),
    })
}
