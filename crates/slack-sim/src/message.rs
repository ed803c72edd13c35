//! A message as it stands, and as it stood before each edit.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::sim::APP_ID;

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) ts: String,
    pub(crate) thread_ts: Option<String>,
    /// Whether an answer in a thread stands in the channel too.
    pub(crate) broadcast: bool,
    pub(crate) author: Author,
    pub(crate) text: String,
    pub(crate) blocks: Option<Value>,
    pub(crate) metadata: Option<Value>,
    /// The one user who sees it, when it is ephemeral.
    pub(crate) only_for: Option<String>,
    /// What it held before each edit, oldest first.
    pub(crate) before: Vec<Option<Value>>,
    /// Emoji and who set it.
    pub(crate) reactions: BTreeMap<String, Vec<String>>,
    /// What people typed or chose in it, by block and action.
    pub(crate) state: Map<String, Value>,
}

#[derive(Clone)]
pub(crate) enum Author {
    User(String),
    Bot { user: String, bot: String },
}

impl Author {
    pub(crate) fn user(&self) -> &str {
        match self {
            Self::User(user) | Self::Bot { user, .. } => user,
        }
    }
}

impl Message {
    pub(crate) fn new(ts: String, author: Author, text: String) -> Self {
        Self {
            ts,
            thread_ts: None,
            broadcast: false,
            author,
            text,
            blocks: None,
            metadata: None,
            only_for: None,
            before: Vec::new(),
            reactions: BTreeMap::new(),
            state: Map::new(),
        }
    }

    /// New contents. Slack shows no mark when an app edits blocks; here the earlier contents are kept for tests.
    pub(crate) fn edit(&mut self, text: String, blocks: Option<Value>) {
        self.before.push(self.blocks.take());
        self.text = text;
        self.blocks = blocks;
    }

    /// The message object of the Web API.
    pub(crate) fn object(&self, team: &str) -> Value {
        let mut object = json!({
            "type": "message", "user": self.author.user(), "ts": self.ts, "text": self.text, "team": team,
        });
        if let Author::Bot { bot, .. } = &self.author {
            object["bot_id"] = Value::from(bot.clone());
            object["app_id"] = Value::from(APP_ID);
            object["bot_profile"] = json!({
                "id": bot, "app_id": APP_ID, "name": "dd0c", "icons": {}, "deleted": false,
                "updated": 1_763_780_000, "team_id": team,
            });
        }
        if let Some(thread) = &self.thread_ts {
            object["thread_ts"] = Value::from(thread.clone());
        }
        if self.broadcast {
            object["subtype"] = Value::from("thread_broadcast");
        }
        if let Some(blocks) = &self.blocks {
            object["blocks"] = blocks.clone();
        }
        if let Some(metadata) = &self.metadata {
            object["metadata"] = metadata.clone();
        }
        if !self.before.is_empty() {
            object["edited"] = json!({"user": self.author.user(), "ts": self.ts});
        }
        if !self.reactions.is_empty() {
            let reaction = |(name, users): (&String, &Vec<String>)| json!({"name": name, "users": users, "count": users.len()});
            object["reactions"] = self.reactions.iter().map(reaction).collect();
        }
        object
    }
}

/// Gives every block that has none an id, as Slack does.
pub(crate) fn with_block_ids(mut blocks: Value) -> Value {
    for block in blocks.as_array_mut().into_iter().flatten() {
        if let Some(block) = block.as_object_mut()
            && !block.contains_key("block_id")
        {
            block.insert("block_id".to_owned(), Value::from(crate::credentials::secret(3)));
        }
        for element in block.get_mut("elements").and_then(Value::as_array_mut).into_iter().flatten() {
            name_element(element);
        }
    }
    blocks
}

/// An interactive element without an action id is given one.
fn name_element(element: &mut Value) {
    let interactive =
        element["type"].as_str().is_some_and(|kind| kind == "button" || kind.ends_with("_select"));
    if interactive && element["action_id"].is_null() {
        element["action_id"] = Value::from(crate::credentials::secret(3));
    }
}
