//! From approved to sent: the claim in one transaction, then the grant, then the agent. What was claimed is sent at
//! most once by this service; whatever is lost on the way is asked after.

use std::time::Duration;

use dd0c_executor::{Event, Run, Warrant};
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::{ExecuteStep, Query};
use dd0c_store::dispatch::{self, NewAttempt};
use dd0c_store::executions::{self, LockedExecution};
use dd0c_store::{StoreError, TenantTx, panic};
use dd0c_types::intent::Intent;
use dd0c_types::{Actor, AgentId, AttemptId, ExecutionId, StepId, TenantId};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::Engine;
use crate::error::EngineError;
use crate::record;
use crate::transaction::apply;

/// How long a grant is valid, in milliseconds.
const GRANT_MS: u64 = 60_000;
/// How often what nobody woke up for is looked for.
const SWEEP: Duration = Duration::from_secs(3);

/// Claims what may start: when woken, and by looking.
pub(crate) async fn run(engine: &Engine, mut wake: mpsc::UnboundedReceiver<(TenantId, ExecutionId)>) {
    let mut sweep = tokio::time::interval(SWEEP);
    recover(engine).await;
    loop {
        tokio::select! {
            Some((tenant, execution)) = wake.recv() => engine.dispatch(tenant, execution).await,
            _ = sweep.tick() => sweep_all(engine).await,
        }
    }
}

/// After a start: asks what became of every attempt that was open. Nothing is sent again before the agent has proven
/// that it never starts it.
async fn recover(engine: &Engine) {
    let Ok(tenants) = engine.store.tenant_ids().await else { return };
    for tenant in tenants {
        if let Err(error) = engine.ask_after_open(tenant, None).await {
            tracing::warn!(%tenant, %error, "open attempts could not be read; they are asked after when their agent connects");
        }
    }
}

async fn sweep_all(engine: &Engine) {
    let Ok(tenants) = engine.store.tenant_ids().await else { return };
    for tenant in tenants.into_iter().filter(|tenant| !engine.latch.is_halted(*tenant)) {
        match claimable(engine, tenant).await {
            Ok(runs) => {
                for execution in runs {
                    engine.dispatch(tenant, execution).await;
                }
            }
            Err(error) => tracing::warn!(%tenant, %error, "runs that may go on could not be read"),
        }
    }
}

async fn claimable(engine: &Engine, tenant: TenantId) -> Result<Vec<ExecutionId>, StoreError> {
    let mut tx = engine.store.tenant(tenant).await?;
    dispatch::claimable(&mut tx).await
}

impl Engine {
    /// Claims and sends the step of a run that may start, if there is one.
    pub(crate) async fn dispatch(&self, tenant: TenantId, execution: ExecutionId) {
        match self.claim(tenant, execution).await {
            Ok(Some(claimed)) => self.send(tenant, claimed).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(%execution, %error, "a step could not be claimed; nothing was sent"),
        }
    }

    /// Asks the agent after every open attempt.
    pub(crate) async fn ask_after_open(
        &self,
        tenant: TenantId,
        agent: Option<AgentId>,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        for attempt in dispatch::open(&mut tx, agent).await? {
            // Offline is fine: the question is asked again when the agent connects.
            let _ =
                self.agents.send(attempt.agent, Kind::Query(Query { attempt_id: attempt.id.to_string() }));
        }
        Ok(())
    }

    /// The claim: panic, the approval, the fence and the state are all looked at in the transaction that claims.
    async fn claim(
        &self,
        tenant: TenantId,
        execution: ExecutionId,
    ) -> Result<Option<AttemptId>, EngineError> {
        if self.latch.is_halted(tenant) {
            return Ok(None);
        }
        let mut tx = self.store.tenant(tenant).await?;
        let panic = panic::get_locked(&mut tx).await?;
        self.latch.observe(tenant, panic.epoch, panic.halted);
        if panic.halted {
            return Ok(None);
        }
        let mut locked = executions::lock(&mut tx, execution, self.replica).await?;
        let run = record::run_of(&locked)?;
        let Some(step) = run.claimable().map(|step| step.id).filter(|_| self.agents.online(locked.agent))
        else {
            return Ok(None);
        };
        let attempt = AttemptId::from_uuid(Uuid::now_v7());
        if !self.write_claim(&mut tx, &mut locked, step, attempt).await? {
            return Ok(None);
        }
        match tx.commit().await {
            Ok(()) => Ok(Some(attempt)),
            Err(StoreError::CommitUnknown { .. }) => self.re_read(tenant, attempt).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn write_claim(
        &self,
        tx: &mut TenantTx<'_>,
        locked: &mut LockedExecution,
        step: StepId,
        attempt: AttemptId,
    ) -> Result<bool, EngineError> {
        let (now, actor) = (self.clock.now(), Actor::system("engine.relay"));
        let replaces = match &record::run_of(locked)?.find(step).map(|step| step.phase.clone()) {
            Some(dd0c_executor::Phase::Approved { tombstoned, .. }) => *tombstoned,
            _ => None,
        };
        let applied = apply(tx, locked, Event::DispatchClaimed { step, attempt }, &actor, None, now).await?;
        let (intent, number) = intent_of(tx.tenant(), locked, &applied.run, step, attempt)?;
        let approval = match warrant(&applied.run, attempt) {
            Some(Warrant::Person(approval)) => Some(approval.id),
            _ => None,
        };
        let new = NewAttempt {
            id: attempt,
            execution: locked.id,
            step,
            number,
            agent: locked.agent,
            approval,
            fence: locked.fence,
            intent: intent.encode(),
            at: now,
        };
        dispatch::claim(tx, &new).await?;
        let Some(approval) = approval else { return Ok(true) };
        let hash = approval_hash(&intent);
        let spent = dispatch::spend(tx, approval, &hash, attempt, replaces, now).await?;
        if !spent {
            tracing::warn!(execution = %locked.id, "the approval is spent, expired, or not for these bytes: nothing is sent");
        }
        Ok(spent)
    }

    /// The commit's answer was lost: whether the claim stands is read, never assumed.
    async fn re_read(&self, tenant: TenantId, attempt: AttemptId) -> Result<Option<AttemptId>, EngineError> {
        let mut tx = self.store.tenant(tenant).await?;
        match dispatch::get(&mut tx, attempt).await {
            Ok(found) => Ok(Some(found.id)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn send(&self, tenant: TenantId, attempt: AttemptId) {
        if let Err(error) = self.try_send(tenant, attempt).await {
            // The dispatch clock asks after it; it is never sent a second time.
            tracing::warn!(%attempt, %error, "a claimed step was not sent");
        }
    }

    async fn try_send(&self, tenant: TenantId, attempt: AttemptId) -> Result<(), EngineError> {
        let epoch = self.latch.epoch(tenant);
        let mut tx = self.store.tenant(tenant).await?;
        let found = dispatch::get(&mut tx, attempt).await?;
        let intent = Intent::decode(&found.intent).map_err(|_| record::corrupt("an intent"))?;
        let now = self.clock.now();
        let grant = self
            .grants
            .sign(intent.hash(), now.timestamp_millis(), GRANT_MS, found.fence, epoch)
            .map_err(|_| EngineError::Grant)?;
        if !dispatch::take_to_send(&mut tx, attempt, &grant, now).await? {
            return Ok(());
        }
        tx.commit().await?;
        if self.latch.is_halted(tenant) {
            return Err(EngineError::Halted);
        }
        let message = Kind::Execute(ExecuteStep { intent: found.intent, grant });
        self.agents.send(found.agent, message).map_err(|_| EngineError::AgentOffline)
    }
}

/// What an approval speaks of: the intent without its attempt.
pub(crate) fn approval_hash(intent: &Intent) -> [u8; 32] {
    Intent { attempt: AttemptId::from_uuid(Uuid::nil()), ..intent.clone() }.hash()
}

/// The intent of a step, and the number of its attempt.
pub(crate) fn intent_of(
    tenant: TenantId,
    locked: &LockedExecution,
    run: &Run,
    step: StepId,
    attempt: AttemptId,
) -> Result<(Intent, u32), EngineError> {
    let stored = locked.steps.iter().find(|stored| stored.id == step).ok_or(EngineError::NotFound("step"))?;
    let kept = record::kept(stored)?;
    Ok((record::intent(tenant, locked, stored, &kept, attempt, run), kept.step.attempts))
}

fn warrant(run: &Run, attempt: AttemptId) -> Option<Warrant> {
    run.flying(attempt).and_then(|step| step.phase.flight()).map(|flight| flight.warrant.clone())
}
