//! The engine drives runs: it locks a run, asks [`dd0c_executor::step`] what follows, writes state, audit and outbox
//! in one transaction, and only then lets anything leave the house. Agents speak to it through [`gateway`].
//!
//! It must never decide by itself what may run (that is `dd0c_executor` and `dd0c_approval`), never send what is not
//! committed, and never guess an outcome: what it does not know it says.

pub mod gateway;
pub mod halt;
pub mod housekeeping;

mod agents;
mod control;
mod decide;
mod error;
mod link;
mod record;
mod relay;
mod service;
mod start;
mod timers;
mod transaction;
mod typed;
mod unlisted;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dd0c_pki::grant::Signer;
use dd0c_proto::engine::v1::engine_server::EngineServer;
use dd0c_store::Store;
use dd0c_types::{Clock, ExecutionId, TenantId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use error::EngineError;
pub use link::AgentLink;
pub use service::Service;

use control::{Frozen, Press};
use gateway::AgentEvent;

/// What an engine needs.
pub struct Deps {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Signs grants; every agent pinned its public key.
    pub grants: Arc<Signer>,
    /// The way to the agents.
    pub agents: AgentLink,
    /// Panic, shared with the gateway.
    pub latch: Arc<halt::Latch>,
}

/// One engine replica.
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
    grants: Arc<Signer>,
    agents: AgentLink,
    latch: Arc<halt::Latch>,
    /// Holds leases under this name; a new process is another.
    replica: Uuid,
    wake: mpsc::UnboundedSender<(TenantId, ExecutionId)>,
    pressed: mpsc::UnboundedSender<Press>,
    frozen: Mutex<HashMap<TenantId, Frozen>>,
    inbox: Mutex<Option<Inbox>>,
}

/// What [`run`] takes over.
struct Inbox {
    wake: mpsc::UnboundedReceiver<(TenantId, ExecutionId)>,
    pressed: mpsc::UnboundedReceiver<Press>,
}

impl Engine {
    /// An engine that does nothing by itself until [`run`].
    pub fn new(deps: Deps) -> Arc<Self> {
        let (wake, woken) = mpsc::unbounded_channel();
        let (pressed, presses) = mpsc::unbounded_channel();
        Arc::new(Self {
            store: deps.store,
            clock: deps.clock,
            grants: deps.grants,
            agents: deps.agents,
            latch: deps.latch,
            replica: Uuid::new_v4(),
            wake,
            pressed,
            frozen: Mutex::default(),
            inbox: Mutex::new(Some(Inbox { wake: woken, pressed: presses })),
        })
    }
}

/// The gRPC service `dd0c.engine.v1.Engine`.
pub fn service(engine: Arc<Engine>) -> EngineServer<Service> {
    EngineServer::new(Service::new(engine))
}

/// Drives runs until `stop`: reads panic, asks agents what became of open attempts, then hears agents, claims what may
/// start, and watches the clocks. Call once for each engine.
pub async fn run(engine: Arc<Engine>, mut events: mpsc::Receiver<AgentEvent>, stop: CancellationToken) {
    let inbox = engine.inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let Some(inbox) = inbox else {
        tracing::error!("the engine runs already");
        return;
    };
    let hearing = async {
        while let Some(event) = events.recv().await {
            agents::hear(&engine, event).await;
        }
    };
    let work = async {
        tokio::join!(
            relay::run(&engine, inbox.wake),
            control::run(&engine, inbox.pressed),
            timers::run(&engine),
            hearing
        )
    };
    tokio::select! {
        () = stop.cancelled() => {}
        _ = work => {}
    }
}
