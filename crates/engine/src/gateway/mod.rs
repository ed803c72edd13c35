//! The agent gateway: enrolment, renewal and the one stream of every agent, over mTLS that ends here.
//!
//! Who speaks is read from the client certificate, which was verified against the authority of the tenant that it
//! names. It must never take an identity from a message, never decide what runs, and never hold more of an agent's
//! output than the credit it gave. That an attempt belongs to the agent that speaks of it is for the engine to check.

mod enrolment;
mod event;
mod listener;
mod registry;
mod service;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use dd0c_pki::KeyDirectory;
use dd0c_proto::agent::v1::EngineMessage;
use dd0c_proto::agent::v1::agent_gateway_server::AgentGatewayServer;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_store::Store;
use dd0c_types::{AgentId, Clock};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use crate::halt::Latch;

pub use event::{AgentEvent, AgentEventKind, Connected, Offline};
use registry::Registry;

/// How long a lease lasts at the agent, in milliseconds.
pub const LEASE_MS: u32 = 3_000;
/// Events that may wait for the engine. With pieces of 32 KiB this bounds waiting output to 8 MiB.
const EVENTS: usize = 256;
/// How long a silent stream is believed in.
const SILENCE: Duration = Duration::from_secs(15);

/// The gateway. One per engine process; cheap to share.
pub struct Gateway {
    store: Store,
    keys: Arc<KeyDirectory>,
    latch: Arc<Latch>,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<AgentEvent>,
    registry: Registry,
    /// Whether the database answered within the last two seconds: without it no lease is given.
    database: watch::Sender<bool>,
}

/// The gateway stopped because it could not go on.
#[derive(Debug, thiserror::Error)]
#[error("the agent gateway stopped: {0}")]
pub struct GatewayError(#[from] tonic::transport::Error);

impl Gateway {
    /// A gateway, and what agents do and say, in order for each agent. Take events quickly: while they wait, agents wait.
    pub fn new(
        store: Store,
        keys: Arc<KeyDirectory>,
        latch: Arc<Latch>,
        clock: Arc<dyn Clock>,
    ) -> (Arc<Self>, mpsc::Receiver<AgentEvent>) {
        let (events, receiver) = mpsc::channel(EVENTS);
        let (registry, database) = (Registry::default(), watch::Sender::new(false));
        (Arc::new(Self { store, keys, latch, clock, events, registry, database }), receiver)
    }

    /// Serves agents on `listener` until `stop`. Make `tls` with [`dd0c_pki::tls::server_config`] and the
    /// [`KeyDirectory::trust`] of the same keys.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Arc<tokio_rustls::rustls::ServerConfig>,
        stop: CancellationToken,
    ) -> Result<(), GatewayError> {
        let incoming = listener::accept(listener, tls, stop.clone());
        let watch = tokio::spawn(watch_database(Arc::clone(&self), stop.clone()));
        let service = AgentGatewayServer::new(service::Service::new(Arc::clone(&self), stop.clone()))
            .max_decoding_message_size(1024 * 1024);
        let served = Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(10)))
            .http2_keepalive_timeout(Some(Duration::from_secs(5)))
            .max_concurrent_streams(Some(16))
            .add_service(service)
            .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned())
            .await;
        stop.cancel();
        // Only looks at the database: it ends with `stop`.
        let _ = watch.await;
        Ok(served?)
    }

    /// Sends a message on the agent's stream. Sent is not received: only the agent's answer says that.
    ///
    /// # Errors
    /// [`Offline`] when no stream stands here, or the agent has not read for so long that its queue is full; the stream
    /// is cut then.
    pub fn send(&self, agent: AgentId, message: Kind) -> Result<(), Offline> {
        self.registry.send(agent, EngineMessage { kind: Some(message) })
    }

    /// Whether a stream of this agent stands here.
    pub fn online(&self, agent: AgentId) -> bool {
        self.registry.online(agent)
    }

    /// Cuts the stream of an agent, such as one that was just shut out. It may come back if its certificate still may.
    pub fn cut(&self, agent: AgentId) {
        self.registry.cut(agent);
    }
}

async fn watch_database(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let answer = tokio::time::timeout(Duration::from_secs(1), gateway.store.ping()).await;
        let answers = matches!(answer, Ok(Ok(())));
        gateway.database.send_if_modified(|known| std::mem::replace(known, answers) != answers);
    }
}
