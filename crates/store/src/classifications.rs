//! The verdict on every command of a runbook version, kept as it was given.

use dd0c_types::{Classification, RunbookId, StepId};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, signed, to_value, unsigned};
use crate::store::TenantTx;

/// A verdict with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct StepClassification {
    /// The runbook.
    pub runbook: RunbookId,
    /// Its version.
    pub version: u32,
    /// The step.
    pub step: StepId,
    /// The verdict.
    pub classification: Classification,
}

/// Keeps the verdict on a step of a version. A verdict is given once.
///
/// # Errors
/// `Conflict` when there is no such version or the step already has a verdict in it.
pub async fn put(
    tx: &mut TenantTx<'_>,
    runbook: RunbookId,
    version: u32,
    step: StepId,
    classification: &Classification,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.classifications (tenant_id, runbook_id, version, step_id, document)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(signed(version)?)
    .bind(step.uuid())
    .bind(to_value(classification)?)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The latest verdict on a step, whichever runbook and version it stands in: ids of steps come from their content.
///
/// # Errors
/// `NotFound`; `Corrupt`.
pub async fn get(tx: &mut TenantTx<'_>, step: StepId) -> Result<StepClassification, StoreError> {
    let (runbook, version, document): (Uuid, i32, Value) = sqlx::query_as(
        "select c.runbook_id, c.version, c.document from dd0c.classifications c
         join dd0c.runbooks r on r.tenant_id = c.tenant_id and r.id = c.runbook_id
         where c.tenant_id = $1 and c.step_id = $2 and r.deleted_at is null
         order by c.created_at desc, c.version desc limit 1",
    )
    .bind(tx.tenant_uuid())
    .bind(step.uuid())
    .fetch_one(tx.connection())
    .await?;
    Ok(StepClassification {
        runbook: RunbookId::from_uuid(runbook),
        version: unsigned(version)?,
        step,
        classification: from_value(document, "a classification")?,
    })
}
