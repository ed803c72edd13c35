//! Lists and figures as the dashboard shows them: questions that span several aggregates.

use std::collections::HashMap;

use dd0c_types::{Actor, RunbookId};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, unsigned};
use crate::runbooks::{self, Runbook};
use crate::store::TenantTx;

/// How many steps carry which risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RiskMix {
    /// Steps that only read.
    pub safe: u32,
    /// Steps that ask.
    pub caution: u32,
    /// Steps that ask for a typed name.
    pub dangerous: u32,
    /// Steps without a command.
    pub by_hand: u32,
}

/// A runbook with what a list shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunbookLine {
    /// The runbook.
    pub runbook: Runbook,
    /// The newest version's steps by risk.
    pub risk_mix: RiskMix,
    /// Who saved the newest version.
    pub updated_by: Actor,
}

/// All runbooks that are not deleted, last changed first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn runbooks(tx: &mut TenantTx<'_>) -> Result<Vec<RunbookLine>, StoreError> {
    let mixes = risk_mixes(tx, None).await?;
    let mut authors = authors(tx).await?;
    let listed = runbooks::list(tx).await?;
    listed
        .into_iter()
        .map(|runbook| {
            let key = (runbook.id, runbook.latest_version);
            let updated_by = authors
                .remove(&runbook.id)
                .ok_or_else(|| StoreError::corrupt("a runbook without its version"))?;
            Ok(RunbookLine { risk_mix: mixes.get(&key).copied().unwrap_or_default(), updated_by, runbook })
        })
        .collect()
}

/// The steps of every version of one runbook by risk, or of the newest version of each.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn risk_mixes(
    tx: &mut TenantTx<'_>,
    only: Option<RunbookId>,
) -> Result<HashMap<(RunbookId, u32), RiskMix>, StoreError> {
    let rows: Vec<(Uuid, i32, i32, i32, i32, i32)> = sqlx::query_as(
        "select v.runbook_id, v.version, jsonb_array_length(v.parsed -> 'steps'),
           (count(*) filter (where c.document ->> 'risk' = 'safe'))::int,
           (count(*) filter (where c.document ->> 'risk' = 'caution'))::int,
           (count(*) filter (where c.document ->> 'risk' = 'dangerous'))::int
         from dd0c.runbook_versions v
         join dd0c.runbooks r on r.tenant_id = v.tenant_id and r.id = v.runbook_id
         left join dd0c.classifications c
           on c.tenant_id = v.tenant_id and c.runbook_id = v.runbook_id and c.version = v.version
         where v.tenant_id = $1 and (v.runbook_id = $2 or ($2 is null and v.version = r.latest_version))
         group by v.tenant_id, v.runbook_id, v.version",
    )
    .bind(tx.tenant_uuid())
    .bind(only.map(RunbookId::uuid))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(mix).collect()
}

type MixRow = (Uuid, i32, i32, i32, i32, i32);

fn mix(row: MixRow) -> Result<((RunbookId, u32), RiskMix), StoreError> {
    let (id, version, steps, safe, caution, dangerous) = row;
    let (safe, caution, dangerous) = (unsigned(safe)?, unsigned(caution)?, unsigned(dangerous)?);
    let by_hand = unsigned(steps)?.saturating_sub(safe + caution + dangerous);
    Ok(((RunbookId::from_uuid(id), unsigned(version)?), RiskMix { safe, caution, dangerous, by_hand }))
}

async fn authors(tx: &mut TenantTx<'_>) -> Result<HashMap<RunbookId, Actor>, StoreError> {
    let rows: Vec<(Uuid, Value)> = sqlx::query_as(
        "select v.runbook_id, v.created_by from dd0c.runbook_versions v
         join dd0c.runbooks r
           on r.tenant_id = v.tenant_id and r.id = v.runbook_id and r.latest_version = v.version
         where v.tenant_id = $1 and r.deleted_at is null",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter()
        .map(|(id, by)| Ok((RunbookId::from_uuid(id), from_value(by, "who saved a version")?)))
        .collect()
}
