//! Submitting and closing modals, and what the app's answer does to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::element::chosen;
use super::{Done, Impossible, impossible, interact, person, trigger};
use crate::block_kit;
use crate::payload;
use crate::sim::{Sim, State};
use crate::view::View;

/// A submission of the modal on top.
#[derive(Deserialize)]
pub(crate) struct Submit {
    pub(crate) user: String,
    /// Which one; the top one when it is not said.
    pub(crate) view_id: Option<String>,
    /// What is typed or chosen in each input block, by block id: the text, or the value of the option. What is not
    /// named stays as it is.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, Value>,
}

/// Closing the modal on top.
#[derive(Deserialize)]
pub(crate) struct Close {
    pub(crate) user: String,
    pub(crate) view_id: Option<String>,
    /// All of the stack, as the cross does.
    #[serde(default)]
    pub(crate) all: bool,
}

/// Submits: the app answers with nothing (the modal closes), errors under fields, or another view.
pub(crate) async fn submit(sim: &Arc<Sim>, submit: Submit) -> Done {
    let prepared = sim.change(|state| {
        let mut view = open_view(state, &submit.user, submit.view_id.as_deref())?;
        if view.definition["submit"].is_null() && !has_inputs(&view.definition) {
            return impossible("this modal has nothing to submit");
        }
        fill(&mut view, &submit.values)?;
        view.errors = missing(&view);
        state.views.open.insert(view.id.clone(), view.clone());
        if !view.errors.is_empty() {
            return Ok(Err(json!({"ok": true, "errors": view.errors})));
        }
        let trigger = trigger(state, &view.team, &view.user, Some(&view.id));
        let (workspace, user, app) = person(state, &submit.user)?;
        let mut payload = payload::interaction(workspace, &user, "view_submission", &trigger);
        payload["view"] = view.object(&app.bot_id);
        payload["response_urls"] = json!([]);
        Ok(Ok((view.id, payload)))
    })?;
    let (view, payload) = match prepared {
        Ok(prepared) => prepared,
        Err(refused) => return Ok(refused),
    };
    let trouble = "We had some trouble connecting. Try again?";
    let (mut done, answer) = interact(sim, &submit.user, payload, trouble).await;
    if done["acknowledged_ms"].is_null() {
        return Ok(done);
    }
    let answered = sim.change(|state| apply(state, &view, answer.as_ref()));
    if let Err(Impossible(why)) = answered {
        sim.notice(&submit.user, trouble.to_owned());
        done["refused"] = Value::from(why);
    }
    done["errors"] = sim.state().views.open.get(&view).map_or(json!({}), |view| json!(view.errors));
    Ok(done)
}

/// Closes; the app is told when it asked for it.
pub(crate) async fn close(sim: &Arc<Sim>, close: Close) -> Done {
    let payload = sim.change(|state| {
        let view = open_view(state, &close.user, close.view_id.as_deref())?;
        let all = close.all || view.definition["clear_on_close"] == true;
        state.views.close(&view.id, all);
        if view.definition["notify_on_close"] != true {
            return Ok(None);
        }
        let (workspace, user, app) = person(state, &close.user)?;
        let mut payload = payload::interaction(workspace, &user, "view_closed", "");
        if let Some(payload) = payload.as_object_mut() {
            payload.remove("trigger_id");
        }
        payload["view"] = view.object(&app.bot_id);
        payload["is_cleared"] = Value::Bool(all);
        Ok(Some(payload))
    })?;
    match payload {
        None => Ok(json!({"ok": true})),
        Some(payload) => {
            Ok(interact(sim, &close.user, payload, "⚠️ This app did not answer in time.").await.0)
        }
    }
}

fn open_view(state: &mut State, user: &str, id: Option<&str>) -> Result<View, Impossible> {
    let team = person(state, user)?.0.id.clone();
    let view = state.views.top(&team, user).filter(|view| id.is_none_or(|id| view.id == id));
    view.cloned().ok_or_else(|| Impossible(format!("{user} has no such modal on top")))
}

fn inputs(definition: &Value) -> impl Iterator<Item = &Value> {
    definition["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "input")
}

fn has_inputs(definition: &Value) -> bool {
    inputs(definition).next().is_some()
}

/// Puts the values into the view's state.
fn fill(view: &mut View, values: &BTreeMap<String, Value>) -> Result<(), Impossible> {
    for (block_id, value) in values {
        let block = inputs(&view.definition).find(|block| &block["block_id"] == block_id);
        let element = block.map(|block| &block["element"]);
        let element = element.ok_or_else(|| Impossible(format!("there is no input block {block_id:?}")))?;
        let state = chosen(element, value)?.unwrap_or_default();
        let action = element["action_id"].as_str().unwrap_or_default();
        view.state.insert(block_id.clone(), json!({action: state}));
    }
    Ok(())
}

/// What Slack itself says before the app hears of it: of fields that are empty but must not be, too short or too long.
fn missing(view: &View) -> Map<String, Value> {
    let object = view.object("");
    let values = &object["state"]["values"];
    let mut errors = Map::new();
    for block in inputs(&view.definition) {
        let (Some(id), element) = (block["block_id"].as_str(), &block["element"]) else { continue };
        let state = &values[id][element["action_id"].as_str().unwrap_or_default()];
        let value = state.as_object().and_then(|state| state.iter().find(|(field, _)| *field != "type"));
        let empty = value.is_none_or(|(_, value)| value.is_null() || value == "" || value == &json!([]));
        let wrong = match value.and_then(|(_, value)| value.as_str()) {
            _ if empty => {
                (block["optional"] != true).then_some("Please complete this required field.".to_owned())
            }
            Some(text) => wrong_length(element, text.chars().count() as u64),
            None => None,
        };
        errors.extend(wrong.map(|wrong| (id.to_owned(), Value::from(wrong))));
    }
    errors
}

fn wrong_length(element: &Value, length: u64) -> Option<String> {
    match (element["min_length"].as_u64(), element["max_length"].as_u64()) {
        (Some(least), _) if length < least => Some(format!("Please enter at least {least} characters.")),
        (_, Some(most)) if length > most => Some(format!("Please enter at most {most} characters.")),
        _ => None,
    }
}

/// What the answer to a submission does.
fn apply(state: &mut State, view: &str, answer: Option<&Value>) -> Result<(), Impossible> {
    let Some(answer) = answer else {
        state.views.close(view, false);
        return Ok(());
    };
    match answer["response_action"].as_str() {
        None => state.views.close(view, false),
        Some("clear") => state.views.close(view, true),
        Some("errors") => return show_errors(state, view, &answer["errors"]),
        Some("update") => {
            let definition = checked(&answer["view"])?;
            if let Some(view) = state.views.open.get_mut(view) {
                view.define(definition);
            }
        }
        Some("push") => {
            let definition = checked(&answer["view"])?;
            let Some((team, user)) =
                state.views.open.get(view).map(|view| (view.team.clone(), view.user.clone()))
            else {
                return impossible("the modal is closed");
            };
            let pushed = state.views.show(&team, &user, definition, true);
            pushed.map_err(|code| Impossible(code.to_owned()))?;
        }
        Some(other) => return impossible(format!("there is no response_action {other:?}")),
    }
    Ok(())
}

fn checked(view: &Value) -> Result<Value, Impossible> {
    block_kit::check_view(view, "modal").map_err(|messages| Impossible(messages.join("; ")))?;
    Ok(view.clone())
}

/// Errors belong to input blocks; others make the whole answer wrong.
fn show_errors(state: &mut State, view: &str, errors: &Value) -> Result<(), Impossible> {
    let Some(view) = state.views.open.get_mut(view) else { return impossible("the modal is closed") };
    let errors = errors.as_object().filter(|errors| !errors.is_empty());
    let Some(errors) = errors else { return impossible("errors must name at least one block") };
    let known = |id: &String| inputs(&view.definition).any(|block| &block["block_id"] == id);
    if let Some(unknown) = errors.keys().find(|id| !known(id)) {
        return impossible(format!("errors name {unknown:?}, which is no input block"));
    }
    view.errors = errors.clone();
    Ok(())
}
