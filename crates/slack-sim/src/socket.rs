//! Socket Mode: up to ten connections of the app; an envelope goes to one of them, and is acknowledged on it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval, sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::credentials::secret;
use crate::sim::{APP_ID, Sim, lock};

/// How many connections an app may have.
const CONNECTIONS: usize = 10;
const HOST: &str = "applink-simulator";

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// All connections of the app.
#[derive(Default)]
pub(crate) struct Sockets {
    tickets: Mutex<HashMap<String, Instant>>,
    connections: Mutex<Vec<Connection>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Acknowledgement>>>,
    numbers: AtomicU64,
}

/// One connection, as the rest of the simulator sees it.
struct Connection {
    number: u64,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    /// It was told to go: nothing new is sent on it.
    leaving: bool,
}

enum Outgoing {
    Text(String),
    Close,
}

/// What came back for an envelope.
pub(crate) struct Acknowledgement {
    pub(crate) at: Instant,
    pub(crate) payload: Option<Value>,
}

/// Why the app is told to take a new connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It ends soon.
    Warning,
    /// It ends now: the server closes it after the time between warning and end.
    RefreshRequested,
    /// Socket Mode was switched off.
    LinkDisabled,
    /// An eleventh one.
    TooManyWebsockets,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::RefreshRequested => "refresh_requested",
            Self::LinkDisabled => "link_disabled",
            Self::TooManyWebsockets => "too_many_websockets",
        }
    }
}

impl Sockets {
    /// What lets somebody connect once.
    pub(crate) fn ticket(&self, now: Instant) -> String {
        let ticket = secret(16);
        lock(&self.tickets).insert(ticket.clone(), now);
        ticket
    }

    fn redeem(&self, ticket: &str, life: Duration) -> bool {
        let made = lock(&self.tickets).remove(ticket);
        made.is_some_and(|made| made.elapsed() <= life)
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        lock(&self.connections).len()
    }

    /// Sends an envelope on one of the connections, each in its turn. `None`: there is no connection.
    pub(crate) fn send(
        &self,
        envelope_id: &str,
        envelope: &Value,
    ) -> Option<oneshot::Receiver<Acknowledgement>> {
        let connections = lock(&self.connections);
        let able: Vec<&Connection> = connections.iter().filter(|connection| !connection.leaving).collect();
        let turn = usize::try_from(self.numbers.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        let chosen = able.get(turn.checked_rem(able.len())?)?;
        let (answered, answer) = oneshot::channel();
        lock(&self.waiting).insert(envelope_id.to_owned(), answered);
        chosen.outgoing.send(Outgoing::Text(envelope.to_string())).ok()?;
        Some(answer)
    }

    /// Nobody waits for this envelope any more.
    pub(crate) fn forget(&self, envelope_id: &str) {
        lock(&self.waiting).remove(envelope_id);
    }

    /// Tells every connection to go, as `reason` has it.
    pub(crate) fn disconnect(&self, reason: Reason) -> usize {
        let mut connections = lock(&self.connections);
        for connection in connections.iter_mut() {
            connection.leaving |= !matches!(reason, Reason::Warning);
            let _ = connection.outgoing.send(Outgoing::Text(disconnect(reason)));
        }
        connections.len()
    }

    /// Closes every connection without a word, as a broken network does.
    pub(crate) fn cut(&self) -> usize {
        let connections = lock(&self.connections);
        for connection in connections.iter() {
            let _ = connection.outgoing.send(Outgoing::Close);
        }
        connections.len()
    }

    fn add(&self, outgoing: mpsc::UnboundedSender<Outgoing>) -> Option<(u64, usize)> {
        let mut connections = lock(&self.connections);
        if connections.len() >= CONNECTIONS {
            return None;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        connections.push(Connection { number, outgoing, leaving: false });
        Some((number, connections.len()))
    }

    fn remove(&self, number: u64) {
        lock(&self.connections).retain(|connection| connection.number != number);
    }

    fn leave(&self, number: u64) {
        for connection in lock(&self.connections).iter_mut().filter(|connection| connection.number == number)
        {
            connection.leaving = true;
        }
    }

    /// Hands an acknowledgement to who waits for it. `false`: nobody does.
    fn acknowledged(&self, envelope_id: &str, payload: Option<Value>) -> bool {
        let waiting = lock(&self.waiting).remove(envelope_id);
        waiting.is_some_and(|waiting| waiting.send(Acknowledgement { at: Instant::now(), payload }).is_ok())
    }
}

/// What stands behind the URL of `apps.connections.open`.
#[derive(Deserialize)]
pub(crate) struct Link {
    ticket: String,
}

/// Turns a request with a ticket into a connection.
pub(crate) async fn link(
    State(sim): State<Arc<Sim>>,
    Query(link): Query<Link>,
    mut request: Request,
) -> Response {
    let key = request.headers().get("sec-websocket-key").cloned();
    let Some(key) = key else {
        return (StatusCode::BAD_REQUEST, "this address is for a WebSocket\n").into_response();
    };
    if !sim.sockets.redeem(&link.ticket, sim.config.deadlines.ticket) {
        return (StatusCode::FORBIDDEN, "the ticket is unknown, used or too old\n").into_response();
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => {
                let io = TokioIo::new(upgraded);
                serve(sim, WebSocketStream::from_raw_socket(io, Role::Server, None).await).await;
            }
            Err(error) => tracing::debug!(%error, "a connection was not made"),
        }
    });
    let accept = derive_accept_key(key.as_bytes());
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept);
    response.body(Body::empty()).expect("invariant: these headers are well formed")
}

/// The life of one connection.
async fn serve(sim: Arc<Sim>, mut socket: Socket) {
    let (outgoing, mut queue) = mpsc::unbounded_channel();
    let Some((number, count)) = sim.sockets.add(outgoing) else {
        let _ = socket.send(Frame::text(disconnect(Reason::TooManyWebsockets))).await;
        let _ = socket.close(None).await;
        return;
    };
    sim.change(|state| state.records.counters.connections += 1);
    if socket.send(Frame::text(hello(&sim, count))).await.is_ok() {
        converse(&sim, number, &mut socket, &mut queue).await;
    }
    sim.sockets.remove(number);
    let _ = socket.close(None).await;
    sim.change(|_| ());
}

/// Until either side closes, the connection's time is over, or the simulator stops.
async fn converse(
    sim: &Arc<Sim>,
    number: u64,
    socket: &mut Socket,
    queue: &mut mpsc::UnboundedReceiver<Outgoing>,
) {
    let deadlines = &sim.config.deadlines;
    let mut pings = interval(deadlines.ping);
    let warned = sleep(deadlines.connection.saturating_sub(deadlines.connection_warning));
    let over = sleep(deadlines.connection);
    tokio::pin!(warned, over);
    let mut told = false;
    loop {
        let sent = tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Frame::Text(text))) => { read(sim, &text); Ok(()) }
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => Ok(()),
            },
            next = queue.recv() => match next {
                Some(Outgoing::Text(text)) => socket.send(Frame::text(text)).await,
                Some(Outgoing::Close) | None => return,
            },
            _ = pings.tick() => socket.send(Frame::Ping(format!("Ping from {HOST}").into_bytes().into())).await,
            () = &mut warned, if !told => {
                told = true;
                socket.send(Frame::text(disconnect(Reason::Warning))).await
            }
            () = &mut over => {
                sim.sockets.leave(number);
                let _ = socket.send(Frame::text(disconnect(Reason::RefreshRequested))).await;
                return;
            }
            () = sim.stop.cancelled() => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// An acknowledgement: `{"envelope_id": …, "payload": …}`.
fn read(sim: &Arc<Sim>, text: &str) {
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else { return };
    let Some(id) = answer["envelope_id"].as_str().map(str::to_owned) else { return };
    let payload = answer.get_mut("payload").map(Value::take).filter(holds_something);
    if !sim.sockets.acknowledged(&id, payload) {
        sim.change(|state| state.records.counters.late_acknowledgements += 1);
    }
}

/// Clients that have nothing to say send no payload, `null`, `{}` or an empty text.
fn holds_something(payload: &Value) -> bool {
    !payload.is_null() && payload != &json!({}) && payload != &json!("")
}

fn hello(sim: &Sim, count: usize) -> String {
    let seconds = sim.config.deadlines.connection.as_secs();
    json!({
        "type": "hello", "num_connections": count,
        "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": seconds},
        "connection_info": {"app_id": APP_ID},
    })
    .to_string()
}

fn disconnect(reason: Reason) -> String {
    json!({"type": "disconnect", "reason": reason.name(), "debug_info": {"host": HOST}}).to_string()
}
