//! Panic and resume. Pressing shuts the latch at once, in memory; the gateway tells the agents as it sees the latch
//! move; the database is written as soon as it can be.

use std::sync::PoisonError;
use std::time::Duration;

use dd0c_executor::{Event, Refused};
use dd0c_store::{StoreError, audit, dispatch, executions, panic, users};
use dd0c_types::{Actor, EventType, Role, TenantId};
use serde_json::json;
use tokio::sync::mpsc;

use crate::Engine;
use crate::error::EngineError;
use crate::transaction::apply;

/// How long an answer to panic waits for the record.
const RECORD_WITHIN: Duration = Duration::from_millis(300);
/// How often the panic rows are read, for what another replica pressed.
const READ_EVERY: Duration = Duration::from_secs(1);

/// Somebody pressed panic.
#[derive(Clone)]
pub(crate) struct Press {
    pub(crate) tenant: TenantId,
    pub(crate) reason: String,
    pub(crate) by: Actor,
}

/// What an agent said that it froze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frozen {
    pub(crate) epoch: u64,
    pub(crate) frozen: u32,
    pub(crate) running: u32,
}

/// The answer to panic.
pub(crate) struct Halted {
    pub(crate) epoch: u64,
    pub(crate) frozen: u32,
    pub(crate) running: u32,
    pub(crate) recorded: bool,
}

/// Reads the panic rows, and records what was pressed while the database was away, until it is recorded.
pub(crate) async fn run(engine: &Engine, mut pressed: mpsc::UnboundedReceiver<Press>) {
    let mut reading = tokio::time::interval(READ_EVERY);
    let mut unrecorded: Vec<Press> = Vec::new();
    loop {
        tokio::select! {
            Some(press) = pressed.recv() => unrecorded.push(press),
            _ = reading.tick() => engine.read_rows().await,
        }
        let mut left = Vec::new();
        for press in unrecorded {
            if let Err(error) = engine.record(&press).await {
                tracing::error!(tenant = %press.tenant, %error, "panic holds here but is not recorded yet; trying again");
                left.push(press);
            }
        }
        unrecorded = left;
    }
}

impl Engine {
    /// Halts a tenant. Never waits longer than [`RECORD_WITHIN`] for the database.
    pub(crate) async fn halt(&self, press: Press) -> Halted {
        let provisional = self.latch.halt(press.tenant);
        let recorded = tokio::time::timeout(RECORD_WITHIN, self.record(&press)).await;
        let recorded = matches!(recorded, Ok(Ok(())));
        if !recorded {
            // The other end lives as long as the engine runs.
            let _ = self.pressed.send(press.clone());
        }
        let epoch = self.latch.epoch(press.tenant).max(provisional);
        let frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner).get(&press.tenant).copied();
        let frozen = frozen.filter(|frozen| frozen.epoch >= provisional);
        let (frozen, running) = frozen.map_or((0, 0), |said| (said.frozen, said.running));
        Halted { epoch, frozen, running, recorded }
    }

    /// Lifts panic: by an Owner, under the next epoch.
    pub(crate) async fn resume(&self, tenant: TenantId, by: &Actor) -> Result<u64, EngineError> {
        let mut tx = self.store.tenant(tenant).await?;
        let user = by.user_id().ok_or(EngineError::NotFound("member"))?;
        let member = users::get(&mut tx, user).await?;
        if !member.active || member.role < Role::Owner {
            let reason = "Lifting panic needs the role Owner. Everything stays halted.".to_owned();
            return Err(dd0c_approval::NotAllowed { reason }.into());
        }
        let now = panic::get(&mut tx).await?;
        if !now.halted {
            return Err(EngineError::Invalid("Panic is not on; there is nothing to lift.".to_owned()));
        }
        let lifted = panic::clear(&mut tx, now.epoch, by).await?;
        audit::append(&mut tx, EventType::PanicCleared, None, by, json!({ "epoch": lifted.epoch })).await?;
        tx.commit().await?;
        self.latch.observe(tenant, lifted.epoch, false);
        self.tell_runs(tenant, by, true).await?;
        Ok(lifted.epoch)
    }

    pub(crate) fn note_frozen(&self, tenant: TenantId, said: Frozen) {
        let mut frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = frozen.entry(tenant).or_insert(said);
        if said.epoch > known.epoch {
            *known = said;
        } else if said.epoch == known.epoch {
            known.frozen = known.frozen.max(said.frozen);
            known.running = known.running.max(said.running);
        }
    }

    /// Reads a tenant's row when it was never read; what cannot be read stays halted.
    pub(crate) async fn know(&self, tenant: TenantId) -> Result<(), EngineError> {
        if !self.latch.is_known(tenant) {
            self.read_row(tenant).await?;
        }
        if self.latch.is_halted(tenant) { Err(EngineError::Halted) } else { Ok(()) }
    }

    async fn record(&self, press: &Press) -> Result<(), EngineError> {
        let mut tx = self.store.tenant(press.tenant).await?;
        let before = panic::get(&mut tx).await?;
        let state = if before.halted && before.epoch > 0 {
            before
        } else {
            let state = panic::set(&mut tx, &press.reason, &press.by).await?;
            let data = json!({ "epoch": state.epoch, "reason": press.reason });
            audit::append(&mut tx, EventType::PanicSet, None, &press.by, data).await?;
            tx.commit().await?;
            state
        };
        self.latch.observe(press.tenant, state.epoch, true);
        self.tell_runs(press.tenant, &press.by, false).await
    }

    async fn read_rows(&self) {
        let Ok(tenants) = self.store.tenant_ids().await else { return };
        for tenant in tenants {
            if let Err(error) = self.read_row(tenant).await {
                tracing::warn!(%tenant, %error, "the panic row could not be read");
            }
        }
    }

    async fn read_row(&self, tenant: TenantId) -> Result<(), StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        let state = panic::get(&mut tx).await?;
        let was = self.latch.is_halted(tenant);
        self.latch.observe(tenant, state.epoch, state.halted);
        drop(tx);
        if state.halted && !was {
            let by = state.changed_by.unwrap_or_else(|| Actor::system("engine.panic"));
            if let Err(error) = self.tell_runs(tenant, &by, false).await {
                tracing::warn!(%tenant, %error, "runs were not told of the panic yet; nothing starts all the same");
            }
        }
        Ok(())
    }

    /// Brings panic, or its end, into every run that is not over.
    async fn tell_runs(&self, tenant: TenantId, by: &Actor, lifted: bool) -> Result<(), EngineError> {
        let mut tx = self.store.tenant(tenant).await?;
        let runs = dispatch::live(&mut tx, None).await?;
        drop(tx);
        for execution in runs {
            let event = if lifted { Event::Resumed } else { Event::Halted };
            let mut tx = self.store.tenant(tenant).await?;
            let mut locked = executions::lock(&mut tx, execution, self.replica).await?;
            match apply(&mut tx, &mut locked, event, by, None, self.clock.now()).await {
                Ok(applied) => {
                    tx.commit().await?;
                    self.perform(tenant, &locked, &applied.effects);
                }
                Err(EngineError::Refused(Refused::InvalidValue(_))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
