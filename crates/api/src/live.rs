//! One listener a process on the database's notifications, fanned out to every event stream.
//! A notification only says that looking is worth while; what is true is read from the database.

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

const BACKLOG: usize = 1_024;

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// This run changed.
    Changed(ExecutionId),
    /// Something may have been missed: look.
    Look,
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
