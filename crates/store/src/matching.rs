//! What a runbook is matched to alerts by: tags and rules that people wrote, its latest text, and vectors of models.

use dd0c_types::{Actor, AlertId, MatchRule, ParsedRunbook, RunbookId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, signed, storable, to_value, unsigned};
use crate::store::TenantTx;

/// Tags and rules of a runbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// From 1, growing by one; 0 while nobody wrote any.
    pub version: u32,
    /// Words and names that it is for.
    pub tags: Vec<String>,
    /// Any one that holds is enough.
    pub rules: Vec<MatchRule>,
}

/// A runbook as the ranking needs it. No `Debug`: it holds commands.
#[derive(Clone)]
pub struct Candidate {
    /// The runbook.
    pub runbook: RunbookId,
    /// Its latest title.
    pub title: String,
    /// What the latest version says.
    pub parsed: ParsedRunbook,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its rules.
    pub rules: Vec<MatchRule>,
    /// Its vector by the model that was asked for, with the SHA-256 of the text it was made from.
    pub vector: Option<([u8; 32], Vec<f32>)>,
}

/// The tags and rules of a runbook; empty ones of version 0 while nobody wrote any.
///
/// # Errors
/// `Unavailable`; `Corrupt`. That there is such a runbook is for the caller to ask.
pub async fn get(tx: &mut TenantTx<'_>, runbook: RunbookId) -> Result<Matching, StoreError> {
    let row: Option<(i32, Value, Value)> = sqlx::query_as(
        "select version, tags, rules from dd0c.matching_rules where tenant_id = $1 and runbook_id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .fetch_optional(tx.connection())
    .await?;
    let Some((version, tags, rules)) = row else { return Ok(Matching::default()) };
    Ok(Matching {
        version: unsigned(version)?,
        tags: from_value(tags, "a runbook's tags")?,
        rules: from_value(rules, "a runbook's rules")?,
    })
}

/// Writes tags and rules, when `new.version` is still the one that stands. Answers the new version.
///
/// # Errors
/// `Stale` with the version that stands; `Conflict` when there is no such runbook.
pub async fn put(
    tx: &mut TenantTx<'_>,
    runbook: RunbookId,
    new: &Matching,
    by: &Actor,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let written: Option<i32> = sqlx::query_scalar(
        "insert into dd0c.matching_rules as known (tenant_id, runbook_id, tags, rules, version, updated_by, updated_at)
         select $1, $2, $3, $4, $5 + 1, $6, $7
         where $5 = 0 or exists (select from dd0c.matching_rules where tenant_id = $1 and runbook_id = $2)
         on conflict (tenant_id, runbook_id) do update
           set tags = excluded.tags, rules = excluded.rules, version = known.version + 1,
               updated_by = excluded.updated_by, updated_at = excluded.updated_at
           where known.version = $5
         returning version",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(storable(to_value(&new.tags)?))
    .bind(storable(to_value(&new.rules)?))
    .bind(signed(new.version)?)
    .bind(storable(to_value(by)?))
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    match written {
        Some(version) => unsigned(version),
        None => Err(StoreError::Stale { current: get(tx, runbook).await?.version }),
    }
}

type CandidateRow = (Uuid, String, Value, Option<Value>, Option<Value>, Option<Vec<u8>>, Option<Vec<f32>>);

/// Every runbook that is not deleted, with its vector by `model`, in a fixed order.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn candidates(tx: &mut TenantTx<'_>, model: Option<&str>) -> Result<Vec<Candidate>, StoreError> {
    let rows: Vec<CandidateRow> = sqlx::query_as(
        "select r.id, r.title, v.parsed, m.tags, m.rules, e.text_sha256, e.vector
         from dd0c.runbooks r
         join dd0c.runbook_versions v
           on v.tenant_id = $1 and v.runbook_id = r.id and v.version = r.latest_version
         left join dd0c.matching_rules m on m.tenant_id = $1 and m.runbook_id = r.id
         left join dd0c.runbook_vectors e on e.tenant_id = $1 and e.runbook_id = r.id and e.model = $2
         where r.tenant_id = $1 and r.deleted_at is null order by r.created_at, r.id",
    )
    .bind(tx.tenant_uuid())
    .bind(model)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(candidate).collect()
}

/// What changes whenever [`candidates`] may answer something else: so that nothing is read again without need.
///
/// # Errors
/// `Unavailable`.
pub async fn mark(tx: &mut TenantTx<'_>, model: Option<&str>) -> Result<String, StoreError> {
    let mark: String = sqlx::query_scalar(
        "select concat_ws('/',
           (select concat_ws(',', count(*), max(updated_at)) from dd0c.runbooks
              where tenant_id = $1 and deleted_at is null),
           (select concat_ws(',', count(*), sum(version), max(updated_at)) from dd0c.matching_rules where tenant_id = $1),
           (select concat_ws(',', count(*), sum(extract(epoch from created_at))) from dd0c.runbook_vectors
              where tenant_id = $1 and model = $2))",
    )
    .bind(tx.tenant_uuid())
    .bind(model)
    .fetch_one(tx.connection())
    .await?;
    Ok(mark)
}

/// Keeps a runbook's vector.
///
/// # Errors
/// `Conflict` when there is no such runbook; `Database` when the vector is empty or longer than 8,192.
pub async fn put_vector(
    tx: &mut TenantTx<'_>,
    runbook: RunbookId,
    model: &str,
    text_sha256: &[u8; 32],
    vector: &[f32],
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.runbook_vectors (tenant_id, runbook_id, model, text_sha256, vector)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, runbook_id, model) do update
           set text_sha256 = excluded.text_sha256, vector = excluded.vector, created_at = clock_timestamp()",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(model)
    .bind(text_sha256.as_slice())
    .bind(vector)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The vector of an alert by `model`, when it was made from the text with this SHA-256.
///
/// # Errors
/// `Unavailable`.
pub async fn alert_vector(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    model: &str,
    text_sha256: &[u8; 32],
) -> Result<Option<Vec<f32>>, StoreError> {
    let vector = sqlx::query_scalar(
        "select vector from dd0c.alert_vectors
         where tenant_id = $1 and alert_id = $2 and model = $3 and text_sha256 = $4",
    )
    .bind(tx.tenant_uuid())
    .bind(alert.uuid())
    .bind(model)
    .bind(text_sha256.as_slice())
    .fetch_optional(tx.connection())
    .await?;
    Ok(vector)
}

/// Keeps an alert's vector, in place of the one before.
///
/// # Errors
/// `Conflict` when there is no such alert; `Database` when the vector is empty or longer than 8,192.
pub async fn put_alert_vector(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    model: &str,
    text_sha256: &[u8; 32],
    vector: &[f32],
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.alert_vectors (tenant_id, alert_id, model, text_sha256, vector)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, alert_id) do update
           set model = excluded.model, text_sha256 = excluded.text_sha256, vector = excluded.vector,
               created_at = clock_timestamp()",
    )
    .bind(tx.tenant_uuid())
    .bind(alert.uuid())
    .bind(model)
    .bind(text_sha256.as_slice())
    .bind(vector)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Forgets the vectors of alerts that were made before `before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge_alert_vectors(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.alert_vectors where tenant_id = $1 and created_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}

fn candidate(
    (id, title, parsed, tags, rules, sha256, vector): CandidateRow,
) -> Result<Candidate, StoreError> {
    let vector = match (sha256, vector) {
        (Some(sha256), Some(vector)) => {
            let sha256 = sha256.try_into().map_err(|_| StoreError::corrupt("the hash of a text"))?;
            Some((sha256, vector))
        }
        _ => None,
    };
    Ok(Candidate {
        runbook: RunbookId::from_uuid(id),
        title,
        parsed: from_value(parsed, "a parsed runbook")?,
        tags: tags.map(|tags| from_value(tags, "a runbook's tags")).transpose()?.unwrap_or_default(),
        rules: rules.map(|rules| from_value(rules, "a runbook's rules")).transpose()?.unwrap_or_default(),
        vector,
    })
}
