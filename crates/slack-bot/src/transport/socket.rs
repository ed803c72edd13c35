//! Socket Mode: the bot dials out, so nothing has to be opened towards it. `slack-morphism` keeps the connections; the
//! envelopes are read here, as JSON, so that a block or field it does not know yet never costs a press of a button.

use std::sync::{Arc, OnceLock, Weak};

use serde_json::{Value, json};
use slack_morphism::errors::SlackClientError;
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::prelude::*;
use slack_morphism::socket_mode::clients_manager::{
    SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory,
};
use tokio_util::sync::CancellationToken;

use super::{Answer, Receiver};
use crate::incoming::Kind;
use crate::secret::BotToken;
use crate::web_api::{Connector, WebApi};

/// Two: one can be renewed, or wait for the answer to a modal, while the other hears.
const CONNECTIONS: u32 = 2;
/// How long to wait before a connection that cannot be made is tried again, in seconds.
const RECONNECT_AFTER_SECONDS: u64 = 2;

/// Hears Slack over Socket Mode until `stop`.
///
/// # Errors
/// When the app token is not taken.
pub async fn run(
    api: WebApi,
    app_token: BotToken,
    receiver: Arc<dyn Receiver>,
    stop: CancellationToken,
) -> Result<(), SlackClientError> {
    let environment =
        Arc::new(SlackClientEventsListenerEnvironment::new(api.client()).with_error_handler(report));
    let manager = environment.client.http_api.connector.new_clients_manager(Arc::clone(&environment));
    let listener = Arc::new(Listener { receiver, manager: OnceLock::new() });
    let known = listener.manager.set(Arc::downgrade(&manager));
    debug_assert!(known.is_ok(), "invariant: set once");
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(CONNECTIONS)
        .with_reconnect_timeout_in_seconds(RECONNECT_AFTER_SECONDS)
        .with_initial_backoff_in_seconds(0);
    let token = SlackApiToken::new(app_token.reveal().to_owned().into());
    manager.register_new_token(&config, token, listener).await?;
    manager.start().await;
    stop.cancelled().await;
    manager.shutdown().await;
    Ok(())
}

struct Listener {
    receiver: Arc<dyn Receiver>,
    manager: OnceLock<Weak<dyn SlackSocketModeClientsManager + Send + Sync>>,
}

impl Listener {
    async fn renew(&self, id: &SlackSocketModeWssClientId) {
        if let Some(manager) = self.manager.get().and_then(Weak::upgrade) {
            manager.restart_client(id).await;
        }
    }

    /// The acknowledgement of an envelope; none for what is none.
    async fn acknowledge(&self, mut envelope: Value) -> Option<String> {
        let id = envelope["envelope_id"].as_str()?.to_owned();
        let Some(kind) = kind(&envelope) else {
            // Acknowledged, or Slack would send it again and again.
            return Some(json!({ "envelope_id": id }).to_string());
        };
        let takes_payload = envelope["accepts_response_payload"] == true;
        let answer = self.receiver.receive(kind, envelope["payload"].take()).await;
        Some(
            match answer {
                Answer::Json(payload) if takes_payload => json!({ "envelope_id": id, "payload": payload }),
                _ => json!({ "envelope_id": id }),
            }
            .to_string(),
        )
    }
}

#[async_trait::async_trait]
impl SlackSocketModeClientListener for Listener {
    async fn on_message(&self, client: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let envelope: Value = serde_json::from_str(&body).ok()?;
        match envelope["type"].as_str() {
            Some("hello") => {
                tracing::debug!("connected to Slack");
                None
            }
            Some("disconnect") => {
                self.renew(client).await;
                None
            }
            _ => self.acknowledge(envelope).await,
        }
    }

    async fn on_error(&self, error: Box<dyn std::error::Error + Send + Sync>) {
        tracing::warn!(%error, "a connection to Slack failed");
    }

    async fn on_disconnect(&self, client: &SlackSocketModeWssClientId) {
        self.renew(client).await;
    }
}

fn kind(envelope: &Value) -> Option<Kind> {
    match envelope["type"].as_str()? {
        "events_api" => Some(Kind::Event),
        "interactive" => Some(Kind::Interactive),
        "slash_commands" => Some(Kind::Command),
        _ => None,
    }
}

fn report(
    error: Box<dyn std::error::Error + Send + Sync>,
    _: Arc<SlackClient<Connector>>,
    _: SlackClientEventsUserState,
) -> HttpStatusCode {
    tracing::warn!(%error, "a connection to Slack failed");
    HttpStatusCode::OK
}
