//! How often a member mistyped the name of what a step destroys, and until when they must wait.

use dd0c_types::{ExecutionId, StepId, Timestamp, UserId};

use crate::error::StoreError;
use crate::store::TenantTx;

/// Until when this member may not confirm any step; none when they may.
///
/// # Errors
/// `Unavailable`.
pub async fn locked_until(
    tx: &mut TenantTx<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let until: Option<Timestamp> = sqlx::query_scalar(
        "select max(locked_until) from dd0c.slack_typed_misses
         where tenant_id = $1 and user_id = $2 and locked_until > $3",
    )
    .bind(tx.tenant_uuid())
    .bind(user.uuid())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(until)
}

/// Counts a wrong name. At `limit` the count begins anew and the member is locked until `lock_until`. Answers how
/// many misses that makes: `limit` means locked.
///
/// # Errors
/// `Conflict` when there is no such step or member.
pub async fn miss(
    tx: &mut TenantTx<'_>,
    user: UserId,
    (execution, step): (ExecutionId, StepId),
    limit: u32,
    lock_until: Timestamp,
) -> Result<u32, StoreError> {
    let misses: i32 = sqlx::query_scalar(
        "insert into dd0c.slack_typed_misses as m (tenant_id, user_id, execution_id, step_id, misses)
         values ($1, $2, $3, $4, 1)
         on conflict (tenant_id, user_id, execution_id, step_id) do update set misses = m.misses + 1
         returning misses",
    )
    .bind(tx.tenant_uuid())
    .bind(user.uuid())
    .bind(execution.uuid())
    .bind(step.uuid())
    .fetch_one(tx.connection())
    .await?;
    let misses = crate::json::unsigned(misses)?;
    if misses >= limit {
        sqlx::query(
            "update dd0c.slack_typed_misses set misses = 0, locked_until = $5
             where tenant_id = $1 and user_id = $2 and execution_id = $3 and step_id = $4",
        )
        .bind(tx.tenant_uuid())
        .bind(user.uuid())
        .bind(execution.uuid())
        .bind(step.uuid())
        .bind(lock_until)
        .execute(tx.connection())
        .await?;
    }
    Ok(misses.min(limit))
}

/// Forgets the misses at a step that was confirmed.
///
/// # Errors
/// `Unavailable`.
pub async fn clear(tx: &mut TenantTx<'_>, user: UserId, step: StepId) -> Result<(), StoreError> {
    sqlx::query("delete from dd0c.slack_typed_misses where tenant_id = $1 and user_id = $2 and step_id = $3")
        .bind(tx.tenant_uuid())
        .bind(user.uuid())
        .bind(step.uuid())
        .execute(tx.connection())
        .await?;
    Ok(())
}
