//! `chat.*`: messages come, change and go.

use serde_json::{Value, json};

use super::Call;
use crate::answer::{Answer, Refusal, refuse};
use crate::arguments::Arguments;
use crate::block_kit::{self, Surface};
use crate::conversation::{Channel, Kind};
use crate::message::{Author, Message, with_block_ids};
use crate::record::{MessageEvent, now_seconds};
use crate::sim::State;

/// What is longer is cut when posted, with a warning.
const CUT_AT: usize = 40_000;
/// What is longer is refused when a message is updated.
const UPDATE_LIMIT: usize = 4_000;
/// All blocks of a message as JSON. Slack publishes no figure; refusals are reported from about 13 kB on.
const BLOCKS_LIMIT: usize = 13_000;

/// Text and blocks of a message.
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) blocks: Option<Value>,
    cut: bool,
}

impl Content {
    /// Reads and checks them.
    ///
    /// # Errors
    /// `no_text`, `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`.
    pub(crate) fn read(arguments: &Arguments) -> Result<Self, Refusal> {
        let blocks = match arguments.nested("blocks") {
            None => None,
            Some(Ok(Value::Array(blocks))) if blocks.is_empty() => None,
            Some(Ok(blocks @ Value::Array(_))) => Some(blocks),
            Some(_) => return refuse("invalid_blocks_format"),
        };
        let text = arguments.text("text").unwrap_or_default();
        if blocks.is_none() && text.is_empty() {
            return refuse("no_text");
        }
        if let Some(blocks) = &blocks {
            block_kit::check(blocks, Surface::Message)
                .map_err(|messages| Refusal::Invalid { code: "invalid_blocks", messages })?;
            if blocks.to_string().len() > BLOCKS_LIMIT {
                return refuse("msg_blocks_too_long");
            }
        }
        let cut = text.chars().count() > CUT_AT;
        let text = if cut { text.chars().take(CUT_AT).collect() } else { text.to_owned() };
        Ok(Self { text, blocks: blocks.map(with_block_ids), cut })
    }
}

pub(super) fn post_message(state: &mut State, call: &Call<'_>) -> Answer {
    let content = Content::read(call.arguments)?;
    let channel = writable(state, call)?;
    let thread = thread_of(channel, call.arguments)?;
    let cut = content.cut;
    let message = written(channel, call, content, thread);
    let mut answer = json!({"channel": channel.id, "ts": message.ts, "message": message.object(&call.team)});
    if cut {
        answer["warning"] = Value::from("message_truncated");
        answer["response_metadata"] = json!({"warnings": ["message_truncated"]});
    }
    let event = event("posted", &call.team, &channel.id, &message);
    channel.messages.insert(message.ts.clone(), message);
    state.records.message(event);
    Ok(answer)
}

pub(super) fn post_ephemeral(state: &mut State, call: &Call<'_>) -> Answer {
    let content = Content::read(call.arguments)?;
    let user = call.arguments.text("user").unwrap_or_default().to_owned();
    let channel = writable(state, call)?;
    if !channel.has(&user) {
        return refuse("user_not_in_channel");
    }
    let thread = thread_of(channel, call.arguments)?;
    let mut message = written(channel, call, content, thread);
    message.only_for = Some(user);
    let ts = message.ts.clone();
    let event = event("ephemeral", &call.team, &channel.id, &message);
    channel.messages.insert(ts.clone(), message);
    state.records.message(event);
    Ok(json!({"message_ts": ts}))
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let content = Content::read(call.arguments)?;
    if content.text.chars().count() > UPDATE_LIMIT {
        return refuse("msg_too_long");
    }
    let channel = writable(state, call)?;
    let message = own(channel, call, "cant_update_message")?;
    message.edit(content.text, content.blocks);
    let message = message.clone();
    let id = channel.id.clone();
    state.records.message(event("updated", &call.team, &id, &message));
    let object = message.object(&call.team);
    Ok(json!({"channel": id, "ts": message.ts, "text": message.text, "message": object}))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let channel = writable(state, call)?;
    let message = own(channel, call, "cant_delete_message")?.clone();
    channel.messages.remove(&message.ts);
    let id = channel.id.clone();
    state.records.message(event("deleted", &call.team, &id, &message));
    Ok(json!({"channel": id, "ts": message.ts}))
}

pub(super) fn permalink(state: &mut State, call: &Call<'_>) -> Answer {
    let domain = call.workspace(state).domain.clone();
    let channel = named(state, call)?;
    let ts = call.arguments.text("message_ts").unwrap_or_default();
    let Some(message) = channel.messages.get(ts) else { return refuse("message_not_found") };
    let mut link = format!("https://{domain}.slack.com/archives/{}/p{}", channel.id, ts.replace('.', ""));
    if let Some(thread) = &message.thread_ts {
        link = format!("{link}?thread_ts={thread}&cid={}", channel.id);
    }
    Ok(json!({"channel": channel.id, "permalink": link}))
}

/// The conversation that `channel` names: by id, by `#name`, or the direct one of a user's id.
pub(super) fn named<'s>(state: &'s mut State, call: &Call<'_>) -> Result<&'s mut Channel, Refusal> {
    let workspace = call.workspace(state);
    let wanted = call.arguments.text("channel").unwrap_or_default();
    if workspace.user(wanted).is_some() {
        return Ok(workspace.direct(wanted));
    }
    let name = wanted.strip_prefix('#');
    let fits = |channel: &&mut Channel| {
        channel.id == wanted || (channel.kind == Kind::Public && name == Some(&channel.name))
    };
    workspace.channels.values_mut().find(fits).ok_or(Refusal::Code("channel_not_found"))
}

fn writable<'s>(state: &'s mut State, call: &Call<'_>) -> Result<&'s mut Channel, Refusal> {
    let channel = named(state, call)?;
    if channel.archived {
        return refuse("is_archived");
    }
    if !channel.has(&call.bot.bot_user) {
        return refuse("not_in_channel");
    }
    Ok(channel)
}

/// The thread to write to: of an answer's timestamp, the thread that it stands in.
fn thread_of(channel: &Channel, arguments: &Arguments) -> Result<Option<String>, Refusal> {
    let Some(ts) = arguments.text("thread_ts") else { return Ok(None) };
    let first = channel.messages.get(ts).ok_or(Refusal::Code("thread_not_found"))?;
    Ok(Some(first.thread_ts.clone().unwrap_or_else(|| ts.to_owned())))
}

fn written(channel: &mut Channel, call: &Call<'_>, content: Content, thread: Option<String>) -> Message {
    let author = Author::Bot { user: call.bot.bot_user.clone(), bot: call.bot.bot_id.clone() };
    let mut message = Message::new(channel.next_ts(), author, content.text);
    message.broadcast = thread.is_some() && call.arguments.flag("reply_broadcast");
    message.thread_ts = thread;
    message.blocks = content.blocks;
    message.metadata = call.arguments.nested("metadata").and_then(Result::ok);
    message
}

/// The bot's own message at `ts`, which everybody sees.
fn own<'c>(
    channel: &'c mut Channel,
    call: &Call<'_>,
    refusal: &'static str,
) -> Result<&'c mut Message, Refusal> {
    let ts = call.arguments.text("ts").unwrap_or_default();
    let message = channel.messages.get_mut(ts).filter(|message| message.only_for.is_none());
    let message = message.ok_or(Refusal::Code("message_not_found"))?;
    if message.author.user() != call.bot.bot_user {
        return refuse(refusal);
    }
    Ok(message)
}

/// The record of what became of a message.
pub(crate) fn event(what: &'static str, team: &str, channel: &str, message: &Message) -> MessageEvent {
    MessageEvent {
        at: now_seconds(),
        what,
        team: team.to_owned(),
        channel: channel.to_owned(),
        ts: message.ts.clone(),
        thread_ts: message.thread_ts.clone(),
        user: message.only_for.clone(),
        text: message.text.clone(),
        blocks: message.blocks.clone(),
    }
}
