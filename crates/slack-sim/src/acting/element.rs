//! Buttons, menus and inputs in messages, modals and homes.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Done, Impossible, channel_name, channel_of, impossible, interact, person, trigger};
use crate::message::Message;
use crate::payload;
use crate::response_url::Place;
use crate::sim::{Sim, State};
use crate::view::{initial_values, state_field};

/// A click on an element, or a choice in it. Either `ts` with `channel` (a message), `view_id` (a modal), or neither
/// (the person's App Home).
#[derive(Clone, Deserialize)]
pub(crate) struct Click {
    pub(crate) user: String,
    pub(crate) channel: Option<String>,
    pub(crate) ts: Option<String>,
    pub(crate) view_id: Option<String>,
    pub(crate) action_id: String,
    /// Which block, when several have an element of this name.
    pub(crate) block_id: Option<String>,
    /// The value of the option that is chosen, the text that is typed; a list where several can be chosen.
    #[serde(default)]
    pub(crate) value: Value,
    /// The person said yes in the element's confirmation dialog.
    #[serde(default)]
    pub(crate) confirmed: bool,
    /// The person still sees the message as it was before its last edits: a click that crosses an edit on its way.
    #[serde(default)]
    pub(crate) stale: bool,
}

/// Clicks: the app is told.
pub(crate) async fn click(sim: &Arc<Sim>, click: Click) -> Done {
    let base_url = sim.base_url.clone();
    let payload = sim.change(|state| {
        let target = find(state, &click)?;
        if !target.element["confirm"].is_null() && !click.confirmed {
            let asked = &target.element["confirm"]["text"]["text"];
            return impossible(format!("this element asks first ({asked}); say confirmed: true"));
        }
        let chosen = chosen(&target.element, &click.value)?;
        remember(state, &click, &target, chosen.as_ref())?;
        prepare(state, &click, &target, chosen.as_ref(), &base_url)
    })?;
    let trouble = "⚠️ This app did not answer in time. Nothing may have happened.";
    Ok(interact(sim, &click.user, payload, trouble).await.0)
}

/// Chooses or types in an input of a message or modal without telling the app, which hears of it at the next click or
/// submission.
pub(crate) fn choose(sim: &Arc<Sim>, click: &Click) -> Done {
    sim.change(|state| {
        let target = find(state, click)?;
        let chosen = chosen(&target.element, &click.value)?;
        if chosen.is_none() {
            return impossible("this element holds no value");
        }
        remember(state, click, &target, chosen.as_ref())?;
        Ok(json!({"ok": true}))
    })
}

struct Target {
    block_id: String,
    element: Value,
}

fn find(state: &mut State, click: &Click) -> Result<Target, Impossible> {
    let versions = versions(state, click)?;
    let fits = |blocks: &Value| element_in(blocks, &click.action_id, click.block_id.as_deref());
    versions
        .iter()
        .find_map(fits)
        .ok_or_else(|| Impossible(format!("{} sees no element {:?} there", click.user, click.action_id)))
}

/// The blocks that the person may see: the newest, and with `stale` those before.
fn versions(state: &mut State, click: &Click) -> Result<Vec<Value>, Impossible> {
    if let Some(id) = &click.view_id {
        let view = state.views.open.get(id).filter(|view| view.user == click.user);
        let view = view.ok_or_else(|| Impossible(format!("{} has no modal {id} open", click.user)))?;
        return Ok(vec![view.definition["blocks"].clone()]);
    }
    let (workspace, ..) = person(state, &click.user)?;
    let (Some(channel), Some(ts)) = (&click.channel, &click.ts) else {
        return Ok(workspace.homes.get(&click.user).map(|home| home["blocks"].clone()).into_iter().collect());
    };
    let message = message_of(channel_of(workspace, channel, &click.user)?, ts, &click.user)?;
    let mut versions: Vec<Value> = message.blocks.iter().cloned().collect();
    if click.stale {
        versions.extend(message.before.iter().rev().flatten().cloned());
    }
    Ok(versions)
}

/// A message that the person sees.
pub(super) fn message_of<'c>(
    channel: &'c mut crate::conversation::Channel,
    ts: &str,
    user: &str,
) -> Result<&'c mut Message, Impossible> {
    let seen = |message: &&mut Message| message.only_for.as_deref().is_none_or(|only| only == user);
    channel
        .messages
        .get_mut(ts)
        .filter(seen)
        .ok_or_else(|| Impossible(format!("{user} sees no message {ts}")))
}

fn element_in(blocks: &Value, action: &str, block_id: Option<&str>) -> Option<Target> {
    blocks.as_array()?.iter().find_map(|block| {
        let id = block["block_id"].as_str().unwrap_or_default();
        if block_id.is_some_and(|wanted| wanted != id) {
            return None;
        }
        let several = block["elements"].as_array().into_iter().flatten();
        let mut elements = several.chain([&block["accessory"], &block["element"]]);
        let element = elements.find(|element| element["action_id"] == action)?;
        Some(Target { block_id: id.to_owned(), element: element.clone() })
    })
}

/// The state of an element after `value` was chosen in it. `None` of a button.
pub(super) fn chosen(element: &Value, value: &Value) -> Result<Option<Value>, Impossible> {
    let kind = element["type"].as_str().unwrap_or_default();
    if kind == "overflow" {
        return Ok(Some(json!({"selected_option": option(element, value)?})));
    }
    let Some((field, _)) = state_field(kind) else { return Ok(None) };
    let chosen = match field {
        "selected_option" if value.is_null() => Value::Null,
        "selected_option" => option(element, value)?,
        "selected_options" => {
            let values = value.as_array().cloned().unwrap_or_default();
            values.iter().map(|value| option(element, value)).collect::<Result<Value, _>>()?
        }
        _ => value.clone(),
    };
    let mut state = json!({"type": kind});
    state[field] = chosen;
    Ok(Some(state))
}

/// The option with this value, of the element's own or of its groups.
fn option(element: &Value, value: &Value) -> Result<Value, Impossible> {
    let grouped = element["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
    let mut lists = std::iter::once(&element["options"]).chain(grouped);
    let found = lists.find_map(|list| list.as_array()?.iter().find(|option| &option["value"] == value));
    found
        .cloned()
        .ok_or_else(|| Impossible(format!("there is no option {value} in {}", element["action_id"])))
}

/// Keeps what was chosen where a submission or the next click will look.
fn remember(
    state: &mut State,
    click: &Click,
    target: &Target,
    chosen: Option<&Value>,
) -> Result<(), Impossible> {
    let Some(chosen) = chosen.filter(|_| target.element["type"] != "overflow") else { return Ok(()) };
    let values: &mut Map<String, Value> = if let Some(id) = &click.view_id {
        match state.views.open.get_mut(id) {
            Some(view) => &mut view.state,
            None => return impossible("the modal is closed"),
        }
    } else if let (Some(channel), Some(ts)) = (&click.channel, &click.ts) {
        let (workspace, ..) = person(state, &click.user)?;
        &mut message_of(channel_of(workspace, channel, &click.user)?, ts, &click.user)?.state
    } else {
        return Ok(());
    };
    values.entry(target.block_id.clone()).or_insert_with(|| json!({}))[&click.action_id] = chosen.clone();
    Ok(())
}

/// The `block_actions` payload.
fn prepare(
    state: &mut State,
    click: &Click,
    target: &Target,
    chosen: Option<&Value>,
    base_url: &str,
) -> Result<Value, Impossible> {
    let (workspace, user, app) = person(state, &click.user)?;
    let team = workspace.id.clone();
    let home = workspace.homes.get(&click.user).cloned();
    let trigger = trigger(state, &team, &click.user, click.view_id.as_deref());
    let (workspace, ..) = person(state, &click.user)?;
    let mut payload = payload::interaction(workspace, &user, "block_actions", &trigger);
    payload["actions"] = json!([payload::action(&target.block_id, &target.element, chosen)]);
    if let (Some(channel), Some(ts)) = (&click.channel, &click.ts) {
        let channel = channel_of(workspace, channel, &click.user)?;
        let named = json!({"id": channel.id, "name": channel_name(channel)});
        let message = message_of(channel, ts, &click.user)?;
        payload["container"] = container(message, &click.channel);
        payload["channel"] = named;
        payload["message"] = message.object(&team);
        payload["state"] = json!({"values": message_values(message)});
        let place = Place {
            team,
            channel: click.channel.clone().unwrap_or_default(),
            user: click.user.clone(),
            message: Some(ts.clone()),
            thread: message.thread_ts.clone(),
        };
        payload["response_url"] =
            Value::from(state.response_urls.make(base_url, "actions", place, Instant::now()));
        return Ok(payload);
    }
    let view = match &click.view_id {
        Some(id) => state.views.open.get(id).map(|view| view.object(&app.bot_id)),
        None => home,
    };
    let view = view.ok_or_else(|| Impossible("the view is closed".to_owned()))?;
    payload["container"] = json!({"type": "view", "view_id": view["id"]});
    payload["view"] = view;
    Ok(payload)
}

fn container(message: &Message, channel: &Option<String>) -> Value {
    let ephemeral = message.only_for.is_some();
    let mut container = json!({"type": "message", "message_ts": message.ts, "channel_id": channel, "is_ephemeral": ephemeral});
    if let Some(thread) = &message.thread_ts {
        container["thread_ts"] = Value::from(thread.clone());
    }
    container
}

fn message_values(message: &Message) -> Map<String, Value> {
    let mut values = message.blocks.as_ref().map(initial_values).unwrap_or_default();
    for (block, actions) in &message.state {
        let entry = values.entry(block.clone()).or_insert_with(|| json!({}));
        for (action, value) in actions.as_object().into_iter().flatten() {
            entry[action] = value.clone();
        }
    }
    values
}
