//! Signed requests, for an app without Socket Mode: three addresses, one receiver.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dd0c_types::Clock;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Answer, Receiver};
use crate::incoming::Kind;
use crate::secret::SigningSecret;

/// Above any payload of Slack's.
const BODY_LIMIT: usize = 1024 * 1024;

/// `POST /slack/events`, `/slack/interactivity` and `/slack/commands`.
pub fn router(receiver: Arc<dyn Receiver>, secret: SigningSecret, clock: Arc<dyn Clock>) -> Router {
    let door = Arc::new(Door { receiver, secret, clock });
    Router::new()
        .route("/slack/events", post(events))
        .route("/slack/interactivity", post(interactivity))
        .route("/slack/commands", post(commands))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(door)
}

/// Serves the router until `stop`.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?)
}

struct Door {
    receiver: Arc<dyn Receiver>,
    secret: SigningSecret,
    clock: Arc<dyn Clock>,
}

impl Door {
    /// Nothing in a request is looked at before its signature.
    fn check(&self, headers: &HeaderMap, body: &Bytes) -> Result<(), StatusCode> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let now = self.clock.now().timestamp();
        let (timestamp, signature) = (header("x-slack-request-timestamp"), header("x-slack-signature"));
        self.secret.check(timestamp, signature, body, now).map_err(|refused| {
            tracing::warn!(%refused, "a request that claims to come from Slack was refused");
            StatusCode::UNAUTHORIZED
        })
    }

    async fn deliver(&self, kind: Kind, payload: Value) -> Response {
        match self.receiver.receive(kind, payload).await {
            Answer::Empty => StatusCode::OK.into_response(),
            Answer::Json(answer) => axum::Json(answer).into_response(),
        }
    }
}

type TheDoor = State<Arc<Door>>;

async fn events(State(door): TheDoor, headers: HeaderMap, body: Bytes) -> Result<Response, StatusCode> {
    door.check(&headers, &body)?;
    let payload: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if payload["type"] == "url_verification" {
        return Ok(axum::Json(json!({ "challenge": payload["challenge"] })).into_response());
    }
    Ok(door.deliver(Kind::Event, payload).await)
}

async fn interactivity(
    State(door): TheDoor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StatusCode> {
    door.check(&headers, &body)?;
    let form = form(&body);
    let text = form.get("payload").and_then(Value::as_str).ok_or(StatusCode::BAD_REQUEST)?;
    let payload = serde_json::from_str(text).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(door.deliver(Kind::Interactive, payload).await)
}

async fn commands(State(door): TheDoor, headers: HeaderMap, body: Bytes) -> Result<Response, StatusCode> {
    door.check(&headers, &body)?;
    Ok(door.deliver(Kind::Command, Value::Object(form(&body))).await)
}

fn form(body: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value))).collect()
}
