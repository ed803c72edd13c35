//! One listener a process on the database's notifications, and one pulse, fanned out to every event stream.
//! A notification only says that looking is worth while; what is true is read from the database. The pulse notices
//! within seconds that there is no database to read from: a lost listener alone says so only once it is back.

use std::sync::Once;
use std::time::Duration;

use dd0c_store::{Listener, Store, StoreError};
use dd0c_types::ExecutionId;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The channel that every change of a run is told on.
pub(crate) const CHANNEL: &str = "dd0c_execution";

/// How long to wait before the database is tried again.
pub(crate) const RETRY: Duration = Duration::from_secs(1);

/// How often the database is asked for a sign of life while anybody may be following.
const PULSE: Duration = Duration::from_secs(1);
/// A database that has not answered for so long is away, as far as somebody who watches a run is concerned.
/// Waiting for a connection of the pool alone may take longer than that.
pub(crate) const ANSWERS_WITHIN: Duration = Duration::from_millis(1_500);

const BACKLOG: usize = 1_024;

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// This run changed.
    Changed(ExecutionId),
    /// Something may have been missed: look.
    Look,
    /// The database does not answer: what is shown may be old.
    Away,
}

/// Tells event streams when to look.
pub(crate) struct Hub {
    sender: broadcast::Sender<Heard>,
    started: Once,
    store: Store,
    stop: CancellationToken,
}

impl Hub {
    pub(crate) fn new(store: Store, stop: CancellationToken) -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG), started: Once::new(), store, stop }
    }

    /// Hears from now on. The first who asks makes the one connection.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Heard> {
        let receiver = self.sender.subscribe();
        self.started.call_once(|| {
            tokio::spawn(relay(self.store.clone(), self.sender.clone(), self.stop.clone()));
            tokio::spawn(pulse(self.store.clone(), self.sender.clone(), self.stop.clone()));
        });
        receiver
    }
}

/// Ends with the process's stop; until then it connects again and again.
async fn relay(store: Store, sender: broadcast::Sender<Heard>, stop: CancellationToken) {
    let work = async {
        loop {
            if let Ok(listener) = store.listener(&[CHANNEL]).await {
                // Whatever happened before the connection stood was not heard. Nobody listening is no error.
                let _ = sender.send(Heard::Look);
                let lost = pass_on(listener, &sender).await;
                tracing::warn!(%lost, "notifications of runs are interrupted");
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

/// Tells everybody when the database falls silent and when it answers again.
async fn pulse(store: Store, sender: broadcast::Sender<Heard>, stop: CancellationToken) {
    let work = async {
        let mut answered = true;
        loop {
            tokio::time::sleep(PULSE).await;
            if sender.receiver_count() == 0 {
                continue;
            }
            let answers = matches!(tokio::time::timeout(ANSWERS_WITHIN, store.ping()).await, Ok(Ok(())));
            if answers != answered {
                let _ = sender.send(if answers { Heard::Look } else { Heard::Away });
            }
            answered = answers;
        }
    };
    stop.run_until_cancelled(work).await;
}

async fn pass_on(mut listener: Listener, sender: &broadcast::Sender<Heard>) -> StoreError {
    loop {
        let heard = match listener.next().await {
            Ok(Some((_, payload))) => execution(&payload).map_or(Heard::Look, Heard::Changed),
            Ok(None) => Heard::Look,
            Err(error) => return error,
        };
        let _ = sender.send(heard);
    }
}

/// The payload is the run's id, with or without its prefix.
fn execution(payload: &str) -> Option<ExecutionId> {
    payload.parse().ok().or_else(|| Uuid::try_parse(payload).ok().map(ExecutionId::from_uuid))
}
