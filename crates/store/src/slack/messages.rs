//! What was written in Slack. A row stands before its message is sent: a crash in between is seen afterwards.

use dd0c_types::{ExecutionId, StepId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::TenantTx;

/// Where a message belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'p> {
    /// The workspace, by our id.
    pub workspace: Uuid,
    /// The alert or run it is about, by its id with prefix.
    pub subject: &'p str,
    /// Which message of the subject.
    pub slot: &'p str,
    /// The run, when there is one.
    pub execution: Option<ExecutionId>,
    /// The step, when there is one.
    pub step: Option<StepId>,
    /// The channel.
    pub channel: &'p str,
    /// The message whose thread it stands in.
    pub thread_ts: Option<&'p str>,
}

/// A message as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Our id.
    pub id: Uuid,
    /// The alert or run it is about.
    pub subject: String,
    /// Which message of the subject.
    pub slot: String,
    /// The run.
    pub execution: Option<ExecutionId>,
    /// The step.
    pub step: Option<StepId>,
    /// The channel.
    pub channel: String,
    /// Slack's name for it; none while Slack has not answered.
    pub ts: Option<String>,
    /// The message whose thread it stands in.
    pub thread_ts: Option<String>,
    /// How often it was changed.
    pub revision: u64,
    /// SHA-256 of what is shown.
    pub shown_hash: Option<[u8; 32]>,
    /// Nothing is to change any more.
    pub settled: bool,
    /// How often sending it was begun.
    pub posts: u32,
    /// When that was last.
    pub post_begun_at: Option<Timestamp>,
    /// Slack's word when it refused for good.
    pub given_up: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    subject: String,
    slot: String,
    execution_id: Option<Uuid>,
    step_id: Option<Uuid>,
    channel: String,
    ts: Option<String>,
    thread_ts: Option<String>,
    revision: i64,
    shown_hash: Option<Vec<u8>>,
    settled: bool,
    posts: i32,
    post_begun_at: Option<Timestamp>,
    given_up: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, subject, slot, execution_id, step_id, channel, ts, thread_ts, revision, shown_hash, settled,
               posts, post_begun_at, given_up
             from dd0c.slack_messages where tenant_id = $1 and ",
            $rest
        )
    };
}

/// Every message about an alert or run in a workspace, in the order in which they were begun.
///
/// # Errors
/// `Unavailable`.
pub async fn of_subject(
    tx: &mut TenantTx<'_>,
    workspace: Uuid,
    subject: &str,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(select!("workspace_id = $2 and subject = $3 order by id"))
        .bind(tx.tenant_uuid())
        .bind(workspace)
        .bind(subject)
        .fetch_all(tx.connection())
        .await?;
    rows.into_iter().map(message).collect()
}

/// The message at a place in Slack; none when we did not write it, or Slack's answer never reached us.
///
/// # Errors
/// `Unavailable`.
pub async fn at(
    tx: &mut TenantTx<'_>,
    workspace: Uuid,
    channel: &str,
    ts: &str,
) -> Result<Option<Message>, StoreError> {
    let row: Option<Row> = sqlx::query_as(select!("workspace_id = $2 and channel = $3 and ts = $4 limit 1"))
        .bind(tx.tenant_uuid())
        .bind(workspace)
        .bind(channel)
        .bind(ts)
        .fetch_optional(tx.connection())
        .await?;
    row.map(message).transpose()
}

/// The newest parent message of a run in a workspace: the one whose thread tells of it.
///
/// # Errors
/// `Unavailable`.
pub async fn thread_of(
    tx: &mut TenantTx<'_>,
    workspace: Uuid,
    channel: &str,
    thread_ts: &str,
) -> Result<Option<ExecutionId>, StoreError> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "select execution_id from dd0c.slack_messages
         where tenant_id = $1 and workspace_id = $2 and channel = $3 and (ts = $4 or thread_ts = $4)
           and execution_id is not null
         order by id desc limit 1",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .bind(channel)
    .bind(thread_ts)
    .fetch_optional(tx.connection())
    .await?;
    Ok(id.map(ExecutionId::from_uuid))
}

/// Begins to send a message: to be committed before it is sent. None when it is recorded as sent, sending was begun
/// less than `patience` ago and Slack may still answer, or it was begun twice already and is given up.
///
/// # Errors
/// `Conflict` when there is no such workspace or run.
pub async fn begin(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    place: &Place<'_>,
    now: Timestamp,
    patience: chrono::TimeDelta,
) -> Result<Option<Uuid>, StoreError> {
    let begun: Option<Uuid> = sqlx::query_scalar(
        "insert into dd0c.slack_messages as m
           (tenant_id, id, workspace_id, subject, slot, execution_id, step_id, channel, thread_ts, posts,
            post_begun_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)
         on conflict (tenant_id, workspace_id, subject, slot) do update
           set posts = m.posts + 1, post_begun_at = $10, thread_ts = excluded.thread_ts
           where m.ts is null and m.given_up is null and m.posts < 2 and m.post_begun_at <= $11
         returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(place.workspace)
    .bind(place.subject)
    .bind(place.slot)
    .bind(place.execution.map(ExecutionId::uuid))
    .bind(place.step.map(StepId::uuid))
    .bind(place.channel)
    .bind(place.thread_ts)
    .bind(now)
    .bind(now - patience)
    .fetch_optional(tx.connection())
    .await?;
    Ok(begun)
}

/// Takes back that sending was begun: Slack said that it did not take the message.
///
/// # Errors
/// `Unavailable`.
pub async fn not_sent(tx: &mut TenantTx<'_>, id: Uuid) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.slack_messages set posts = greatest(posts - 1, 0), post_begun_at = to_timestamp(0)
         where tenant_id = $1 and id = $2 and ts is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Records that a message was sent, or changed.
///
/// # Errors
/// `NotFound`.
pub async fn shown(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    ts: &str,
    hash: &[u8; 32],
    revision: u64,
    settled: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update dd0c.slack_messages set ts = $3, shown_hash = $4, revision = $5, settled = $6,
           changed_at = clock_timestamp()
         where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(ts)
    .bind(hash.as_slice())
    .bind(i64::try_from(revision).map_err(|_| StoreError::corrupt("a revision"))?)
    .bind(settled)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Records that Slack refused a message for good.
///
/// # Errors
/// `Unavailable`.
pub async fn give_up(tx: &mut TenantTx<'_>, id: Uuid, why: &str) -> Result<(), StoreError> {
    sqlx::query("update dd0c.slack_messages set given_up = $3 where tenant_id = $1 and id = $2")
        .bind(tx.tenant_uuid())
        .bind(id)
        .bind(why)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The runs and alerts with a message that may still change.
///
/// # Errors
/// `Unavailable`.
pub async fn unsettled(tx: &mut TenantTx<'_>, workspace: Uuid) -> Result<Vec<String>, StoreError> {
    let subjects = sqlx::query_scalar(
        "select distinct subject from dd0c.slack_messages
         where tenant_id = $1 and workspace_id = $2 and not settled and given_up is null",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .fetch_all(tx.connection())
    .await?;
    Ok(subjects)
}

fn message(row: Row) -> Result<Message, StoreError> {
    let hash = row.shown_hash.map(|hash| hash.try_into().map_err(|_| StoreError::corrupt("a hash")));
    Ok(Message {
        id: row.id,
        subject: row.subject,
        slot: row.slot,
        execution: row.execution_id.map(ExecutionId::from_uuid),
        step: row.step_id.map(StepId::from_uuid),
        channel: row.channel,
        ts: row.ts,
        thread_ts: row.thread_ts,
        revision: u64::try_from(row.revision).map_err(|_| StoreError::corrupt("a revision"))?,
        shown_hash: hash.transpose()?,
        settled: row.settled,
        posts: crate::json::unsigned(row.posts)?,
        post_begun_at: row.post_begun_at,
        given_up: row.given_up,
    })
}
