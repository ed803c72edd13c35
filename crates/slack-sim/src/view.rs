//! Modals and App Homes: what the app sent, with the ids, the hash and the state that Slack adds.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::credentials::secret;
use crate::message::with_block_ids;
use crate::sim::APP_ID;

/// How many views may lie on each other.
pub(crate) const STACK: usize = 3;

/// An open view.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) team: String,
    pub(crate) user: String,
    /// What the app sent, with block ids.
    pub(crate) definition: Value,
    pub(crate) hash: String,
    pub(crate) root: String,
    pub(crate) previous: Option<String>,
    /// What the user typed or chose, by block and action.
    pub(crate) state: Map<String, Value>,
    /// What the app said of fields after a submission, by block.
    pub(crate) errors: Map<String, Value>,
}

/// All open modals, by id, and each user's stack of them.
#[derive(Default)]
pub(crate) struct Views {
    pub(crate) open: HashMap<String, View>,
    stacks: HashMap<(String, String), Vec<String>>,
}

impl View {
    fn new(team: &str, user: &str, definition: Value) -> Self {
        let id = format!("V{}", secret(5).to_uppercase());
        let mut view = Self {
            root: id.clone(),
            id,
            team: team.to_owned(),
            user: user.to_owned(),
            definition: Value::Null,
            hash: String::new(),
            previous: None,
            state: Map::new(),
            errors: Map::new(),
        };
        view.define(definition);
        view
    }

    /// A home tab; it is in no stack.
    pub(crate) fn home(team: &str, user: &str, definition: Value) -> Self {
        Self::new(team, user, definition)
    }

    /// New contents, a new hash. What was typed in blocks that stay is kept.
    pub(crate) fn define(&mut self, definition: Value) {
        let mut definition = definition;
        if let Some(blocks) = definition.get_mut("blocks") {
            *blocks = with_block_ids(blocks.take());
        }
        let ids: Vec<&str> = blocks(&definition).filter_map(|block| block["block_id"].as_str()).collect();
        self.state.retain(|block, _| ids.contains(&block.as_str()));
        self.definition = definition;
        self.errors.clear();
        self.hash = format!("{}.{}", chrono::Utc::now().timestamp(), secret(4));
    }

    /// The view object of payloads and answers.
    pub(crate) fn object(&self, bot: &str) -> Value {
        let sent = &self.definition;
        let flag = |name: &str| sent[name].as_bool().unwrap_or(false);
        let text = |name: &str| sent[name].as_str().unwrap_or_default();
        json!({
            "id": self.id, "team_id": self.team, "type": text("type"), "blocks": sent["blocks"],
            "private_metadata": text("private_metadata"), "callback_id": text("callback_id"),
            "state": {"values": self.values()}, "hash": self.hash, "title": sent["title"],
            "clear_on_close": flag("clear_on_close"), "notify_on_close": flag("notify_on_close"),
            "close": sent["close"], "submit": sent["submit"], "previous_view_id": self.previous,
            "root_view_id": self.root, "app_id": APP_ID, "external_id": text("external_id"),
            "app_installed_team_id": self.team, "bot_id": bot,
        })
    }

    /// The values of all input blocks: what was typed, else what stood there at first.
    fn values(&self) -> Map<String, Value> {
        let mut values = initial_values(&self.definition["blocks"]);
        for (block, actions) in &self.state {
            let entry = values.entry(block.clone()).or_insert_with(|| json!({}));
            for (action, value) in actions.as_object().into_iter().flatten() {
                entry[action] = value.clone();
            }
        }
        values
    }
}

impl Views {
    /// Opens a modal: as the first of the user's stack, or upon the others.
    ///
    /// # Errors
    /// `push_limit_reached`.
    pub(crate) fn show(
        &mut self,
        team: &str,
        user: &str,
        definition: Value,
        push: bool,
    ) -> Result<View, &'static str> {
        let key = (team.to_owned(), user.to_owned());
        if !push {
            for closed in self.stacks.remove(&key).unwrap_or_default() {
                self.open.remove(&closed);
            }
        }
        let stack = self.stacks.entry(key).or_default();
        if stack.len() >= STACK {
            return Err("push_limit_reached");
        }
        let mut view = View::new(team, user, definition);
        if let Some(root) = stack.first() {
            view.root.clone_from(root);
            view.previous = stack.last().cloned();
        }
        stack.push(view.id.clone());
        self.open.insert(view.id.clone(), view.clone());
        Ok(view)
    }

    /// The modal that the user sees.
    pub(crate) fn top(&self, team: &str, user: &str) -> Option<&View> {
        let stack = self.stacks.get(&(team.to_owned(), user.to_owned()))?;
        self.open.get(stack.last()?)
    }

    /// Takes a view away, or with `all` the whole stack.
    pub(crate) fn close(&mut self, id: &str, all: bool) {
        let Some(view) = self.open.get(id) else { return };
        let key = (view.team.clone(), view.user.clone());
        let stack = self.stacks.entry(key).or_default();
        let gone: Vec<String> = stack.iter().filter(|open| all || *open == id).cloned().collect();
        stack.retain(|open| !gone.contains(open));
        for id in gone {
            self.open.remove(&id);
        }
    }

    /// By id, or by the app's own `external_id`.
    pub(crate) fn find(&mut self, id: Option<&str>, external: Option<&str>) -> Option<&mut View> {
        self.open.values_mut().find(|view| {
            id.is_some_and(|id| view.id == id)
                || external.is_some_and(|external| view.definition["external_id"] == external)
        })
    }
}

fn blocks(definition: &Value) -> impl Iterator<Item = &Value> {
    definition["blocks"].as_array().into_iter().flatten()
}

/// The values that stand in the elements of blocks before anybody touches them.
pub(crate) fn initial_values(blocks: &Value) -> Map<String, Value> {
    let mut values = Map::new();
    for block in blocks.as_array().into_iter().flatten() {
        let inputs = block["elements"].as_array().into_iter().flatten();
        let single = [&block["element"], &block["accessory"]];
        for element in inputs.chain(single) {
            let (Some(block), Some(action)) = (block["block_id"].as_str(), element["action_id"].as_str())
            else {
                continue;
            };
            if let Some(value) = initial_value(element) {
                values.entry(block.to_owned()).or_insert_with(|| json!({}))[action] = value;
            }
        }
    }
    values
}

/// The state of one element: its type and its value. `None` of what holds none, such as a button.
fn initial_value(element: &Value) -> Option<Value> {
    let kind = element["type"].as_str()?;
    let (field, from) = state_field(kind)?;
    let mut value = element[from].clone();
    if value.is_null() && field.ends_with('s') {
        value = json!([]);
    }
    let mut state = json!({"type": kind});
    state[field] = value;
    Some(state)
}

/// The kinds of elements that hold a value: in which field of its state, and in which it says the first one.
const STATE_FIELDS: [(&str, &str, &str); 17] = [
    ("plain_text_input", "value", "initial_value"),
    ("number_input", "value", "initial_value"),
    ("email_text_input", "value", "initial_value"),
    ("url_text_input", "value", "initial_value"),
    ("static_select", "selected_option", "initial_option"),
    ("external_select", "selected_option", "initial_option"),
    ("radio_buttons", "selected_option", "initial_option"),
    ("multi_static_select", "selected_options", "initial_options"),
    ("multi_external_select", "selected_options", "initial_options"),
    ("checkboxes", "selected_options", "initial_options"),
    ("users_select", "selected_user", "initial_user"),
    ("multi_users_select", "selected_users", "initial_users"),
    ("conversations_select", "selected_conversation", "initial_conversation"),
    ("channels_select", "selected_channel", "initial_channel"),
    ("datepicker", "selected_date", "initial_date"),
    ("timepicker", "selected_time", "initial_time"),
    ("datetimepicker", "selected_date_time", "initial_date_time"),
];

/// The fields of this kind of element. `None` of what holds no value, such as a button.
pub(crate) fn state_field(kind: &str) -> Option<(&'static str, &'static str)> {
    STATE_FIELDS.iter().find(|(name, ..)| *name == kind).map(|(_, field, first)| (*field, *first))
}
