//! Alerts: one row for each thing that is wrong, whatever number of deliveries spoke of it.

use dd0c_types::{
    Actor, Alert, AlertChoice, AlertId, AlertSender, ExecutionId, RunbookId, TenantId, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, storable, to_value, unsigned};
use crate::store::TenantTx;

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: AlertId,
    /// All its deliveries as one. Every text in it is the sender's.
    pub alert: Alert,
    /// By which delivery each part of `alert` stands; only what folds alerts reads it.
    pub stamps: Value,
    /// How many deliveries spoke of it; a repeated one counts once.
    pub deliveries: u32,
    /// When the first delivery came.
    pub first_seen_at: Timestamp,
    /// When the last delivery came.
    pub last_seen_at: Timestamp,
    /// What the ranking says; none until it was made.
    pub choice: Option<AlertChoice>,
    /// The runbook that was chosen: by the ranking when it was sure, or by a person.
    pub runbook: Option<RunbookId>,
    /// The person who chose; none when the ranking did.
    pub chosen_by: Option<Actor>,
    /// Which runbooks people ruled out.
    pub rejections: Vec<Rejection>,
    /// The run that was started for it.
    pub execution: Option<ExecutionId>,
    /// The alert with which it is shown, when a storm folded it.
    pub folded_into: Option<AlertId>,
    /// How many others a storm folded into this one.
    pub folded: u32,
    /// Grows with every change.
    pub revision: u64,
}

/// "Not this one."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The runbook that is not the one; none when none of those offered is.
    #[serde(default)]
    pub runbook: Option<RunbookId>,
    /// Why, in the person's words. At most 500 characters.
    #[serde(default)]
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl Record {
    /// The id of the run that is started next for this alert: the same for whoever starts it and from wherever, so
    /// that two who press at once start one run. It changes when a run was noted with [`set_execution`].
    pub fn next_run(&self, tenant: TenantId) -> ExecutionId {
        let mut hash = Sha256::new();
        hash.update(b"dd0c/alert/run/v1");
        hash.update(tenant.uuid());
        hash.update(self.id.uuid());
        hash.update(self.execution.map_or(Uuid::nil(), ExecutionId::uuid));
        let digest = hash.finalize();
        let bytes = digest.first_chunk().copied().unwrap_or_default();
        ExecutionId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    alert: Value,
    stamps: Value,
    deliveries: i32,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    choice: Option<Value>,
    runbook_id: Option<Uuid>,
    chosen_by: Option<Value>,
    rejections: Value,
    execution_id: Option<Uuid>,
    folded_into: Option<Uuid>,
    folded: i32,
    revision: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, alert, stamps, deliveries, first_seen_at, last_seen_at, choice, runbook_id, chosen_by,
                    rejections, execution_id, folded_into, folded, revision
             from dd0c.alerts where tenant_id = $1 ",
            $rest
        )
    };
}

/// One alert.
///
/// # Errors
/// `NotFound`; `Corrupt`.
pub async fn get(tx: &mut TenantTx<'_>, id: AlertId) -> Result<Record, StoreError> {
    let row: Row = sqlx::query_as(select!("and id = $2"))
        .bind(tx.tenant_uuid())
        .bind(id.uuid())
        .fetch_one(tx.connection())
        .await?;
    record(row)
}

/// One alert, which nobody else changes until this transaction ends.
///
/// # Errors
/// `NotFound`; `Corrupt`; `Unavailable` also when somebody else holds it too long.
pub async fn lock(tx: &mut TenantTx<'_>, id: AlertId) -> Result<Record, StoreError> {
    let row: Row = sqlx::query_as(select!("and id = $2 for update"))
        .bind(tx.tenant_uuid())
        .bind(id.uuid())
        .fetch_one(tx.connection())
        .await?;
    record(row)
}

/// The alerts last heard of, newest first: up to `limit`, from before `before` when it is given.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn recent(
    tx: &mut TenantTx<'_>,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    page(tx, before.map(|before| (before, None)), limit).await
}

/// The same, page by page: those that follow the alert `after`, which was last heard of at the time given with it.
/// Alerts of one delivery were all heard of at the same time, so the time alone does not say where a page ended.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn page(
    tx: &mut TenantTx<'_>,
    after: Option<(Timestamp, Option<AlertId>)>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "and ($2::timestamptz is null or last_seen_at < $2 or (last_seen_at = $2 and id > $3))
         order by last_seen_at desc, id limit $4"
    ))
    .bind(tx.tenant_uuid())
    .bind(after.map(|(at, _)| at))
    .bind(after.and_then(|(_, id)| id).map(AlertId::uuid))
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(record).collect()
}

/// The alert that a sender calls `key`, locked until this transaction ends; made from `new` when it is the first time
/// that it is heard of, and then the second answer is true.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn find_or_make(
    tx: &mut TenantTx<'_>,
    new: AlertId,
    alert: &Alert,
    stamps: Value,
    received_at: Timestamp,
) -> Result<(Record, bool), StoreError> {
    let made = sqlx::query(
        "insert into dd0c.alerts
           (tenant_id, id, sender, key, status, severity, alert, stamps, first_seen_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict (tenant_id, sender, key) do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(new.uuid())
    .bind(alert.sender.as_str())
    .bind(&alert.key)
    .bind(alert.status.as_str())
    .bind(i16::from(alert.severity.level()))
    .bind(storable(to_value(alert)?))
    .bind(storable(stamps))
    .bind(received_at)
    .execute(tx.connection())
    .await?;
    let row: Row = sqlx::query_as(select!("and sender = $2 and key = $3 for update"))
        .bind(tx.tenant_uuid())
        .bind(alert.sender.as_str())
        .bind(&alert.key)
        .fetch_one(tx.connection())
        .await?;
    Ok((record(row)?, made.rows_affected() == 1))
}

/// Takes one more delivery into a locked alert: what it was folded to, and one more counted.
///
/// # Errors
/// `NotFound`.
pub async fn refire(
    tx: &mut TenantTx<'_>,
    id: AlertId,
    alert: &Alert,
    stamps: Value,
    received_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alerts set status = $3, severity = $4, alert = $5, stamps = $6, deliveries = deliveries + 1,
           first_seen_at = least(first_seen_at, $7), last_seen_at = greatest(last_seen_at, $7), revision = revision + 1
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(alert.status.as_str())
    .bind(i16::from(alert.severity.level()))
    .bind(storable(to_value(alert)?))
    .bind(storable(stamps))
    .bind(received_at)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Closes an alert for good under another key: what fires under its own from now on is another alert.
///
/// # Errors
/// `NotFound`; `Conflict` when the other key is taken.
pub async fn close(tx: &mut TenantTx<'_>, id: AlertId, key: &str) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alerts set key = right($3, 255), revision = revision + 1
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(key)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Keeps what the ranking says. `runbook` is the one it is sure of; what a person chose before stays.
///
/// # Errors
/// `NotFound`; `Conflict` when there is no such runbook.
pub async fn set_choice(
    tx: &mut TenantTx<'_>,
    id: AlertId,
    choice: &AlertChoice,
    runbook: Option<RunbookId>,
) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alerts set choice = $3,
           runbook_id = case when chosen_by is null then $4 else runbook_id end, revision = revision + 1
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(storable(to_value(choice)?))
    .bind(runbook.map(RunbookId::uuid))
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Notes that a person chose the runbook. No later ranking takes it away.
///
/// # Errors
/// `NotFound`; `Conflict` when there is no such runbook.
pub async fn choose(
    tx: &mut TenantTx<'_>,
    id: AlertId,
    runbook: RunbookId,
    by: &Actor,
) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alerts set runbook_id = $3, chosen_by = $4, revision = revision + 1
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(runbook.uuid())
    .bind(storable(to_value(by)?))
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Notes "not this one". When it was the chosen one, none is chosen any more. The same person ruling out the same
/// runbook again changes nothing; false then.
///
/// # Errors
/// `NotFound`; `Corrupt`.
pub async fn reject(tx: &mut TenantTx<'_>, id: AlertId, rejection: &Rejection) -> Result<bool, StoreError> {
    let mut known = lock(tx, id).await?;
    let again = known
        .rejections
        .iter()
        .any(|other| other.runbook == rejection.runbook && other.by.id == rejection.by.id);
    if again {
        return Ok(false);
    }
    known.rejections.push(rejection.clone());
    let gone = rejection.runbook.is_none() || rejection.runbook == known.runbook;
    sqlx::query(
        "update dd0c.alerts set rejections = $3, runbook_id = case when $4 then null else runbook_id end,
           chosen_by = case when $4 then null else chosen_by end, revision = revision + 1
         where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(storable(to_value(&known.rejections)?))
    .bind(gone)
    .execute(tx.connection())
    .await?;
    Ok(true)
}

/// Notes the run that was started for an alert, in the transaction that starts it. Answers the run that stands: when
/// another one was started before and has not ended, that one, and nothing is changed; roll back then.
///
/// # Errors
/// `NotFound`; `Conflict` when there is no such run.
pub async fn set_execution(
    tx: &mut TenantTx<'_>,
    id: AlertId,
    execution: ExecutionId,
) -> Result<ExecutionId, StoreError> {
    let known = lock(tx, id).await?;
    let set = sqlx::query(
        "update dd0c.alerts a set execution_id = $3, revision = revision + 1
         where a.tenant_id = $1 and a.id = $2 and (a.execution_id is null or exists (
           select from dd0c.executions e where e.tenant_id = $1 and e.id = a.execution_id
             and e.state in ('completed', 'aborted')))",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(execution.uuid())
    .execute(tx.connection())
    .await?;
    Ok(match (set.rows_affected(), known.execution) {
        (0, Some(before)) => before,
        _ => execution,
    })
}

/// The alert that a run was started for, if any.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn of_execution(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
) -> Result<Option<Record>, StoreError> {
    let row: Option<Row> = sqlx::query_as(select!("and execution_id = $2 order by first_seen_at limit 1"))
        .bind(tx.tenant_uuid())
        .bind(execution.uuid())
        .fetch_optional(tx.connection())
        .await?;
    row.map(record).transpose()
}

/// How many alerts that are shown for themselves came since `since`.
///
/// # Errors
/// `Unavailable`.
pub async fn shown_since(tx: &mut TenantTx<'_>, since: Timestamp) -> Result<u32, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "select count(*) from dd0c.alerts where tenant_id = $1 and folded_into is null and first_seen_at > $2",
    )
    .bind(tx.tenant_uuid())
    .bind(since)
    .fetch_one(tx.connection())
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The alert shown since `since` that another one is best shown with: one of the same runbook, else of the same
/// service, else the newest.
///
/// # Errors
/// `Unavailable`.
pub async fn leader_since(
    tx: &mut TenantTx<'_>,
    since: Timestamp,
    but: AlertId,
    runbook: Option<RunbookId>,
    service: Option<&str>,
) -> Result<Option<AlertId>, StoreError> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "select id from dd0c.alerts
         where tenant_id = $1 and folded_into is null and first_seen_at > $2 and id <> $3
         order by (runbook_id is not null and runbook_id = $4) desc nulls last,
                  (alert ->> 'service' = $5) desc nulls last, first_seen_at desc, id
         limit 1",
    )
    .bind(tx.tenant_uuid())
    .bind(since)
    .bind(but.uuid())
    .bind(runbook.map(RunbookId::uuid))
    .bind(service)
    .fetch_optional(tx.connection())
    .await?;
    Ok(found.map(AlertId::from_uuid))
}

/// Shows an alert with another one from now on.
///
/// # Errors
/// `NotFound`; `Conflict` when there is no such leader.
pub async fn fold_into(tx: &mut TenantTx<'_>, id: AlertId, leader: AlertId) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.alerts set folded_into = $3, revision = revision + 1
         where tenant_id = $1 and id = $2 and folded_into is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(leader.uuid())
    .fetch_one(tx.connection())
    .await?;
    sqlx::query("update dd0c.alerts set folded = folded + 1, revision = revision + 1 where tenant_id = $1 and id = $2")
        .bind(tx.tenant_uuid())
        .bind(leader.uuid())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Reads the spelling of a sender as the database keeps it.
pub(crate) fn sender(word: &str) -> Result<AlertSender, StoreError> {
    AlertSender::parse(word).ok_or_else(|| StoreError::corrupt("an alert's sender"))
}

fn record(row: Row) -> Result<Record, StoreError> {
    Ok(Record {
        id: AlertId::from_uuid(row.id),
        alert: from_value(row.alert, "an alert")?,
        stamps: row.stamps,
        deliveries: unsigned(row.deliveries)?,
        first_seen_at: row.first_seen_at,
        last_seen_at: row.last_seen_at,
        choice: row.choice.map(|choice| from_value(choice, "an alert's choice")).transpose()?,
        runbook: row.runbook_id.map(RunbookId::from_uuid),
        chosen_by: row.chosen_by.map(|by| from_value(by, "who chose a runbook")).transpose()?,
        rejections: from_value(row.rejections, "an alert's rejections")?,
        execution: row.execution_id.map(ExecutionId::from_uuid),
        folded_into: row.folded_into.map(AlertId::from_uuid),
        folded: unsigned(row.folded)?,
        revision: u64::try_from(row.revision).map_err(|_| StoreError::corrupt("a negative number"))?,
    })
}
