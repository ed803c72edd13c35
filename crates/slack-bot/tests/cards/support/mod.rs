//! Every state of the storyboard, drawn with the words of one incident or with one hostile text in all their places.

#![allow(clippy::allow_attributes, dead_code, reason = "each test file uses its own part of it")]
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod people;
mod runs;
mod steps;

use dd0c_slack_bot::card::{FieldErrors, Home, Message, Modal};
use serde_json::{Value, json};

/// A state as it goes to Slack.
pub(crate) enum Card {
    Message(Message),
    Modal(Modal),
    Home(Home),
    Errors(FieldErrors),
}

impl Card {
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Message(message) => {
                json!({"delivery": format!("{:?}", message.delivery), "text": message.text, "blocks": message.blocks})
            }
            Self::Modal(modal) => modal.view.clone(),
            Self::Home(home) => home.view.clone(),
            Self::Errors(errors) => errors.payload(),
        }
    }

    pub(crate) fn message(&self) -> Option<&Message> {
        if let Self::Message(message) = self { Some(message) } else { None }
    }
}

/// What others wrote: the incident's own words, or one text wherever others write.
#[derive(Clone, Default)]
pub(crate) struct Words {
    everywhere: Option<String>,
    command: Option<String>,
}

impl Words {
    /// One text in every place but commands.
    pub(crate) fn hostile(text: &str) -> Self {
        Self { everywhere: Some(text.to_owned()), command: None }
    }

    /// One text in every place, commands too.
    pub(crate) fn everywhere(text: &str) -> Self {
        Self { everywhere: Some(text.to_owned()), command: Some(text.to_owned()) }
    }

    fn say(&self, words: &str) -> String {
        self.everywhere.clone().unwrap_or_else(|| words.to_owned())
    }

    fn command(&self, words: &str) -> dd0c_types::Command {
        dd0c_types::Command::new(self.command.clone().unwrap_or_else(|| words.to_owned()))
    }
}

/// Every state by its number in the storyboard.
pub(crate) fn states(words: &Words) -> Vec<(&'static str, Card)> {
    [people::states(words), runs::states(words), steps::states(words)].into_iter().flatten().collect()
}

/// Walks all values of a JSON document.
pub(crate) fn walk(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        Value::Object(fields) => fields.values().for_each(|item| walk(item, see)),
        _ => {}
    }
}

/// The texts of all objects of this type.
pub(crate) fn texts(value: &Value, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, &mut |value| {
        if value["type"] == kind
            && let Some(text) = value["text"].as_str()
        {
            found.push(text.to_owned());
        }
    });
    found
}

/// What stands in preformatted text.
pub(crate) fn preformatted(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, &mut |value| {
        if value["type"] == "rich_text_preformatted" {
            found.extend(texts(value, "text"));
        }
    });
    found
}

/// All values of a field, wherever it stands.
pub(crate) fn all(value: &Value, field: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, &mut |value| found.extend(value[field].as_str().map(str::to_owned)));
    found
}
