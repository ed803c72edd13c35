//! The streams that stand here, one an agent, and what happens when two claim to be the same agent.
//!
//! A second stream under the same identity from another process may be a restarted agent whose old connection nobody
//! has missed yet, or a clone of its disk. The two are told apart by waiting: agents beat every second, so an old stream
//! that says anything after the newcomer came is alive, and then neither is trusted: both are cut, the agent is shut out
//! for [`QUARANTINE`], and an alarm is recorded. An old stream that stays silent for longer than a lease lasts is dead,
//! holds no right to start anything, and gives way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dd0c_proto::agent::v1::EngineMessage;
use dd0c_types::AgentId;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{LEASE_MS, Offline};

/// How long an agent that was seen twice is shut out.
pub(super) const QUARANTINE: Duration = Duration::from_secs(30);

pub(super) type Outbound = mpsc::Sender<Result<EngineMessage, Status>>;

/// A stream that stands.
#[derive(Clone)]
pub(super) struct Live {
    /// The process, by its random name.
    pub(super) instance: String,
    /// Towards the agent.
    pub(super) outbound: Outbound,
    /// Ends the stream.
    pub(super) cut: CancellationToken,
    /// Counts what was heard.
    pub(super) heard: Arc<watch::Sender<u64>>,
    /// Done when the stream's task has cleaned up.
    pub(super) gone: CancellationToken,
}

/// Two live processes with one identity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cloned;

#[derive(Default)]
pub(super) struct Registry {
    live: Mutex<HashMap<AgentId, Live>>,
    quarantined: Mutex<HashMap<AgentId, Instant>>,
}

impl Registry {
    /// Puts a stream in place, once the place is free or its holder is dead.
    pub(super) async fn enter(&self, agent: AgentId, new: Live) -> Result<(), Cloned> {
        loop {
            if self.is_quarantined(agent) {
                return Err(Cloned);
            }
            let Some(old) = self.claim(agent, &new) else { return Ok(()) };
            if old.instance != new.instance && is_alive(&old).await {
                lock(&self.quarantined).insert(agent, Instant::now() + QUARANTINE);
                old.cut.cancel();
                return Err(Cloned);
            }
            old.cut.cancel();
            old.gone.cancelled().await;
        }
    }

    /// Takes a stream out, unless another has taken its place.
    pub(super) fn leave(&self, agent: AgentId, own: &Live) {
        let mut live = lock(&self.live);
        if live.get(&agent).is_some_and(|found| found.outbound.same_channel(&own.outbound)) {
            live.remove(&agent);
        }
        drop(live);
        own.gone.cancel();
    }

    pub(super) fn online(&self, agent: AgentId) -> bool {
        lock(&self.live).get(&agent).is_some_and(|live| !live.cut.is_cancelled())
    }

    pub(super) fn cut(&self, agent: AgentId) {
        if let Some(live) = lock(&self.live).get(&agent) {
            live.cut.cancel();
        }
    }

    pub(super) fn send(&self, agent: AgentId, message: EngineMessage) -> Result<(), Offline> {
        let live = lock(&self.live).get(&agent).cloned().ok_or(Offline)?;
        if live.cut.is_cancelled() {
            return Err(Offline);
        }
        live.outbound.try_send(Ok(message)).map_err(|_| {
            live.cut.cancel();
            Offline
        })
    }

    /// Takes the free place, or answers who holds it.
    fn claim(&self, agent: AgentId, new: &Live) -> Option<Live> {
        let mut live = lock(&self.live);
        match live.get(&agent) {
            Some(old) => Some(old.clone()),
            None => {
                live.insert(agent, new.clone());
                None
            }
        }
    }

    fn is_quarantined(&self, agent: AgentId) -> bool {
        let mut quarantined = lock(&self.quarantined);
        quarantined.retain(|_, until| *until > Instant::now());
        quarantined.contains_key(&agent)
    }
}

/// Whether a stream says anything within the time of a lease from now on.
async fn is_alive(old: &Live) -> bool {
    let mut heard = old.heard.subscribe();
    heard.mark_unchanged();
    let lease = Duration::from_millis(u64::from(LEASE_MS));
    tokio::select! {
        () = old.gone.cancelled() => false,
        said = timeout(lease, heard.changed()) => matches!(said, Ok(Ok(()))),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(instance: &str) -> Live {
        Live {
            instance: instance.to_owned(),
            outbound: mpsc::channel(1).0,
            cut: CancellationToken::new(),
            heard: Arc::new(watch::Sender::new(0)),
            gone: CancellationToken::new(),
        }
    }

    fn agent() -> AgentId {
        AgentId::from_uuid(uuid::Uuid::from_u128(1))
    }

    /// What a stream's task does: it cleans up when it is cut.
    fn attend(registry: &Arc<Registry>, stream: &Live) {
        let (registry, stream) = (Arc::clone(registry), stream.clone());
        tokio::spawn(async move {
            stream.cut.cancelled().await;
            registry.leave(agent(), &stream);
        });
    }

    #[tokio::test(start_paused = true)]
    async fn a_restarted_agent_takes_the_place_of_its_dead_stream() {
        let registry = Arc::new(Registry::default());
        let (old, new) = (live("a"), live("b"));
        assert_eq!(registry.enter(agent(), old.clone()).await, Ok(()));
        attend(&registry, &old);
        assert_eq!(registry.enter(agent(), new).await, Ok(()));
        assert!(old.cut.is_cancelled());
        assert!(registry.online(agent()));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_live_clones_neither_is_trusted_until_the_quarantine_ends() {
        let registry = Arc::new(Registry::default());
        let (one, other) = (live("a"), live("b"));
        assert_eq!(registry.enter(agent(), one.clone()).await, Ok(()));
        attend(&registry, &one);
        let beating = Arc::clone(&one.heard);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                beating.send_modify(|count| *count += 1);
            }
        });
        assert_eq!(registry.enter(agent(), other).await, Err(Cloned));
        one.gone.cancelled().await;
        assert!(!registry.online(agent()));
        assert_eq!(registry.enter(agent(), live("a")).await, Err(Cloned));
        tokio::time::sleep(QUARANTINE).await;
        assert_eq!(registry.enter(agent(), live("a")).await, Ok(()));
    }
}
