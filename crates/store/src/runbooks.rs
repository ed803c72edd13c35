//! Runbooks and their versions. A version is never changed: an edit makes the next one.

use dd0c_types::{Actor, ParsedRunbook, RunbookId, Timestamp, TrustLevel};
use serde_json::Value;
use uuid::Uuid;

use crate::classifications;
use crate::error::StoreError;
use crate::json::{from_value, signed, to_value, unsigned};
use crate::store::TenantTx;

/// A runbook, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Its id.
    pub id: RunbookId,
    /// The latest version's title.
    pub title: String,
    /// How much it may do by itself.
    pub trust_level: TrustLevel,
    /// Whether it stays strict, whatever the policy says.
    pub locked_strict: bool,
    /// The latest version's number, from 1.
    pub latest_version: u32,
    /// When it was first saved.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One version, complete. No `Debug`: it holds commands.
#[derive(Clone, PartialEq)]
pub struct RunbookVersion {
    /// The runbook.
    pub runbook: RunbookId,
    /// From 1, growing by one.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The pasted text, to the byte.
    pub text: String,
    /// What was made of it.
    pub parsed: ParsedRunbook,
    /// Who saved it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
}

/// A line of the list of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// From 1.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// SHA-256 of the pasted text, in hexadecimal.
    pub source_sha256: String,
    /// Who saved it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
}

/// What is saved as a new runbook, or as the next version of one. No `Debug`: it holds commands.
#[derive(Clone)]
pub struct NewVersion<'v> {
    /// Its title.
    pub title: &'v str,
    /// The pasted text.
    pub text: &'v str,
    /// What was made of it. The verdicts in it are kept as the version's classifications too.
    pub parsed: &'v ParsedRunbook,
    /// Who saves it.
    pub by: &'v Actor,
}

type Row = (Uuid, String, i16, bool, i32, Timestamp, Timestamp);
type VersionRow = (i32, String, String, Value, Value, Timestamp);

/// Saves a new runbook as version 1, at trust level Ask.
///
/// # Errors
/// `Conflict` when the id is taken.
pub async fn create(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    new: &NewVersion<'_>,
) -> Result<Runbook, StoreError> {
    let row: Row = sqlx::query_as(
        "insert into dd0c.runbooks (tenant_id, id, title, latest_version) values ($1, $2, $3, 1)
         returning id, title, trust_level, locked_strict, latest_version, created_at, updated_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(new.title)
    .fetch_one(tx.connection())
    .await?;
    add_version(tx, id, 1, new).await?;
    runbook(row)
}

/// Saves the next version, when `expected_version` is still the latest. Earlier versions stay as they are.
///
/// # Errors
/// `Stale` with the latest version when it is not; `NotFound`.
pub async fn update(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    expected_version: u32,
    new: &NewVersion<'_>,
) -> Result<Runbook, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "update dd0c.runbooks
         set title = $4, latest_version = latest_version + 1, updated_at = clock_timestamp()
         where tenant_id = $1 and id = $2 and latest_version = $3 and deleted_at is null
         returning id, title, trust_level, locked_strict, latest_version, created_at, updated_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(signed(expected_version)?)
    .bind(new.title)
    .fetch_optional(tx.connection())
    .await?;
    let Some(row) = row else {
        return Err(StoreError::Stale { current: get(tx, id).await?.latest_version });
    };
    let saved = runbook(row)?;
    add_version(tx, id, saved.latest_version, new).await?;
    Ok(saved)
}

/// All runbooks that are not deleted, last changed first.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Runbook>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, title, trust_level, locked_strict, latest_version, created_at, updated_at
         from dd0c.runbooks where tenant_id = $1 and deleted_at is null order by updated_at desc, id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(runbook).collect()
}

/// One runbook.
///
/// # Errors
/// `NotFound`, also when it was deleted.
pub async fn get(tx: &mut TenantTx<'_>, id: RunbookId) -> Result<Runbook, StoreError> {
    sqlx::query_as(
        "select id, title, trust_level, locked_strict, latest_version, created_at, updated_at
         from dd0c.runbooks where tenant_id = $1 and id = $2 and deleted_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(runbook)
}

/// One version, also of a deleted runbook: what ran must stay readable.
///
/// # Errors
/// `NotFound`; `Corrupt`.
pub async fn get_version(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    version: u32,
) -> Result<RunbookVersion, StoreError> {
    let (version, title, text, parsed, by, created_at): VersionRow = sqlx::query_as(
        "select version, title, source_text, parsed, created_by, created_at
         from dd0c.runbook_versions where tenant_id = $1 and runbook_id = $2 and version = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(signed(version)?)
    .fetch_one(tx.connection())
    .await?;
    Ok(RunbookVersion {
        runbook: id,
        version: unsigned(version)?,
        title,
        text,
        parsed: from_value(parsed, "a parsed runbook")?,
        created_by: from_value(by, "who saved a version")?,
        created_at,
    })
}

/// All versions of a runbook, newest first.
///
/// # Errors
/// `NotFound` when there is no such runbook.
pub async fn versions(tx: &mut TenantTx<'_>, id: RunbookId) -> Result<Vec<VersionSummary>, StoreError> {
    let rows: Vec<(i32, String, Vec<u8>, Value, Timestamp)> = sqlx::query_as(
        "select version, title, source_sha256, created_by, created_at
         from dd0c.runbook_versions where tenant_id = $1 and runbook_id = $2 order by version desc",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_all(tx.connection())
    .await?;
    if rows.is_empty() {
        return Err(StoreError::NotFound);
    }
    rows.into_iter().map(summary).collect()
}

/// Takes a runbook out of every list. Its versions stay readable for the runs that used them.
///
/// # Errors
/// `NotFound`.
pub async fn soft_delete(tx: &mut TenantTx<'_>, id: RunbookId) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.runbooks set deleted_at = clock_timestamp(), updated_at = clock_timestamp()
         where tenant_id = $1 and id = $2 and deleted_at is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Sets how much a runbook may do by itself.
///
/// # Errors
/// `NotFound`.
pub async fn set_trust_level(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    level: TrustLevel,
) -> Result<Runbook, StoreError> {
    sqlx::query_as(
        "update dd0c.runbooks set trust_level = $3, updated_at = clock_timestamp()
         where tenant_id = $1 and id = $2 and deleted_at is null
         returning id, title, trust_level, locked_strict, latest_version, created_at, updated_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(i16::from(level.number()))
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(runbook)
}

/// Sets whether a runbook stays strict, whatever the policy says.
///
/// # Errors
/// `NotFound`.
pub async fn set_locked_strict(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    locked: bool,
) -> Result<Runbook, StoreError> {
    sqlx::query_as(
        "update dd0c.runbooks set locked_strict = $3, updated_at = clock_timestamp()
         where tenant_id = $1 and id = $2 and deleted_at is null
         returning id, title, trust_level, locked_strict, latest_version, created_at, updated_at",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(locked)
    .fetch_one(tx.connection())
    .await
    .map_err(StoreError::from)
    .and_then(runbook)
}

async fn add_version(
    tx: &mut TenantTx<'_>,
    id: RunbookId,
    version: u32,
    new: &NewVersion<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.runbook_versions
           (tenant_id, runbook_id, version, title, source_text, source_sha256, parsed, created_by)
         values ($1, $2, $3, $4, $5, sha256(convert_to($5, 'UTF8')), $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(signed(version)?)
    .bind(new.title)
    .bind(new.text)
    .bind(to_value(new.parsed)?)
    .bind(to_value(new.by)?)
    .execute(tx.connection())
    .await?;
    for step in &new.parsed.steps {
        if let Some(classification) = &step.classification {
            classifications::put(tx, id, version, step.id, classification).await?;
        }
    }
    Ok(())
}

fn runbook(row: Row) -> Result<Runbook, StoreError> {
    let (id, title, level, locked_strict, latest_version, created_at, updated_at) = row;
    let trust_level = u8::try_from(level)
        .ok()
        .and_then(TrustLevel::from_number)
        .ok_or_else(|| StoreError::corrupt("a trust level"))?;
    Ok(Runbook {
        id: RunbookId::from_uuid(id),
        title,
        trust_level,
        locked_strict,
        latest_version: unsigned(latest_version)?,
        created_at,
        updated_at,
    })
}

fn summary(
    (version, title, sha256, by, created_at): (i32, String, Vec<u8>, Value, Timestamp),
) -> Result<VersionSummary, StoreError> {
    Ok(VersionSummary {
        version: unsigned(version)?,
        title,
        source_sha256: hex::encode(sha256),
        created_by: from_value(by, "who saved a version")?,
        created_at,
    })
}
