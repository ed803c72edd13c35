//! Approvals and attempts: what a person said yes to, and each try that came of it.

use dd0c_types::{AgentId, ApprovalId, AttemptId, CommandHash, ExecutionId, StepId, Timestamp, UserId};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{signed, storable};
use crate::store::TenantTx;

/// A person's yes.
#[derive(Debug, Clone)]
pub struct NewApproval {
    /// Its id.
    pub id: ApprovalId,
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// Hash of everything that decides what runs, but the attempt.
    pub approval_hash: [u8; 32],
    /// Hash of the command on the screen.
    pub command_sha256: CommandHash,
    /// Who.
    pub user: UserId,
    /// Through which door.
    pub channel: String,
    /// Hash of what was typed.
    pub typed_hash: Option<[u8; 32]>,
    /// When.
    pub at: Timestamp,
    /// After that it is worth nothing.
    pub expires_at: Timestamp,
}

/// A try. No `Debug`: the intent holds a command.
#[derive(Clone)]
pub struct NewAttempt {
    /// Its id.
    pub id: AttemptId,
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// From 1.
    pub number: u32,
    /// The agent.
    pub agent: AgentId,
    /// What lets it start; none when the gate does.
    pub approval: Option<ApprovalId>,
    /// The fence it was claimed under.
    pub fence: u64,
    /// The canonical bytes of what runs.
    pub intent: Vec<u8>,
    /// When it was claimed.
    pub at: Timestamp,
}

/// A try as it is stored. No `Debug`: the intent holds a command.
#[derive(Clone)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The run.
    pub execution: ExecutionId,
    /// The step.
    pub step: StepId,
    /// The agent.
    pub agent: AgentId,
    /// The fence it was claimed under.
    pub fence: u64,
    /// The canonical bytes of what runs.
    pub intent: Vec<u8>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Whether nobody waits for the agent's word on it any more.
    pub closed: bool,
}

/// What is noted of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The agent accepted it.
    Accepted,
    /// The agent started it.
    Started,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    execution_id: Uuid,
    step_id: Uuid,
    agent_id: Uuid,
    fence: i64,
    intent: Vec<u8>,
    sent_at: Option<Timestamp>,
    closed: bool,
}

/// Stores a person's yes.
///
/// # Errors
/// `Conflict` when the id is taken or the step or the person does not exist.
pub async fn approve(tx: &mut TenantTx<'_>, new: &NewApproval) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.approvals
           (tenant_id, id, execution_id, step_id, approval_hash, command_sha256, user_id, channel, typed_hash, at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.execution.uuid())
    .bind(new.step.uuid())
    .bind(new.approval_hash.as_slice())
    .bind(new.command_sha256.bytes().as_slice())
    .bind(new.user.uuid())
    .bind(&new.channel)
    .bind(new.typed_hash.as_ref().map(<[u8; 32]>::as_slice))
    .bind(new.at)
    .bind(new.expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Spends an approval on `attempt`, once: when it is alive, speaks of exactly these bytes, its giver is still an active
/// member, and it was not spent, or only on `replaces`, which is proven never to start.
///
/// # Errors
/// `Unavailable`.
pub async fn spend(
    tx: &mut TenantTx<'_>,
    approval: ApprovalId,
    approval_hash: &[u8; 32],
    attempt: AttemptId,
    replaces: Option<AttemptId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let spent = sqlx::query(
        "update dd0c.approvals a set used_by = $3
         where a.tenant_id = $1 and a.id = $2 and a.used_by is not distinct from $4 and a.approval_hash = $5
           and a.expires_at > $6
           and exists (select from dd0c.users u where u.tenant_id = a.tenant_id and u.id = a.user_id and u.active)",
    )
    .bind(tx.tenant_uuid())
    .bind(approval.uuid())
    .bind(attempt.uuid())
    .bind(replaces.map(AttemptId::uuid))
    .bind(approval_hash.as_slice())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(spent.rows_affected() == 1)
}

/// Stores a try.
///
/// # Errors
/// `Conflict` when the step has an attempt of this number or the id is taken.
pub async fn claim(tx: &mut TenantTx<'_>, new: &NewAttempt) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.attempts
           (tenant_id, id, execution_id, step_id, number, agent_id, approval_id, fence, intent, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.execution.uuid())
    .bind(new.step.uuid())
    .bind(signed(new.number)?)
    .bind(new.agent.uuid())
    .bind(new.approval.map(ApprovalId::uuid))
    .bind(i64::try_from(new.fence).map_err(|_| StoreError::corrupt("a fence"))?)
    .bind(&new.intent)
    .bind(new.at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes the right to send an attempt: of any number of tries, one is answered true. An attempt is sent at most once
/// by the service; what was lost on the way is asked after, never sent again.
///
/// # Errors
/// `Unavailable`.
pub async fn take_to_send(
    tx: &mut TenantTx<'_>,
    attempt: AttemptId,
    grant: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "update dd0c.attempts set sent_at = $3, grant_bytes = $4
         where tenant_id = $1 and id = $2 and sent_at is null and not closed",
    )
    .bind(tx.tenant_uuid())
    .bind(attempt.uuid())
    .bind(now)
    .bind(grant)
    .execute(tx.connection())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// The runs that have a step which may start now.
///
/// # Errors
/// `Unavailable`.
pub async fn claimable(tx: &mut TenantTx<'_>) -> Result<Vec<ExecutionId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select s.execution_id from dd0c.execution_steps s
         join dd0c.executions e on e.tenant_id = s.tenant_id and e.id = s.execution_id
         where s.tenant_id = $1 and s.state in ('approved', 'auto_ok') and e.state = 'running'
         order by s.execution_id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    Ok(ids.into_iter().map(ExecutionId::from_uuid).collect())
}

/// The runs that are not over, of one agent or of all.
///
/// # Errors
/// `Unavailable`.
pub async fn live(tx: &mut TenantTx<'_>, agent: Option<AgentId>) -> Result<Vec<ExecutionId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from dd0c.executions where tenant_id = $1 and ($2::uuid is null or agent_id = $2)
           and state not in ('completed', 'aborted') order by started_at, id",
    )
    .bind(tx.tenant_uuid())
    .bind(agent.map(AgentId::uuid))
    .fetch_all(tx.connection())
    .await?;
    Ok(ids.into_iter().map(ExecutionId::from_uuid).collect())
}

/// One try.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut TenantTx<'_>, attempt: AttemptId) -> Result<Attempt, StoreError> {
    let row: Row = sqlx::query_as(
        "select id, execution_id, step_id, agent_id, fence, intent, sent_at, closed
         from dd0c.attempts where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(attempt.uuid())
    .fetch_one(tx.connection())
    .await?;
    self::attempt(row)
}

/// The tries on whose end somebody still waits, of one agent or of all.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn open(tx: &mut TenantTx<'_>, agent: Option<AgentId>) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, execution_id, step_id, agent_id, fence, intent, sent_at, closed
         from dd0c.attempts where tenant_id = $1 and not closed and ($2::uuid is null or agent_id = $2)
         order by created_at, id",
    )
    .bind(tx.tenant_uuid())
    .bind(agent.map(AgentId::uuid))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(attempt).collect()
}

/// Notes what the agent said, the first time it says so.
///
/// # Errors
/// `NotFound`.
pub async fn mark(
    tx: &mut TenantTx<'_>,
    id: AttemptId,
    mark: Mark,
    now: Timestamp,
) -> Result<(), StoreError> {
    let started = mark == Mark::Started;
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.attempts set accepted_at = coalesce(accepted_at, $3),
           started_at = case when $4 then coalesce(started_at, $3) else started_at end
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .bind(started)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Ends a try: nobody waits for it any more. A result is kept the first time it comes.
///
/// # Errors
/// `NotFound`.
pub async fn close(
    tx: &mut TenantTx<'_>,
    id: AttemptId,
    result: Option<Value>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.attempts set closed = true, result = coalesce(result, $3),
           finished_at = case when $3 is null then finished_at else coalesce(finished_at, $4) end
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(result.map(storable))
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

fn attempt(row: Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: AttemptId::from_uuid(row.id),
        execution: ExecutionId::from_uuid(row.execution_id),
        step: StepId::from_uuid(row.step_id),
        agent: AgentId::from_uuid(row.agent_id),
        fence: u64::try_from(row.fence).map_err(|_| StoreError::corrupt("a fence"))?,
        intent: row.intent,
        sent_at: row.sent_at,
        closed: row.closed,
    })
}
