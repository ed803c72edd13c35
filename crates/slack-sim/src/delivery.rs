//! How what people do reaches the app: over a socket, or as a signed request. It is acknowledged within three seconds
//! or it is not: an event is then sent again, and of a click or a command the person is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::credentials::secret;
use crate::http_delivery;
use crate::record::{Delivered, now_seconds};
use crate::sim::{APP_ID, Sim};

/// What is delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Event,
    Interactive,
    Command,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Interactive => "interactive",
            Self::Command => "slash_commands",
        }
    }
}

/// The count and the reason of a repeated delivery.
#[derive(Clone, Copy, Default)]
pub(crate) struct Retry {
    pub(crate) number: u32,
    pub(crate) reason: Option<&'static str>,
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) enum Outcome {
    Acknowledged {
        after: Duration,
        answer: Option<Value>,
    },
    /// Nobody was there, or nobody answered in time; the word is Slack's reason for a retry.
    Silent(&'static str),
}

/// Delivers once and records what came of it.
pub(crate) async fn deliver(sim: &Arc<Sim>, kind: Kind, payload: Value, retry: Retry) -> Outcome {
    let envelope_id = envelope_id();
    let at = now_seconds();
    let outcome = match sim.request_urls() {
        Some(urls) => http_delivery::send(sim, &urls, kind, &payload, retry).await,
        None => over_socket(sim, kind, &envelope_id, &payload, retry).await,
    };
    let (acknowledged_ms, answer) = match &outcome {
        Outcome::Acknowledged { after, answer } => (Some(after.as_secs_f64() * 1e3), answer.clone()),
        Outcome::Silent(_) => (None, None),
    };
    let attempt = retry.number;
    let record = Delivered { at, envelope_id, kind: kind.name(), attempt, acknowledged_ms, answer, payload };
    sim.change(|state| state.records.delivered(record));
    outcome
}

async fn over_socket(sim: &Arc<Sim>, kind: Kind, id: &str, payload: &Value, retry: Retry) -> Outcome {
    let mut envelope = json!({
        "envelope_id": id, "payload": payload, "type": kind.name(),
        "accepts_response_payload": kind != Kind::Event,
    });
    if kind == Kind::Event {
        envelope["retry_attempt"] = Value::from(retry.number);
        envelope["retry_reason"] = Value::from(retry.reason.unwrap_or_default());
    }
    let sent = Instant::now();
    let Some(answer) = sim.sockets.send(id, &envelope) else { return Outcome::Silent("no_connection") };
    let answered = tokio::time::timeout(sim.config.deadlines.acknowledge, answer).await;
    sim.sockets.forget(id);
    match answered {
        Ok(Ok(ack)) => {
            Outcome::Acknowledged { after: ack.at.saturating_duration_since(sent), answer: ack.payload }
        }
        Ok(Err(_)) | Err(_) => Outcome::Silent("timeout"),
    }
}

/// Tells the app of an event, and again while it does not acknowledge. Nobody waits for it.
pub(crate) fn event(sim: &Arc<Sim>, team: &str, bot_user: &str, event: Value) {
    let payload = json!({
        "token": "", "team_id": team, "context_team_id": team, "context_enterprise_id": null, "api_app_id": APP_ID,
        "event": event, "type": "event_callback", "event_id": format!("Ev{}", secret(5).to_uppercase()),
        "event_time": chrono::Utc::now().timestamp(),
        "authorizations": [{
            "enterprise_id": null, "team_id": team, "user_id": bot_user, "is_bot": true, "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false, "event_context": format!("4-{}", secret(8)),
    });
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        let work = until_acknowledged(&sim, payload);
        sim.stop.run_until_cancelled(work).await;
    });
}

async fn until_acknowledged(sim: &Arc<Sim>, payload: Value) {
    let mut retry = Retry::default();
    for wait in std::iter::once(&Duration::ZERO).chain(&sim.config.deadlines.event_retries) {
        tokio::time::sleep(*wait).await;
        match deliver(sim, Kind::Event, payload.clone(), retry).await {
            Outcome::Acknowledged { .. } => return,
            Outcome::Silent(reason) => retry = Retry { number: retry.number + 1, reason: Some(reason) },
        }
    }
}

/// An id of the shape that Slack gives.
fn envelope_id() -> String {
    let hex = secret(16);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
