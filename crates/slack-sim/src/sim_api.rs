//! `/_sim/…`: what tests and the page use: acting as a user, looking at what happened, and breaking connections.
//!
//! | request | what |
//! |---|---|
//! | `GET workspace?user=U…` | what this user sees: channels, messages, modal, App Home, notices |
//! | `GET messages?channel=C…` | every message that everybody sees, in order, as Slack's message objects |
//! | `GET log` | counters, calls, what became of messages, deliveries and their acknowledgements, connections |
//! | `GET users` | the people of all workspaces, and the app's commands, shortcuts and alerts |
//! | `GET changes` | server-sent events: a number that moves on with every change |
//! | `POST click`, `choose`, `submit`, `close`, `post`, `command`, `home`, `shortcut` | what people do |
//! | `POST alert` `{"number": 0}` | sends an alert sample |
//! | `POST disconnect` `{"reason": "warning"}` | tells the app to reconnect; `cut` closes without a word |
//! | `POST redeliver` `{"envelope_id": …}` | delivers the same payload once more |
//! | `POST request_urls` | signed requests in place of Socket Mode (`null`: back to it) |
//! | `POST archive` `{"channel": …}` | closes a channel for writing |

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::WatchStream;

use crate::acting::{self, Done, Impossible};
use crate::config::RequestUrls;
use crate::conversation::{Channel, Kind as ChannelKind};
use crate::delivery::{self, Kind, Outcome, Retry};
use crate::message::Message;
use crate::sim::{Sim, State};
use crate::socket::Reason;
use crate::workspace::Workspace;
use crate::{alert, http_delivery};

type TheSim = Shared<Arc<Sim>>;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    let looking = Router::new()
        .route("/workspace", get(workspace))
        .route("/messages", get(messages))
        .route("/log", get(log))
        .route("/users", get(users))
        .route("/changes", get(changes));
    let doing = Router::new()
        .route(
            "/click",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::click(&sim, act).await) }),
        )
        .route(
            "/choose",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::choose(&sim, &act)) }),
        )
        .route(
            "/submit",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::submit(&sim, act).await) }),
        )
        .route(
            "/close",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::close(&sim, act).await) }),
        )
        .route("/post", post(|Shared(sim): TheSim, Json(act)| async move { done(acting::post(&sim, &act)) }))
        .route(
            "/command",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::command(&sim, act).await) }),
        )
        .route("/home", post(|Shared(sim): TheSim, Json(act)| async move { done(acting::home(&sim, &act)) }))
        .route(
            "/shortcut",
            post(|Shared(sim): TheSim, Json(act)| async move { done(acting::shortcut(&sim, act).await) }),
        );
    let breaking = Router::new()
        .route("/alert", post(send_alert))
        .route("/disconnect", post(disconnect))
        .route("/redeliver", post(redeliver))
        .route("/request_urls", post(request_urls))
        .route("/archive", post(archive));
    looking.merge(doing).merge(breaking)
}

fn done(done: Done) -> Result<Json<Value>, Impossible> {
    done.map(Json)
}

#[derive(Deserialize)]
struct ByUser {
    user: String,
}

async fn workspace(Shared(sim): TheSim, Query(by): Query<ByUser>) -> Result<Json<Value>, Impossible> {
    let connections = sim.sockets.count();
    let transport = if sim.request_urls().is_some() { "http" } else { "socket" };
    let mut state = sim.state();
    let modal = modal(&state, &by.user);
    let notices: Vec<_> = state.notices.iter().filter(|notice| notice.user == by.user).cloned().collect();
    let workspace =
        state.workspace_of(&by.user).ok_or_else(|| Impossible(format!("there is no user {}", by.user)))?;
    let channels = workspace.channels.values().filter(|channel| channel.has(&by.user));
    let channels: Vec<Value> = channels.map(|channel| seen(workspace, channel, &by.user)).collect();
    let names: Vec<Value> = names(workspace);
    Ok(Json(json!({
        "team": {"id": workspace.id, "name": workspace.name},
        "installed": workspace.installation.is_some(), "names": names, "channels": channels,
        "home": workspace.homes.get(&by.user), "modal": modal, "notices": notices,
        "app": {"connections": connections, "transport": transport},
    })))
}

/// Who is called what in mentions.
fn names(workspace: &Workspace) -> Vec<Value> {
    let bot =
        workspace.installation.as_ref().map(|app| json!({"id": app.bot_user, "name": "dd0c", "bot": true}));
    let people = workspace
        .users
        .iter()
        .map(|user| json!({"id": user.id, "name": user.name, "real_name": user.real_name}));
    people.chain(bot).collect()
}

/// A channel as one user sees it.
fn seen(workspace: &Workspace, channel: &Channel, user: &str) -> Value {
    let visible = |message: &&Message| message.only_for.as_deref().is_none_or(|only| only == user);
    let message = |message: &Message| {
        let mut object = message.object(&workspace.id);
        object["only_for"] = json!(message.only_for);
        object["state"] = json!(message.state);
        object
    };
    let messages: Vec<Value> = channel.messages.values().filter(visible).map(message).collect();
    json!({
        "id": channel.id, "name": channel.name, "direct": channel.kind == ChannelKind::Direct,
        "archived": channel.archived, "messages": messages,
    })
}

fn modal(state: &State, user: &str) -> Option<Value> {
    let team = state.workspaces.values().find(|workspace| workspace.user(user).is_some())?;
    let view = state.views.top(&team.id, user)?;
    let mut object = view.object("");
    object["errors"] = json!(view.errors);
    Some(object)
}

#[derive(Deserialize)]
struct ByChannel {
    channel: String,
}

async fn messages(Shared(sim): TheSim, Query(by): Query<ByChannel>) -> Result<Json<Value>, Impossible> {
    let state = sim.state();
    let found = state.workspaces.values().find_map(|team| Some((team, team.channels.get(&by.channel)?)));
    let (team, channel) = found.ok_or_else(|| Impossible(format!("there is no channel {}", by.channel)))?;
    let shown = channel.messages.values().filter(|message| message.only_for.is_none());
    Ok(Json(shown.map(|message| message.object(&team.id)).collect()))
}

async fn log(Shared(sim): TheSim) -> Json<Value> {
    let connections = sim.sockets.count();
    let state = sim.state();
    let records = &state.records;
    Json(json!({
        "counters": records.counters, "calls": records.calls, "messages": records.messages,
        "deliveries": records.deliveries, "connections": connections, "notices": state.notices,
    }))
}

async fn users(Shared(sim): TheSim) -> Json<Value> {
    let state = sim.state();
    let teams: Vec<Value> = state
        .workspaces
        .values()
        .map(|team| json!({"id": team.id, "name": team.name, "installed": team.installation.is_some(), "users": names(team)}))
        .collect();
    let alerts: Vec<&str> = sim.config.alerts.iter().map(|alert| alert.name.as_str()).collect();
    let (commands, shortcuts) = (&sim.config.commands, &sim.config.message_shortcuts);
    Json(json!({"teams": teams, "commands": commands, "shortcuts": shortcuts, "alerts": alerts}))
}

async fn changes(Shared(sim): TheSim) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = sim.stop.clone().cancelled_owned();
    let numbers = WatchStream::new(sim.changes()).map(|number| Ok(Event::default().data(number.to_string())));
    Sse::new(numbers.take_until(stop)).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Alert {
    number: usize,
}

async fn send_alert(Shared(sim): TheSim, Json(alert): Json<Alert>) -> Json<Value> {
    Json(alert::send(&sim, alert.number).await)
}

#[derive(Deserialize)]
struct Disconnect {
    /// `None`: cut without a word.
    reason: Option<Reason>,
}

async fn disconnect(Shared(sim): TheSim, Json(wanted): Json<Disconnect>) -> Json<Value> {
    let told = match wanted.reason {
        Some(reason) => sim.sockets.disconnect(reason),
        None => sim.sockets.cut(),
    };
    Json(json!({"ok": true, "connections": told}))
}

#[derive(Deserialize)]
struct Redeliver {
    envelope_id: String,
}

/// A duplicate, as Slack sends one when connections overlap: the same payload in an envelope of its own.
async fn redeliver(Shared(sim): TheSim, Json(wanted): Json<Redeliver>) -> Result<Json<Value>, Impossible> {
    let found = sim
        .state()
        .records
        .deliveries
        .iter()
        .find(|delivered| delivered.envelope_id == wanted.envelope_id)
        .cloned();
    let found = found.ok_or_else(|| Impossible("nothing was delivered under this id".to_owned()))?;
    let kind =
        [Kind::Event, Kind::Interactive, Kind::Command].into_iter().find(|kind| kind.name() == found.kind);
    let kind = kind.expect("invariant: a delivery has one of the three kinds");
    let acknowledged = delivery::deliver(&sim, kind, found.payload, Retry::default()).await;
    Ok(Json(json!({"ok": true, "acknowledged": matches!(acknowledged, Outcome::Acknowledged { .. })})))
}

async fn request_urls(
    Shared(sim): TheSim,
    Json(urls): Json<Option<RequestUrls>>,
) -> Result<Json<Value>, Impossible> {
    if let Some(urls) = &urls
        && !http_delivery::verify(&sim, urls).await
    {
        return Err(Impossible("the events URL did not give the challenge back".to_owned()));
    }
    sim.set_request_urls(urls);
    Ok(Json(json!({"ok": true})))
}

async fn archive(Shared(sim): TheSim, Json(by): Json<ByChannel>) -> Result<Json<Value>, Impossible> {
    sim.change(|state| {
        let found = state.workspaces.values_mut().find_map(|team| team.channels.get_mut(&by.channel));
        let channel = found.ok_or_else(|| Impossible(format!("there is no channel {}", by.channel)))?;
        channel.archived = true;
        Ok(Json(json!({"ok": true})))
    })
}
