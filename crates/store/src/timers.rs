//! Clocks of steps: rows with a deadline, which any replica may take.

use dd0c_types::{AttemptId, ExecutionId, StepId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::{Store, TenantTx};

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// Which clock of the step.
    pub kind: String,
    /// The attempt it belongs to.
    pub attempt: Option<AttemptId>,
    /// When it fires.
    pub due_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    execution_id: Uuid,
    step_id: Uuid,
    kind: String,
    attempt_id: Option<Uuid>,
    due_at: Timestamp,
}

/// Starts a clock; one of the same kind of the same step is replaced.
///
/// # Errors
/// `Conflict` when there is no such step.
pub async fn start(tx: &mut TenantTx<'_>, timer: &Timer) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.timers (tenant_id, execution_id, step_id, kind, attempt_id, due_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, execution_id, step_id, kind) do update
         set attempt_id = excluded.attempt_id, due_at = excluded.due_at",
    )
    .bind(tx.tenant_uuid())
    .bind(timer.execution.uuid())
    .bind(timer.step.uuid())
    .bind(&timer.kind)
    .bind(timer.attempt.map(AttemptId::uuid))
    .bind(timer.due_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Stops all clocks of a step.
///
/// # Errors
/// `Unavailable`.
pub async fn stop(tx: &mut TenantTx<'_>, execution: ExecutionId, step: StepId) -> Result<(), StoreError> {
    sqlx::query("delete from dd0c.timers where tenant_id = $1 and execution_id = $2 and step_id = $3")
        .bind(tx.tenant_uuid())
        .bind(execution.uuid())
        .bind(step.uuid())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The tenants that have a clock due at `now`.
///
/// # Errors
/// `Unavailable`.
pub async fn tenants_due(store: &Store, now: Timestamp) -> Result<Vec<TenantId>, StoreError> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select dd0c.tenants_with_timers($1)").bind(now).fetch_all(store.pool()).await?;
    Ok(ids.into_iter().map(TenantId::from_uuid).collect())
}

/// The clocks of this tenant that are due, the oldest first.
///
/// # Errors
/// `Unavailable`.
pub async fn due(tx: &mut TenantTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Timer>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select execution_id, step_id, kind, attempt_id, due_at from dd0c.timers
         where tenant_id = $1 and due_at <= $2 order by due_at, execution_id, step_id, kind limit $3",
    )
    .bind(tx.tenant_uuid())
    .bind(now)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(timer).collect())
}

/// Takes one clock away, when it still shows this deadline. False when it was stopped, moved or taken meanwhile.
///
/// # Errors
/// `Unavailable`.
pub async fn take(tx: &mut TenantTx<'_>, timer: &Timer) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "delete from dd0c.timers
         where tenant_id = $1 and execution_id = $2 and step_id = $3 and kind = $4 and due_at = $5",
    )
    .bind(tx.tenant_uuid())
    .bind(timer.execution.uuid())
    .bind(timer.step.uuid())
    .bind(&timer.kind)
    .bind(timer.due_at)
    .execute(tx.connection())
    .await?;
    Ok(taken.rows_affected() == 1)
}

fn timer(row: Row) -> Timer {
    Timer {
        execution: ExecutionId::from_uuid(row.execution_id),
        step: StepId::from_uuid(row.step_id),
        kind: row.kind,
        attempt: row.attempt_id.map(AttemptId::from_uuid),
        due_at: row.due_at,
    }
}
