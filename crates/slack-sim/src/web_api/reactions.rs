//! `reactions.*`, by the bot.

use serde_json::{Value, json};

use super::Call;
use super::chat::named;
use crate::answer::{Answer, Refusal, refuse};
use crate::message::Message;
use crate::sim::State;

pub(super) fn add(state: &mut State, call: &Call<'_>) -> Answer {
    let name = name(call)?;
    let users = at(state, call)?.reactions.entry(name).or_default();
    if users.contains(&call.bot.bot_user) {
        return refuse("already_reacted");
    }
    users.push(call.bot.bot_user.clone());
    Ok(json!({}))
}

pub(super) fn remove(state: &mut State, call: &Call<'_>) -> Answer {
    let name = name(call)?;
    let reactions = &mut at(state, call)?.reactions;
    let users = reactions.get_mut(&name).filter(|users| users.contains(&call.bot.bot_user));
    let Some(users) = users else { return refuse("no_reaction") };
    users.retain(|user| user != &call.bot.bot_user);
    reactions.retain(|_, users| !users.is_empty());
    Ok(json!({}))
}

pub(super) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let team = call.team.clone();
    let message: Value = at(state, call)?.object(&team);
    Ok(json!({"type": "message", "channel": call.arguments.text("channel"), "message": message}))
}

fn name(call: &Call<'_>) -> Result<String, Refusal> {
    let name = call.arguments.text("name").unwrap_or_default().trim_matches(':');
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-+'".contains(&byte);
    if name.is_empty() || !name.bytes().all(known) {
        return refuse("invalid_name");
    }
    Ok(name.to_owned())
}

fn at<'s>(state: &'s mut State, call: &Call<'_>) -> Result<&'s mut Message, Refusal> {
    let channel = named(state, call)?;
    let ts = call.arguments.text("timestamp").unwrap_or_default();
    channel.messages.get_mut(ts).ok_or(Refusal::Code("message_not_found"))
}
