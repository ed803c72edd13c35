//! Block Kit's rules: which block may stand where, which element in which block, and how long everything may be.
//!
//! Source: the reference of blocks and elements in Slack's documentation. What is wrong is named with its JSON
//! pointer, in the words that Slack answers with.

mod blocks;
mod elements;
mod rich_text;

use std::collections::BTreeSet;

use serde_json::Value;

/// Where blocks stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Surface {
    /// In a message.
    Message,
    /// In a modal.
    Modal,
    /// In an App Home.
    Home,
}

/// How many blocks a message has at most.
const MESSAGE_BLOCKS: usize = 50;
/// How many a view has at most.
const VIEW_BLOCKS: usize = 100;

/// Checks the blocks of a message.
///
/// # Errors
/// Every sentence that Slack would answer.
pub fn check(blocks: &Value, surface: Surface) -> Result<(), Vec<String>> {
    let mut check = Check::new(surface);
    check.blocks("/blocks", blocks);
    check.result()
}

/// Checks a view that must be of this kind: `modal` or `home`.
///
/// # Errors
/// Every sentence that Slack would answer.
pub fn check_view(view: &Value, kind: &str) -> Result<(), Vec<String>> {
    let surface = if kind == "home" { Surface::Home } else { Surface::Modal };
    let mut check = Check::new(surface);
    if view["type"] != kind {
        check.wrong("/view/type", &format!("must be equal to constant: {kind}"));
    }
    if surface == Surface::Modal {
        check.text("/view", view, "title", Text::plain(24).required());
        check.text("/view", view, "submit", Text::plain(24));
        check.text("/view", view, "close", Text::plain(24));
        let has_input = view["blocks"].as_array().into_iter().flatten().any(|block| block["type"] == "input");
        if has_input && view["submit"].is_null() {
            check.wrong("/view", "a `submit` is required when there is an input block");
        }
    }
    check.string("/view", view, "private_metadata", 3_000, false);
    check.string("/view", view, "callback_id", 255, false);
    check.string("/view", view, "external_id", 255, false);
    check.blocks("/view/blocks", &view["blocks"]);
    check.result()
}

/// What is wrong so far.
struct Check {
    surface: Surface,
    wrong: Vec<String>,
    block_ids: BTreeSet<String>,
}

/// What a text object must be.
#[derive(Clone, Copy)]
struct Text {
    plain_only: bool,
    most: usize,
    required: bool,
}

impl Text {
    const fn plain(most: usize) -> Self {
        Self { plain_only: true, most, required: false }
    }

    const fn any(most: usize) -> Self {
        Self { plain_only: false, most, required: false }
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl Check {
    fn new(surface: Surface) -> Self {
        Self { surface, wrong: Vec::new(), block_ids: BTreeSet::new() }
    }

    fn result(self) -> Result<(), Vec<String>> {
        if self.wrong.is_empty() { Ok(()) } else { Err(self.wrong) }
    }

    fn wrong(&mut self, at: &str, what: &str) {
        self.wrong.push(format!("{what} [json-pointer:{at}]"));
    }

    fn blocks(&mut self, at: &str, blocks: &Value) {
        let Some(blocks) = blocks.as_array() else { return self.wrong(at, "must provide an array") };
        let most = if self.surface == Surface::Message { MESSAGE_BLOCKS } else { VIEW_BLOCKS };
        if blocks.len() > most {
            self.wrong(at, &format!("no more than {most} items allowed"));
        }
        if blocks.is_empty() && self.surface == Surface::Modal {
            self.wrong(at, "no fewer than 1 items allowed");
        }
        for (number, block) in blocks.iter().enumerate() {
            self.block(&format!("{at}/{number}"), block);
        }
    }

    /// A string field of an object.
    fn string(&mut self, at: &str, object: &Value, field: &str, most: usize, required: bool) {
        let at = format!("{at}/{field}");
        match &object[field] {
            Value::Null if required => self.missing(&at, field),
            Value::Null => {}
            Value::String(text) => self.length(&at, text, if required { 1 } else { 0 }, most),
            _ => self.wrong(&at, "must provide a string"),
        }
    }

    /// A text object in a field.
    fn text(&mut self, at: &str, object: &Value, field: &str, text: Text) {
        let at = format!("{at}/{field}");
        match &object[field] {
            Value::Null if text.required => self.missing(&at, field),
            Value::Null => {}
            value => self.text_object(&at, value, text),
        }
    }

    fn text_object(&mut self, at: &str, value: &Value, text: Text) {
        let kind = value["type"].as_str().unwrap_or_default();
        if kind != "plain_text" && (text.plain_only || kind != "mrkdwn") {
            let wanted = if text.plain_only { "plain_text" } else { "plain_text, mrkdwn" };
            self.wrong(&format!("{at}/type"), &format!("must be one of: {wanted}"));
        }
        if kind == "mrkdwn" && !value["emoji"].is_null() {
            self.wrong(&format!("{at}/emoji"), "additional property: emoji is only for plain_text");
        }
        match value["text"].as_str() {
            Some(said) => {
                if said.chars().count() > text.most {
                    self.wrong(at, "failed to match all allowed schemas");
                }
                self.length(&format!("{at}/text"), said, 1, text.most);
            }
            None => self.missing(&format!("{at}/text"), "text"),
        }
    }

    fn length(&mut self, at: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length > most {
            self.wrong(at, &format!("must be less than {} characters", most + 1));
        }
        if length < least {
            self.wrong(at, &format!("must be more than {} characters", least - 1));
        }
    }

    fn missing(&mut self, at: &str, field: &str) {
        let parent = at.strip_suffix(&format!("/{field}")).unwrap_or(at);
        self.wrong(parent, &format!("missing required field: {field}"));
    }

    /// How many items an array holds; the array is handed on.
    fn items<'v>(
        &mut self,
        at: &str,
        object: &'v Value,
        field: &str,
        least: usize,
        most: usize,
    ) -> &'v [Value] {
        let pointer = format!("{at}/{field}");
        let Some(items) = object[field].as_array() else {
            self.missing(&pointer, field);
            return &[];
        };
        if items.len() > most {
            self.wrong(&pointer, &format!("no more than {most} items allowed"));
        }
        if items.len() < least {
            self.wrong(&pointer, &format!("no fewer than {least} items allowed"));
        }
        items
    }

    fn one_of(&mut self, at: &str, object: &Value, field: &str, allowed: &[&str]) {
        let value = &object[field];
        if !value.is_null() && !value.as_str().is_some_and(|value| allowed.contains(&value)) {
            self.wrong(&format!("{at}/{field}"), &format!("must be one of: {}", allowed.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests;
