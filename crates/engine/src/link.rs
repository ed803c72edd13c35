//! The way to the agents.

use std::sync::Arc;

use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_types::AgentId;

use crate::gateway::{Gateway, Offline};

type Send = dyn Fn(AgentId, Kind) -> Result<(), Offline> + std::marker::Send + Sync;
type Online = dyn Fn(AgentId) -> bool + std::marker::Send + Sync;

/// Sends messages to agents, and says which of them have a stream here.
pub struct AgentLink {
    send: Box<Send>,
    online: Box<Online>,
}

impl AgentLink {
    /// Through the gateway.
    pub fn gateway(gateway: Arc<Gateway>) -> Self {
        let streams = Arc::clone(&gateway);
        Self::new(move |agent, message| gateway.send(agent, message), move |agent| streams.online(agent))
    }

    /// Through these two functions.
    pub fn new(
        send: impl Fn(AgentId, Kind) -> Result<(), Offline> + std::marker::Send + Sync + 'static,
        online: impl Fn(AgentId) -> bool + std::marker::Send + Sync + 'static,
    ) -> Self {
        Self { send: Box::new(send), online: Box::new(online) }
    }

    pub(crate) fn send(&self, agent: AgentId, message: Kind) -> Result<(), Offline> {
        (self.send)(agent, message)
    }

    pub(crate) fn online(&self, agent: AgentId) -> bool {
        (self.online)(agent)
    }
}
