//! Clocks that have run out. Any replica may take any of them: the row goes with the transaction that acts on it.

use std::time::Duration;

use dd0c_executor::{Event, TimerKind};
use dd0c_store::timers::{self, Timer};
use dd0c_store::{StoreError, executions, outputs};
use dd0c_types::{Actor, TenantId};

use crate::Engine;
use crate::error::EngineError;
use crate::transaction::apply;

/// How often the clocks are looked at.
const EVERY: Duration = Duration::from_millis(500);
/// How many are taken at a time.
const BATCH: u32 = 100;

pub(crate) async fn run(engine: &Engine) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = engine.fire_due().await {
            tracing::warn!(%error, "the clocks could not be read; they are looked at again");
        }
    }
}

impl Engine {
    /// Fires every clock that is due. Returns how many were.
    pub(crate) async fn fire_due(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let mut fired = 0;
        for tenant in timers::tenants_due(&self.store, now).await? {
            let mut tx = self.store.tenant(tenant).await?;
            let due = timers::due(&mut tx, now, BATCH).await?;
            drop(tx);
            for timer in due {
                fired += 1;
                if let Err(error) = self.fire(tenant, &timer).await {
                    tracing::warn!(execution = %timer.execution, %error, "a clock ran out and could not be acted on yet");
                }
            }
        }
        Ok(fired)
    }

    async fn fire(&self, tenant: TenantId, timer: &Timer) -> Result<(), EngineError> {
        let mut tx = self.store.tenant(tenant).await?;
        let mut locked = executions::lock(&mut tx, timer.execution, self.replica).await?;
        let Some(kind) = TimerKind::from_name(&timer.kind) else {
            return Err(crate::record::corrupt("a clock's kind").into());
        };
        if !timers::take(&mut tx, timer).await? {
            return Ok(());
        }
        let output_bytes = match timer.attempt {
            Some(attempt) => outputs::bytes_of(&mut tx, attempt).await?,
            None => 0,
        };
        let event = Event::TimerFired { step: timer.step, kind, attempt: timer.attempt, output_bytes };
        let actor = Actor::system("engine.timer");
        match apply(&mut tx, &mut locked, event, &actor, None, self.clock.now()).await {
            Ok(applied) => {
                tx.commit().await?;
                self.perform(tenant, &locked, &applied.effects);
            }
            // The step has moved on since: the clock is taken away and nothing else happens.
            Err(EngineError::Refused(_)) => tx.commit().await?,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
