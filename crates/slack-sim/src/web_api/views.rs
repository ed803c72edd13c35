//! `views.*`: modals are opened by a trigger, changed by id, and a home is published for a user.

use serde_json::{Value, json};

use super::Call;
use crate::answer::{Answer, Refusal, invalid_argument, refuse};
use crate::block_kit;
use crate::sim::State;
use crate::trigger::Holder;
use crate::view::View;

/// A view as JSON.
const SIZE_LIMIT: usize = 250_000;

pub(super) fn open(state: &mut State, call: &Call<'_>) -> Answer {
    let view = view(call, "modal")?;
    let holder = holder(state, call)?;
    shown(state, call, &holder, view, false)
}

pub(super) fn push(state: &mut State, call: &Call<'_>) -> Answer {
    let view = view(call, "modal")?;
    let holder = holder(state, call)?;
    if holder.view.is_none() {
        return invalid_argument("`trigger_id` does not come from a modal; views.push needs one that does");
    }
    shown(state, call, &holder, view, true)
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let definition = view(call, "modal")?;
    let (id, external) = (call.arguments.text("view_id"), call.arguments.text("external_id"));
    let found = state.views.find(id, external).filter(|view| view.team == call.team);
    let Some(view) = found else { return refuse("not_found") };
    if call.arguments.text("hash").is_some_and(|hash| hash != view.hash) {
        return refuse("hash_conflict");
    }
    view.define(definition);
    Ok(json!({"view": view.object(&call.bot.bot_id)}))
}

pub(super) fn publish(state: &mut State, call: &Call<'_>) -> Answer {
    let definition = view(call, "home")?;
    let workspace = call.workspace(state);
    let user = call.arguments.text("user_id").unwrap_or_default().to_owned();
    if workspace.user(&user).is_none() {
        return invalid_argument("invalid `user_id`");
    }
    let current = workspace.homes.get(&user).map(|home| home["hash"].clone());
    if call.arguments.text("hash").is_some_and(|hash| current != Some(Value::from(hash))) {
        return refuse("hash_conflict");
    }
    let home = View::home(&call.team, &user, definition).object(&call.bot.bot_id);
    workspace.homes.insert(user, home.clone());
    Ok(json!({"view": home}))
}

/// The `view` argument, checked.
fn view(call: &Call<'_>, kind: &str) -> Result<Value, Refusal> {
    let view = match call.arguments.nested("view") {
        Some(Ok(view @ Value::Object(_))) => view,
        Some(_) => return invalid_argument("must provide an object [json-pointer:/view]"),
        None => return invalid_argument("missing required field: view"),
    };
    if view.to_string().len() > SIZE_LIMIT {
        return refuse("view_too_large");
    }
    block_kit::check_view(&view, kind)
        .map_err(|messages| Refusal::Invalid { code: "invalid_arguments", messages })?;
    Ok(view)
}

fn holder(state: &mut State, call: &Call<'_>) -> Result<Holder, Refusal> {
    let Some(id) = call.arguments.text("trigger_id") else {
        return invalid_argument("missing required field: trigger_id");
    };
    let holder = state.triggers.exchange(id, call.config.deadlines.trigger, call.now);
    match holder {
        Ok(holder) if holder.team == call.team => Ok(holder),
        Ok(_) | Err("invalid_trigger_id") => invalid_argument("invalid `trigger_id`"),
        Err(code) => refuse(code),
    }
}

fn shown(state: &mut State, call: &Call<'_>, holder: &Holder, view: Value, push: bool) -> Answer {
    let external = view["external_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    if external.is_some_and(|external| state.views.find(None, Some(&external)).is_some()) {
        return refuse("duplicate_external_id");
    }
    let view = state.views.show(&holder.team, &holder.user, view, push).map_err(Refusal::Code)?;
    Ok(json!({"view": view.object(&call.bot.bot_id)}))
}
