//! Works messages of one topic off: tenant by tenant, so that a flood of one keeps nobody else waiting.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dd0c_store::queue_messages::{self, Received};
use dd0c_store::{Listener, Store, StoreError, TenantTx, inbox};
use dd0c_types::{Clock, TenantId};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::message::Message;

/// What is done with a message.
pub trait Handler: Send + Sync {
    /// What takes its time before the work: nothing is open or locked meanwhile. Done again whenever the message is
    /// received again, also when it was worked off before; so doing it twice must do nothing more.
    ///
    /// # Errors
    /// As with `handle`.
    fn prepare(&self, _message: &Message) -> impl Future<Output = Result<(), Rejected>> + Send {
        std::future::ready(Ok(()))
    }

    /// Does the work of one message in `tx`, which is committed together with the note that it is done. Nothing that
    /// cannot be rolled back belongs in here.
    ///
    /// # Errors
    /// `Rejected::Retry` puts the message off; `Rejected::Dead` gives it up at once. Either way `tx` is rolled back.
    fn handle(
        &self,
        tx: &mut TenantTx<'_>,
        message: &Message,
    ) -> impl Future<Output = Result<(), Rejected>> + Send;
}

/// Why a message was not worked off.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It never will.
    #[error("{0}")]
    Dead(String),
}

/// How messages are received.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a received message is hidden from others. Longer than the work takes.
    pub hidden_for: TimeDelta,
    /// After so many attempts a message is given up.
    pub most_attempts: u32,
    /// How long it waits after a failure.
    pub backoff: Backoff,
    /// How many messages of one tenant are received at a time, before the next tenant's turn.
    pub batch: u32,
    /// How often is looked when nothing is heard: for messages that were put off.
    pub look_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden_for: TimeDelta::seconds(60),
            most_attempts: 10,
            backoff: Backoff::default(),
            batch: 10,
            look_every: Duration::from_secs(1),
        }
    }
}

/// Works off one topic under one name. Any number of them may run at once.
pub struct Consumer {
    store: Store,
    clock: Arc<dyn Clock>,
    topic: &'static str,
    name: &'static str,
    settings: Settings,
}

/// What came of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    PutOff,
    GivenUp,
    /// Somebody else received it meanwhile.
    Lost,
}

const CHANNEL: &str = "dd0c_queue";
/// After a failure of the database.
const WAIT: Duration = Duration::from_secs(1);

impl Consumer {
    /// A consumer called `name`, by which its inbox remembers what it took in.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        topic: &'static str,
        name: &'static str,
        settings: Settings,
    ) -> Self {
        Self { store, clock, topic, name, settings }
    }

    /// Works off what is there and what comes, until `stop`. What is at work then is finished first.
    pub async fn run(&self, handler: &impl Handler, stop: &CancellationToken) {
        let mut listener: Option<Listener> = None;
        while !stop.is_cancelled() {
            if listener.is_none() {
                listener = self.store.listener(&[CHANNEL]).await.ok();
            }
            match self.drain(handler, stop).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(topic = self.topic, %error, "the queue could not be read; it is read again");
                    stop.run_until_cancelled(tokio::time::sleep(WAIT)).await;
                }
            }
            let heard = stop.run_until_cancelled(self.wait(listener.as_mut())).await;
            if heard == Some(false) {
                listener = None;
            }
        }
    }

    /// Works off one turn of every tenant that has something due. Returns how many messages were received.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self, handler: &impl Handler, stop: &CancellationToken) -> Result<usize, StoreError> {
        let mut received = 0;
        for tenant in queue_messages::tenants_due(&self.store, self.topic, self.clock.now()).await? {
            let mut tx = self.store.tenant(tenant).await?;
            let now = self.clock.now();
            let batch = queue_messages::receive(
                &mut tx,
                self.topic,
                self.settings.batch,
                now,
                self.settings.hidden_for,
            )
            .await?;
            tx.commit().await?;
            received += batch.len();
            for message in batch {
                // What was received and is not worked off now is due again when it is visible again.
                if stop.is_cancelled() {
                    return Ok(received);
                }
                self.work_off(tenant, message, handler).await?;
            }
        }
        Ok(received)
    }

    async fn work_off(
        &self,
        tenant: TenantId,
        received: Received,
        handler: &impl Handler,
    ) -> Result<(), StoreError> {
        let outcome = if received.attempts > self.settings.most_attempts {
            // Not even the failure could be noted: whoever worked on it died.
            self.settle(tenant, &received, &Rejected::Dead("given up after too many attempts".into())).await?
        } else {
            match self.attempt(tenant, &received, handler).await {
                Ok(outcome) => outcome,
                Err(rejected) => self.settle(tenant, &received, &rejected).await?,
            }
        };
        tracing::debug!(topic = self.topic, consumer = self.name, ?outcome, "a message was received");
        Ok(())
    }

    async fn attempt(
        &self,
        tenant: TenantId,
        received: &Received,
        handler: &impl Handler,
    ) -> Result<Outcome, Rejected> {
        let message = Message::read(self.topic, tenant, received.body.clone())
            .map_err(|error| Rejected::Dead(error.to_string()))?;
        handler.prepare(&message).await?;
        let mut tx = self.store.tenant(tenant).await?;
        if !queue_messages::ack(&mut tx, self.topic, received, self.clock.now()).await? {
            return Ok(Outcome::Lost);
        }
        if inbox::accept(&mut tx, self.name, &format!("{}:{}", self.topic, message.id)).await? {
            handler.handle(&mut tx, &message).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    async fn settle(
        &self,
        tenant: TenantId,
        received: &Received,
        rejected: &Rejected,
    ) -> Result<Outcome, StoreError> {
        let last = received.attempts >= self.settings.most_attempts;
        let mut tx = self.store.tenant(tenant).await?;
        let now = self.clock.now();
        let reason = rejected.to_string();
        let (settled, outcome) = match rejected {
            Rejected::Retry(_) if !last => {
                let at = now + self.settings.backoff.after(received.attempts);
                let done = queue_messages::retry(&mut tx, self.topic, received, at, &reason).await?;
                (done, Outcome::PutOff)
            }
            _ => {
                let done = queue_messages::bury(&mut tx, self.topic, received, now, Some(&reason)).await?;
                tracing::error!(
                    topic = self.topic,
                    consumer = self.name,
                    attempts = received.attempts,
                    reason,
                    "a message is given up; what it asked for was not done"
                );
                (done, Outcome::GivenUp)
            }
        };
        tx.commit().await?;
        Ok(if settled { outcome } else { Outcome::Lost })
    }

    /// Waits until something was published on the topic, or it is time to look. False when the connection is lost.
    async fn wait(&self, listener: Option<&mut Listener>) -> bool {
        let Some(listener) = listener else {
            tokio::time::sleep(self.settings.look_every).await;
            return true;
        };
        let ours = async {
            loop {
                match listener.next().await {
                    Ok(Some((_, topic))) if topic != self.topic => {}
                    Ok(_) => return true,
                    Err(_) => return false,
                }
            }
        };
        tokio::time::timeout(self.settings.look_every, ours).await.unwrap_or(true)
    }
}

/// A database that does not answer is no fault of the message.
impl From<StoreError> for Rejected {
    fn from(error: StoreError) -> Self {
        Self::Retry(error.to_string())
    }
}
