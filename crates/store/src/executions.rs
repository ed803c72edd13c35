//! Runs and their steps. One event is one transaction: [`lock`] the run, decide, [`save`], [`save_step`], commit.

use std::collections::BTreeMap;

use dd0c_types::account::{self, Account};
use dd0c_types::run::{ExecutionState, ExecutionView, Seconds, StepState, StepView, UnlistedOffer};
use dd0c_types::{AgentId, ExecutionId, GovernanceMode, RunbookId, StepId, Timestamp, TrustLevel, UserId};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_value, from_word, signed, storable, to_value, unsigned};
use crate::store::TenantTx;
use crate::{agents, outputs};

/// A run to be stored. No `Debug`: it holds commands and values.
#[derive(Clone)]
pub struct NewExecution {
    /// Its id.
    pub id: ExecutionId,
    /// The runbook.
    pub runbook: RunbookId,
    /// The version that runs.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: ExecutionState,
    /// The trust level it starts under.
    pub trust_level: TrustLevel,
    /// The policy's mode.
    pub governance_mode: GovernanceMode,
    /// Whether the runbook is locked to strict.
    pub locked: bool,
    /// The policy as it holds for this run.
    pub policy: Value,
    /// What the executor keeps of the run as a whole.
    pub machine: Value,
    /// Values by name, secrets left out.
    pub variables: BTreeMap<String, String>,
    /// Values that nobody is shown.
    pub secrets: BTreeMap<String, String>,
    /// The agent it runs on.
    pub agent: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Who starts it.
    pub started_by: UserId,
    /// A name people recognise.
    pub led_by: String,
    /// When.
    pub at: Timestamp,
}

/// A step as it is stored. No `Debug`: it holds a command.
#[derive(Clone, PartialEq)]
pub struct StoredStep {
    /// Its id.
    pub id: StepId,
    /// From 1.
    pub order: u32,
    /// Where it stands.
    pub state: StepState,
    /// How many attempts were claimed.
    pub attempt: u32,
    /// Whether somebody must still decide what follows.
    pub open: bool,
    /// What the executor keeps of it.
    pub machine: Value,
    /// What people see; tails and allowed actions are filled in when it is read.
    pub view: StepView,
    /// What is passed to the agent beside the command.
    pub environment: BTreeMap<String, String>,
}

/// A locked run. No `Debug`: it holds commands and values.
#[derive(Clone)]
pub struct LockedExecution {
    /// Its id.
    pub id: ExecutionId,
    /// What the executor keeps of the run as a whole.
    pub machine: Value,
    /// Where it stands.
    pub state: ExecutionState,
    /// The runbook.
    pub runbook: RunbookId,
    /// The version that runs.
    pub version: u32,
    /// The fence under which this transaction may send.
    pub fence: u64,
    /// The agent.
    pub agent: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Who started the run.
    pub requester: UserId,
    /// The policy as it holds for this run.
    pub policy: Value,
    /// Values by name, secrets left out.
    pub variables: BTreeMap<String, String>,
    /// Values that nobody is shown.
    pub secrets: BTreeMap<String, String>,
    /// Its steps, in order.
    pub steps: Vec<StoredStep>,
}

/// What a person's rights depend on, beside the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Who started the run.
    pub requester: UserId,
    /// The policy as it holds for this run.
    pub policy: Value,
    /// The steps that ended badly and still wait for a decision.
    pub open: Vec<StepId>,
}

/// What a stretch of time was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpentOn {
    /// Waiting for a person.
    Human,
    /// A command ran.
    Machine,
    /// Neither.
    Idle,
    /// The run was over.
    Nothing,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    runbook_id: Uuid,
    version: i32,
    title: String,
    state: String,
    trust_level: i16,
    governance_mode: String,
    policy: Value,
    machine: Value,
    variables: Value,
    secrets: Value,
    agent_id: Uuid,
    agent_name: String,
    started_by: Uuid,
    led_by: String,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    fence: i64,
    revision: i64,
    human_ms: i64,
    machine_ms: i64,
    idle_ms: i64,
}

#[derive(FromRow)]
struct StepRow {
    id: Uuid,
    position: i32,
    state: String,
    attempt: i32,
    open: bool,
    machine: Value,
    view: Value,
    environment: Value,
}

/// Stores a run with its steps.
///
/// # Errors
/// `Conflict` when the id is taken or the runbook's version or the person does not exist.
pub async fn create(
    tx: &mut TenantTx<'_>,
    new: &NewExecution,
    steps: &[StoredStep],
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.executions
           (tenant_id, id, runbook_id, version, title, state, trust_level, governance_mode, locked, policy, machine,
            variables, secrets, agent_id, agent_name, started_by, led_by, started_at, counted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.runbook.uuid())
    .bind(signed(new.version)?)
    .bind(&new.title)
    .bind(new.state.as_str())
    .bind(i16::from(new.trust_level.number()))
    .bind(new.governance_mode.as_str())
    .bind(new.locked)
    .bind(&new.policy)
    .bind(storable(new.machine.clone()))
    .bind(to_value(&new.variables)?)
    .bind(to_value(&new.secrets)?)
    .bind(new.agent.uuid())
    .bind(&new.agent_name)
    .bind(new.started_by.uuid())
    .bind(&new.led_by)
    .bind(new.at)
    .execute(tx.connection())
    .await?;
    for step in steps {
        add_step(tx, new.id, step).await?;
    }
    Ok(())
}

/// Adds a step to a run.
///
/// # Errors
/// `Conflict` when its id or place is taken.
pub async fn add_step(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
    step: &StoredStep,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.execution_steps
           (tenant_id, execution_id, id, position, state, attempt, open, machine, view, environment)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant_uuid())
    .bind(execution.uuid())
    .bind(step.id.uuid())
    .bind(signed(step.order)?)
    .bind(step.state.as_str())
    .bind(signed(step.attempt)?)
    .bind(step.open)
    .bind(storable(step.machine.clone()))
    .bind(storable(to_value(&step.view)?))
    .bind(to_value(&step.environment)?)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Locks a run until the transaction ends and takes its lease for `owner`: the fence grows when another held it.
///
/// # Errors
/// `NotFound`; `Unavailable` when the lock is not given within 10 s.
pub async fn lock(
    tx: &mut TenantTx<'_>,
    id: ExecutionId,
    owner: Uuid,
) -> Result<LockedExecution, StoreError> {
    let row: Row = sqlx::query_as(
        "update dd0c.executions
         set fence = fence + case when lease_owner is distinct from $3 then 1 else 0 end, lease_owner = $3
         where tenant_id = $1 and id = $2 returning *",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(owner)
    .fetch_one(tx.connection())
    .await?;
    let steps = steps(tx, id).await?;
    Ok(LockedExecution {
        id,
        state: from_word(&row.state, "a run's state")?,
        runbook: RunbookId::from_uuid(row.runbook_id),
        version: unsigned(row.version)?,
        fence: u64::try_from(row.fence).map_err(|_| StoreError::corrupt("a fence"))?,
        agent: AgentId::from_uuid(row.agent_id),
        agent_name: row.agent_name,
        requester: UserId::from_uuid(row.started_by),
        policy: row.policy,
        variables: from_value(row.variables, "a run's variables")?,
        secrets: from_value(row.secrets, "a run's secrets")?,
        machine: row.machine,
        steps,
    })
}

/// Writes what became of a locked run; `spent` says what the time since the last change was spent on.
///
/// # Errors
/// `Stale` when the fence is no longer the one that was locked.
pub async fn save(
    tx: &mut TenantTx<'_>,
    run: &LockedExecution,
    state: ExecutionState,
    spent: SpentOn,
    now: Timestamp,
) -> Result<(), StoreError> {
    let saved = sqlx::query(
        "update dd0c.executions
         set state = $4, machine = $5, variables = $6, revision = revision + 1,
           human_ms = human_ms + case when $7 = 'human' then passed.ms else 0 end,
           machine_ms = machine_ms + case when $7 = 'machine' then passed.ms else 0 end,
           idle_ms = idle_ms + case when $7 = 'idle' then passed.ms else 0 end,
           counted_at = greatest(counted_at, $8),
           ended_at = case when $4 in ('completed', 'aborted') then coalesce(ended_at, $8) end
         from (select greatest(0, extract(epoch from $8 - e.counted_at) * 1000)::bigint as ms
               from dd0c.executions e where e.tenant_id = $1 and e.id = $2) passed
         where tenant_id = $1 and id = $2 and fence = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(run.id.uuid())
    .bind(i64::try_from(run.fence).map_err(|_| StoreError::corrupt("a fence"))?)
    .bind(state.as_str())
    .bind(storable(run.machine.clone()))
    .bind(to_value(&run.variables)?)
    .bind(spent.as_str())
    .bind(now)
    .execute(tx.connection())
    .await?;
    if saved.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Stale { current: 0 }) }
}

/// Writes what became of a step, when it still stands where `before` was read.
///
/// # Errors
/// `Stale` when it does not.
pub async fn save_step(
    tx: &mut TenantTx<'_>,
    execution: ExecutionId,
    before: &StoredStep,
    after: &StoredStep,
) -> Result<(), StoreError> {
    let saved = sqlx::query(
        "update dd0c.execution_steps
         set state = $6, attempt = $7, open = $8, machine = $9, view = $10, environment = $11
         where tenant_id = $1 and execution_id = $2 and id = $3 and state = $4 and attempt = $5",
    )
    .bind(tx.tenant_uuid())
    .bind(execution.uuid())
    .bind(before.id.uuid())
    .bind(before.state.as_str())
    .bind(signed(before.attempt)?)
    .bind(after.state.as_str())
    .bind(signed(after.attempt)?)
    .bind(after.open)
    .bind(storable(after.machine.clone()))
    .bind(storable(to_value(&after.view)?))
    .bind(to_value(&after.environment)?)
    .execute(tx.connection())
    .await?;
    if saved.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Stale { current: before.attempt }) }
}

/// A run as people see it; `allowed_actions` are empty and are filled in by who knows the asker. None when there is
/// no such run.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn view(tx: &mut TenantTx<'_>, id: ExecutionId) -> Result<Option<ExecutionView>, StoreError> {
    let row: Option<Row> = sqlx::query_as("select * from dd0c.executions where tenant_id = $1 and id = $2")
        .bind(tx.tenant_uuid())
        .bind(id.uuid())
        .fetch_optional(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut view = summary(row)?;
    view.agent_online = match view.agent_id {
        Some(agent) => is_online(tx, agent).await?,
        None => false,
    };
    let mut tails = outputs::tails(tx, id).await?;
    for step in steps(tx, id).await? {
        let mut seen = step.view;
        if let Some(tail) = tails.remove(&seen.id) {
            seen.stdout_tail = tail.stdout;
            seen.stderr_tail = tail.stderr;
            seen.output_bytes = seen.output_bytes.max(tail.bytes);
        }
        view.steps.push(seen);
    }
    let needed_by = account::needed_by(&view.steps);
    for (step, needed_by) in view.steps.iter_mut().zip(needed_by) {
        step.needed_by = needed_by;
    }
    view.account = Account::of_views(&view.steps);
    Ok(Some(view))
}

/// What a person's rights depend on. None when there is no such run.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn facts(tx: &mut TenantTx<'_>, id: ExecutionId) -> Result<Option<Facts>, StoreError> {
    let row: Option<(Uuid, Value, Vec<Uuid>)> = sqlx::query_as(
        "select e.started_by, e.policy,
           array(select s.id from dd0c.execution_steps s
                 where s.tenant_id = e.tenant_id and s.execution_id = e.id and s.open)
         from dd0c.executions e where e.tenant_id = $1 and e.id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(requester, policy, open)| Facts {
        requester: UserId::from_uuid(requester),
        policy,
        open: open.into_iter().map(StepId::from_uuid).collect(),
    }))
}

/// The latest runs, newest first, without their steps. `before` continues a list: runs started before that moment.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn list(
    tx: &mut TenantTx<'_>,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<ExecutionView>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select * from dd0c.executions where tenant_id = $1 and ($2::timestamptz is null or started_at < $2)
         order by started_at desc, id limit $3",
    )
    .bind(tx.tenant_uuid())
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    let online: BTreeMap<AgentId, bool> =
        agents::list(tx).await?.into_iter().map(|agent| (agent.id, agent.connected)).collect();
    let mut views = rows.into_iter().map(summary).collect::<Result<Vec<_>, _>>()?;
    for view in &mut views {
        view.agent_online = view.agent_id.is_some_and(|agent| online.get(&agent).copied().unwrap_or(false));
    }
    Ok(views)
}

impl SpentOn {
    const fn as_str(self) -> &'static str {
        match self {
            SpentOn::Human => "human",
            SpentOn::Machine => "machine",
            SpentOn::Idle => "idle",
            SpentOn::Nothing => "nothing",
        }
    }
}

async fn is_online(tx: &mut TenantTx<'_>, agent: AgentId) -> Result<bool, StoreError> {
    match agents::get(tx, agent).await {
        Ok(agent) => Ok(agent.connected),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn steps(tx: &mut TenantTx<'_>, id: ExecutionId) -> Result<Vec<StoredStep>, StoreError> {
    let rows: Vec<StepRow> = sqlx::query_as(
        "select id, position, state, attempt, open, machine, view, environment
         from dd0c.execution_steps where tenant_id = $1 and execution_id = $2 order by position",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(stored).collect()
}

fn stored(row: StepRow) -> Result<StoredStep, StoreError> {
    Ok(StoredStep {
        id: StepId::from_uuid(row.id),
        order: unsigned(row.position)?,
        state: from_word(&row.state, "a step's state")?,
        attempt: unsigned(row.attempt)?,
        open: row.open,
        machine: row.machine,
        view: from_value(row.view, "a step's view")?,
        environment: from_value(row.environment, "a step's environment")?,
    })
}

fn summary(row: Row) -> Result<ExecutionView, StoreError> {
    let trust_level = u8::try_from(row.trust_level)
        .ok()
        .and_then(TrustLevel::from_number)
        .ok_or_else(|| StoreError::corrupt("a trust level"))?;
    Ok(ExecutionView {
        id: ExecutionId::from_uuid(row.id),
        state: from_word(&row.state, "a run's state")?,
        runbook_id: RunbookId::from_uuid(row.runbook_id),
        version: unsigned(row.version)?,
        title: row.title,
        led_by: row.led_by,
        agent_id: Some(AgentId::from_uuid(row.agent_id)),
        agent_name: Some(row.agent_name),
        agent_online: false,
        trust_level,
        governance_mode: row.governance_mode,
        started_at: row.started_at,
        ended_at: row.ended_at,
        seconds: Seconds {
            human: seconds(row.human_ms),
            machine: seconds(row.machine_ms),
            idle: seconds(row.idle_ms),
        },
        revision: row.revision,
        unlisted: UnlistedOffer::default(),
        account: Account::default(),
        steps: Vec::new(),
    })
}

/// Milliseconds as seconds. A run of 285,000 years would lose precision.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
