//! `conversations.*` and `users.conversations`.

use serde_json::{Value, json};

use super::chat::named;
use super::{Call, paged};
use crate::answer::{Answer, Refusal, refuse};
use crate::conversation::Kind;
use crate::sim::State;

pub(super) fn info(state: &mut State, call: &Call<'_>) -> Answer {
    Ok(json!({"channel": named(state, call)?.object(&call.bot.bot_user)}))
}

pub(super) fn join(state: &mut State, call: &Call<'_>) -> Answer {
    let channel = named(state, call)?;
    if channel.kind == Kind::Direct {
        return refuse("method_not_supported_for_channel_type");
    }
    if channel.archived {
        return refuse("is_archived");
    }
    let was = channel.has(&call.bot.bot_user);
    channel.join(&call.bot.bot_user);
    let mut answer = json!({"channel": channel.object(&call.bot.bot_user)});
    if was {
        answer["warning"] = Value::from("already_in_channel");
        answer["response_metadata"] = json!({"warnings": ["already_in_channel"]});
    }
    Ok(answer)
}

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let bot = &call.bot.bot_user;
    let channels = call.workspace(state).channels.values();
    let items: Vec<Value> =
        channels.filter(|channel| channel.kind == Kind::Public).map(|channel| channel.object(bot)).collect();
    paged(call.arguments, "channels", &items)
}

pub(super) fn of_user(state: &mut State, call: &Call<'_>) -> Answer {
    let bot = &call.bot.bot_user;
    let user = call.arguments.text("user").unwrap_or(bot);
    let channels = call.workspace(state).channels.values().filter(|channel| channel.kind == Kind::Public);
    let items: Vec<Value> =
        channels.filter(|channel| channel.has(user)).map(|channel| channel.object(bot)).collect();
    paged(call.arguments, "channels", &items)
}

pub(super) fn members(state: &mut State, call: &Call<'_>) -> Answer {
    let members: Vec<Value> = named(state, call)?.members.iter().cloned().map(Value::from).collect();
    paged(call.arguments, "members", &members)
}

/// The direct conversation with one user.
pub(super) fn open(state: &mut State, call: &Call<'_>) -> Answer {
    let workspace = call.workspace(state);
    let wanted = call.arguments.text("users").or_else(|| call.arguments.text("channel")).unwrap_or_default();
    let user = match workspace.channels.get(wanted).filter(|channel| channel.kind == Kind::Direct) {
        Some(channel) => channel.name.clone(),
        None => wanted.to_owned(),
    };
    let Some(found) = workspace.user(&user) else { return refuse("user_not_found") };
    if found.flags.iter().any(|flag| flag == "deleted") {
        return refuse("user_disabled");
    }
    let channel = workspace.direct(&user);
    if call.arguments.flag("return_im") {
        return Ok(json!({"channel": channel.object(&call.bot.bot_user)}));
    }
    Ok(json!({"channel": {"id": channel.id}}))
}

/// The newest messages of a conversation, newest first.
pub(super) fn history(state: &mut State, call: &Call<'_>) -> Answer {
    let channel = named(state, call)?;
    if !channel.has(&call.bot.bot_user) {
        return refuse("not_in_channel");
    }
    let shown = channel.messages.values().rev().filter(|message| message.only_for.is_none());
    let shown = shown.filter(|message| message.thread_ts.is_none() || message.broadcast);
    let items: Vec<Value> = shown.map(|message| message.object(&call.team)).collect();
    with_more(paged(call.arguments, "messages", &items)?)
}

/// A thread, oldest first.
pub(super) fn replies(state: &mut State, call: &Call<'_>) -> Answer {
    let channel = named(state, call)?;
    if !channel.has(&call.bot.bot_user) {
        return refuse("not_in_channel");
    }
    let thread = channel.thread(call.arguments.text("ts").unwrap_or_default());
    if thread.is_empty() {
        return Err(Refusal::Code("thread_not_found"));
    }
    let items: Vec<Value> = thread.into_iter().map(|message| message.object(&call.team)).collect();
    with_more(paged(call.arguments, "messages", &items)?)
}

fn with_more(mut answer: Value) -> Answer {
    answer["has_more"] = Value::Bool(answer["response_metadata"]["next_cursor"] != "");
    Ok(answer)
}
