//! Writing messages and commands, opening the App Home, message shortcuts.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::element::message_of;
use super::{Done, Impossible, channel_name, channel_of, impossible, interact, person, trigger};
use crate::conversation::Kind as ChannelKind;
use crate::credentials::secret;
use crate::delivery::{self, Kind, Outcome, Retry, deliver};
use crate::message::{Author, Message};
use crate::payload;
use crate::response_url::{Place, respond_with};
use crate::sim::Sim;
use crate::web_api::event;

/// A message that a person writes.
#[derive(Deserialize)]
pub(crate) struct Post {
    pub(crate) user: String,
    /// The channel; `bot` is the direct conversation with the app.
    pub(crate) channel: String,
    pub(crate) text: String,
    pub(crate) thread_ts: Option<String>,
}

/// A slash command that a person types.
#[derive(Deserialize)]
pub(crate) struct Command {
    pub(crate) user: String,
    pub(crate) channel: String,
    /// The whole line: `/dd0c status`.
    pub(crate) text: String,
}

/// A person opens the App Home.
#[derive(Deserialize)]
pub(crate) struct Home {
    pub(crate) user: String,
}

/// A person chooses a shortcut of a message.
#[derive(Deserialize)]
pub(crate) struct Shortcut {
    pub(crate) user: String,
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) callback_id: String,
}

/// Writes: everybody sees it; the app hears of it when it is mentioned or written to.
pub(crate) fn post(sim: &Arc<Sim>, post: &Post) -> Done {
    let (team, bot, ts, told) = sim.change(|state| {
        let (workspace, _, app) = person(state, &post.user)?;
        let team = workspace.id.clone();
        let id = if post.channel == "bot" {
            workspace.direct(&post.user).id.clone()
        } else {
            post.channel.clone()
        };
        let text = with_mentions(&post.text, &app.bot_user);
        let channel = channel_of(workspace, &id, &post.user)?;
        let mut message = Message::new(channel.next_ts(), Author::User(post.user.clone()), text.clone());
        message.thread_ts.clone_from(&post.thread_ts);
        message.blocks = Some(json!([{"type": "rich_text", "block_id": secret(3), "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]}]));
        let mut told = message.object(&team);
        told["client_msg_id"] = Value::from(secret(16));
        told["channel"] = Value::from(id.clone());
        told["event_ts"] = Value::from(message.ts.clone());
        let direct = channel.kind == ChannelKind::Direct;
        if direct {
            told["channel_type"] = Value::from("im");
        } else {
            told["type"] = Value::from("app_mention");
        }
        let ts = message.ts.clone();
        let mentioned = text.contains(&format!("<@{}>", app.bot_user)) && channel.has(&app.bot_user);
        let record = event("posted", &team, &id, &message);
        channel.messages.insert(ts.clone(), message);
        state.records.message(record);
        Ok::<_, Impossible>((team, app.bot_user, ts, (direct || mentioned).then_some(told)))
    })?;
    let heard = told.is_some();
    if let Some(told) = told {
        delivery::event(sim, &team, &bot, told);
    }
    Ok(json!({"ok": true, "ts": ts, "told_the_app": heard}))
}

/// `@dd0c` as a person types it becomes the mention that Slack stores.
fn with_mentions(text: &str, bot: &str) -> String {
    text.replace("@dd0c", &format!("<@{bot}>")).replace("<<@", "<@")
}

/// Types a command: the app has three seconds, and what it answers at once is shown.
pub(crate) async fn command(sim: &Arc<Sim>, command: Command) -> Done {
    let (name, rest) =
        command.text.trim().split_once(char::is_whitespace).unwrap_or((command.text.trim(), ""));
    if !sim.config.commands.iter().any(|known| known == name) {
        return impossible(format!("{name} is not a valid command"));
    }
    let (place, payload) = sim.change(|state| {
        let (workspace, user, _) = person(state, &command.user)?;
        let team = workspace.id.clone();
        let id = if command.channel == "bot" {
            workspace.direct(&user.id).id.clone()
        } else {
            command.channel.clone()
        };
        let place =
            Place { team: team.clone(), channel: id.clone(), user: user.id, message: None, thread: None };
        let url = state.response_urls.make(&sim.base_url, "commands", place.clone(), Instant::now());
        let trigger = trigger(state, &team, &command.user, None);
        let (workspace, user, _) = person(state, &command.user)?;
        let named = channel_name(channel_of(workspace, &id, &user.id)?).to_owned();
        let payload =
            payload::command(workspace, &user, (&id, &named), (name, rest.trim()), (&url, &trigger));
        Ok::<_, Impossible>((place, payload))
    })?;
    match deliver(sim, Kind::Command, payload, Retry::default()).await {
        Outcome::Silent(reason) => {
            let text =
                format!("{name} failed because the app did not respond. Learn more about slash commands.");
            sim.notice(&command.user, text.clone());
            Ok(json!({"ok": true, "acknowledged_ms": null, "reason": reason, "shown": text}))
        }
        Outcome::Acknowledged { after, answer } => {
            let refused = answer
                .clone()
                .and_then(|answer| sim.change(|state| respond_with(state, &place, answer)).err());
            let refused = refused.map(|refusal| refusal.code());
            let milliseconds = after.as_secs_f64() * 1e3;
            Ok(json!({"ok": true, "acknowledged_ms": milliseconds, "answer": answer, "refused": refused}))
        }
    }
}

/// Opens the home: the app hears of it and may publish a new one.
pub(crate) fn home(sim: &Arc<Sim>, home: &Home) -> Done {
    let (team, bot, told) = sim.change(|state| {
        let (workspace, user, app) = person(state, &home.user)?;
        let channel = workspace.direct(&user.id).id.clone();
        let now = crate::conversation::ts(chrono::Utc::now().timestamp_micros());
        let mut told =
            json!({"type": "app_home_opened", "user": user.id, "channel": channel, "tab": "home", "event_ts": now});
        if let Some(view) = workspace.homes.get(&user.id) {
            told["view"] = view.clone();
        }
        Ok::<_, Impossible>((workspace.id.clone(), app.bot_user, told))
    })?;
    delivery::event(sim, &team, &bot, told);
    Ok(json!({"ok": true}))
}

/// Chooses a message shortcut.
pub(crate) async fn shortcut(sim: &Arc<Sim>, shortcut: Shortcut) -> Done {
    if !sim.config.message_shortcuts.iter().any(|(id, _)| *id == shortcut.callback_id) {
        return impossible(format!("the app has no message shortcut {:?}", shortcut.callback_id));
    }
    let payload = sim.change(|state| {
        let (workspace, ..) = person(state, &shortcut.user)?;
        let team = workspace.id.clone();
        let trigger = trigger(state, &team, &shortcut.user, None);
        let (workspace, user, _) = person(state, &shortcut.user)?;
        let mut payload = payload::interaction(workspace, &user, "message_action", &trigger);
        let channel = channel_of(workspace, &shortcut.channel, &user.id)?;
        let named = json!({"id": channel.id, "name": channel_name(channel)});
        let message = message_of(channel, &shortcut.ts, &user.id)?;
        payload["callback_id"] = Value::from(shortcut.callback_id.clone());
        payload["message_ts"] = Value::from(message.ts.clone());
        payload["message"] = message.object(&team);
        let thread = message.thread_ts.clone();
        let place = Place {
            team,
            channel: shortcut.channel.clone(),
            user: user.id,
            message: Some(shortcut.ts.clone()),
            thread,
        };
        payload["channel"] = named;
        payload["action_ts"] = Value::from(crate::conversation::ts(chrono::Utc::now().timestamp_micros()));
        payload["response_url"] =
            Value::from(state.response_urls.make(&sim.base_url, "app", place, Instant::now()));
        Ok::<_, Impossible>(payload)
    })?;
    Ok(interact(sim, &shortcut.user, payload, "⚠️ This app did not answer in time.").await.0)
}
