//! Response URLs: five answers within thirty minutes to where somebody clicked or typed a command.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::arguments::Arguments;
use crate::credentials::secret;
use crate::message::{Author, Message};
use crate::sim::{Sim, State};
use crate::web_api::{Content, event};

/// Where an answer goes.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) team: String,
    pub(crate) channel: String,
    pub(crate) user: String,
    /// The message that was clicked, and its thread.
    pub(crate) message: Option<String>,
    pub(crate) thread: Option<String>,
}

#[derive(Default)]
pub(crate) struct ResponseUrls {
    live: HashMap<String, Live>,
}

struct Live {
    place: Place,
    made: Instant,
    used: u32,
}

impl ResponseUrls {
    /// A new URL under `base_url`; `kind` is `actions` or `commands`.
    pub(crate) fn make(&mut self, base_url: &str, kind: &str, place: Place, now: Instant) -> String {
        let id = secret(12);
        self.live.insert(id.clone(), Live { place, made: now, used: 0 });
        format!("{base_url}/hooks/{kind}/{id}")
    }

    fn take(&mut self, id: &str, uses: u32, life: Duration, now: Instant) -> Result<Place, &'static str> {
        let Some(live) = self.live.get_mut(id) else { return Err("expired_url") };
        if now.saturating_duration_since(live.made) > life {
            return Err("expired_url");
        }
        if live.used >= uses {
            return Err("used_url");
        }
        live.used += 1;
        Ok(live.place.clone())
    }
}

/// `POST` of an answer.
pub(crate) async fn answer(
    Shared(sim): Shared<Arc<Sim>>,
    Path((_kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refused =
        |status, code: &str| (status, axum::Json(json!({"ok": false, "error": code}))).into_response();
    let Ok(arguments) = Arguments::read(&headers, None, &body) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_payload");
    };
    let deadlines = &sim.config.deadlines;
    let done = sim.change(|state| {
        let (uses, life) = (deadlines.response_url_uses, deadlines.response_url);
        let place = state.response_urls.take(&id, uses, life, Instant::now()).map_err(Refusal::Code)?;
        respond(state, &place, &arguments)
    });
    match done {
        Ok(()) => "ok".into_response(),
        Err(refusal @ Refusal::Code("expired_url" | "used_url")) => {
            refused(StatusCode::NOT_FOUND, refusal.code())
        }
        Err(refusal) => refused(StatusCode::BAD_REQUEST, refusal.code()),
    }
}

/// Writes what an app answers: to the URL, or in its acknowledgement of a command.
pub(crate) fn respond(state: &mut State, place: &Place, arguments: &Arguments) -> Result<(), Refusal> {
    let original = place.message.as_deref();
    if arguments.flag("delete_original") {
        return change_original(state, place, original, None);
    }
    let content = Content::read(arguments)?;
    if arguments.flag("replace_original") {
        return change_original(state, place, original, Some(content));
    }
    let in_channel = arguments.text("response_type") == Some("in_channel");
    post(state, place, arguments.text("thread_ts"), content, !in_channel)
}

fn change_original(
    state: &mut State,
    place: &Place,
    original: Option<&str>,
    content: Option<Content>,
) -> Result<(), Refusal> {
    let channel =
        state.workspaces.get_mut(&place.team).and_then(|team| team.channels.get_mut(&place.channel));
    let channel = channel.ok_or(Refusal::Code("channel_not_found"))?;
    let ts = original.ok_or(Refusal::Code("message_not_found"))?;
    let what = if content.is_some() { "updated" } else { "deleted" };
    let message = match content {
        Some(content) => {
            let message = channel.messages.get_mut(ts).ok_or(Refusal::Code("message_not_found"))?;
            message.edit(content.text, content.blocks);
            message.clone()
        }
        None => channel.messages.remove(ts).ok_or(Refusal::Code("message_not_found"))?,
    };
    state.records.message(event(what, &place.team, &place.channel, &message));
    Ok(())
}

fn post(
    state: &mut State,
    place: &Place,
    thread: Option<&str>,
    content: Content,
    ephemeral: bool,
) -> Result<(), Refusal> {
    let workspace = state.workspaces.get_mut(&place.team).ok_or(Refusal::Code("channel_not_found"))?;
    let bot = workspace.installation.clone().ok_or(Refusal::Code("account_inactive"))?;
    let channel = workspace.channels.get_mut(&place.channel).ok_or(Refusal::Code("channel_not_found"))?;
    let author = Author::Bot { user: bot.bot_user, bot: bot.bot_id };
    let mut message = Message::new(channel.next_ts(), author, content.text);
    message.blocks = content.blocks;
    message.thread_ts = thread.map(str::to_owned).or_else(|| place.thread.clone());
    message.only_for = ephemeral.then(|| place.user.clone());
    let what = if ephemeral { "ephemeral" } else { "posted" };
    let record = event(what, &place.team, &place.channel, &message);
    channel.messages.insert(message.ts.clone(), message);
    state.records.message(record);
    Ok(())
}

/// The answer inside an acknowledgement of a command, which is written like one to its response URL.
pub(crate) fn respond_with(state: &mut State, place: &Place, answer: Value) -> Result<(), Refusal> {
    respond(state, place, &Arguments::of(answer))
}
