//! What people do: write, click, choose, submit, close, type a command, open the App Home.
//!
//! Each act first looks whether a person could do it (the button is there, the person sees the message), then tells
//! the app and waits for its acknowledgement as Slack does, and shows the person what Slack would show.

mod element;
mod modal;
mod writing;

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(crate) use element::{choose, click};
pub(crate) use modal::{close, submit};
pub(crate) use writing::{command, home, post, shortcut};

use crate::conversation::{Channel, Kind as ChannelKind};
use crate::delivery::{Kind, Outcome, Retry, deliver};
use crate::sim::{Sim, State};
use crate::trigger::Holder;
use crate::workspace::{Installation, UserSeed, Workspace};

/// What became of an act: what was told to the app and how long it took to acknowledge.
pub(crate) type Done = Result<Value, Impossible>;

/// Why a person cannot do this.
#[derive(Debug)]
pub(crate) struct Impossible(pub(crate) String);

impl IntoResponse for Impossible {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, Json(json!({"ok": false, "error": self.0}))).into_response()
    }
}

fn impossible<T>(why: impl Into<String>) -> Result<T, Impossible> {
    Err(Impossible(why.into()))
}

/// The workspace, the person and the app in it.
fn person<'s>(
    state: &'s mut State,
    user: &str,
) -> Result<(&'s mut Workspace, UserSeed, Installation), Impossible> {
    let Some(workspace) = state.workspace_of(user) else {
        return impossible(format!("there is no user {user}"));
    };
    let person = workspace.user(user).cloned().expect("invariant: the workspace was found by this user");
    let Some(app) = workspace.installation.clone() else {
        return impossible(format!("the app is not installed in {}", workspace.name));
    };
    Ok((workspace, person, app))
}

/// A channel that the person is in.
fn channel_of<'w>(workspace: &'w mut Workspace, id: &str, user: &str) -> Result<&'w mut Channel, Impossible> {
    let found = workspace.channels.get_mut(id).filter(|channel| channel.has(user));
    found.ok_or_else(|| Impossible(format!("{user} is in no channel {id}")))
}

fn trigger(state: &mut State, team: &str, user: &str, view: Option<&str>) -> String {
    let holder = Holder { team: team.to_owned(), user: user.to_owned(), view: view.map(str::to_owned) };
    state.triggers.make(holder, Instant::now())
}

/// Sends an interaction. When nobody acknowledges, the person sees `trouble`.
async fn interact(sim: &Arc<Sim>, user: &str, payload: Value, trouble: &str) -> (Value, Option<Value>) {
    match deliver(sim, Kind::Interactive, payload, Retry::default()).await {
        Outcome::Acknowledged { after, answer } => {
            (json!({"ok": true, "acknowledged_ms": after.as_secs_f64() * 1e3, "answer": answer}), answer)
        }
        Outcome::Silent(reason) => {
            sim.notice(user, trouble.to_owned());
            (json!({"ok": true, "acknowledged_ms": null, "reason": reason, "shown": trouble}), None)
        }
    }
}

/// The name that payloads give a conversation.
fn channel_name(channel: &Channel) -> &str {
    if channel.kind == ChannelKind::Direct { "directmessage" } else { &channel.name }
}
