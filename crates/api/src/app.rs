//! What the API is built from, and what all requests share.

use std::sync::Arc;

use dd0c_proto::engine::v1::engine_client::EngineClient;
use dd0c_proto::intake::v1::intake_client::IntakeClient;
use dd0c_store::Store;
use dd0c_types::Clock;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::limits::{Limiters, Limits};
use crate::live::Hub;
use crate::meter::Meter;
use crate::session::SessionKey;
use crate::webhooks::Seal;

/// A classified runbook repeats each command with its findings.
const MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// What the API needs from the house.
#[derive(Clone)]
pub struct Deps {
    /// The database, as the service role.
    pub store: Store,
    /// The way to the engine.
    pub engine: Channel,
    /// The way to the intake.
    pub intake: Channel,
    /// Signs sessions. 32 secret random bytes, the same for every replica.
    pub session_key: [u8; 32],
    /// Seals the secrets of webhooks. 32 secret random bytes, the same for every replica and for good: without it no
    /// webhook that was made before takes anything in.
    pub webhook_key: [u8; 32],
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where browsers reach this service, without a slash at the end: `https://run.example.com`.
    pub public_url: String,
    /// Where agents reach the gateway: `https://host:port`.
    pub agent_gateway: String,
    /// The certificate that agents know the gateway by, as PEM. Public.
    pub gateway_ca_pem: String,
    /// How the Slack app is installed; none when there is no app.
    pub slack: Option<crate::slack::Installer>,
    /// How often what may be asked.
    pub limits: Limits,
}

/// What all requests share.
pub(crate) struct App {
    pub(crate) deps: Deps,
    pub(crate) sessions: SessionKey,
    pub(crate) seal: Seal,
    pub(crate) limiters: Limiters,
    pub(crate) meter: Meter,
    pub(crate) hub: Hub,
    /// Ends the event streams, so that a stop does not wait for browsers.
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(deps: Deps, stop: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            sessions: SessionKey::new(&deps.session_key),
            seal: Seal::new(&deps.webhook_key),
            limiters: Limiters::new(&deps.limits),
            meter: Meter::default(),
            hub: Hub::new(deps.store.clone(), stop.clone()),
            stop,
            deps,
        })
    }

    pub(crate) fn engine(&self) -> EngineClient<Channel> {
        EngineClient::new(self.deps.engine.clone())
    }

    pub(crate) fn intake(&self) -> IntakeClient<Channel> {
        IntakeClient::new(self.deps.intake.clone())
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES)
    }

    /// Whether browsers reach the service over TLS: then the cookie travels over nothing else.
    pub(crate) fn secure(&self) -> bool {
        self.deps.public_url.starts_with("https://")
    }
}
