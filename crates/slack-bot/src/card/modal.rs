//! What all modals share, and the two that ask nothing: loading, and a sentence.

use serde_json::{Value, json};

use super::Modal;
use super::block::{plain_text, section};
use super::text::{SENTENCE, prose};
use super::view::Origin;
use crate::interaction::{Callback, field};

/// The longest `private_metadata`.
pub const PRIVATE_METADATA: usize = 3_000;
/// The longest title, and the longest text of the two buttons below.
const TITLE: usize = 24;
/// The longest value of a text field.
pub(super) const INPUT: usize = 3_000;

/// What opens within the life of a trigger: the true modal replaces it by `views.update`.
pub fn loading_modal(title: &str) -> Modal {
    Builder::new(Callback::Notice, title, "Close").block(section("⏳ Loading…")).modal()
}

/// A sentence in place of a modal that cannot be: the step was decided meanwhile, panic is on. `says` is ours.
pub fn notice_modal(title: &str, says: &str) -> Modal {
    Builder::new(Callback::Notice, title, "Close").block(section(&prose(says, SENTENCE))).modal()
}

impl Origin {
    /// The `private_metadata`.
    pub fn encode(&self) -> String {
        json!({"r": self.token.as_str(), "c": self.channel, "t": self.thread, "m": self.message}).to_string()
    }

    /// Reads what came back. None when it is not ours; the reference in it still has to be verified.
    pub fn decode(text: &str) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Encoded {
            r: crate::reference::Token,
            c: String,
            t: String,
            m: String,
        }
        if text.len() > PRIVATE_METADATA {
            return None;
        }
        let Encoded { r, c, t, m } = serde_json::from_str(text).ok()?;
        Some(Self { token: r, channel: c, thread: t, message: m })
    }
}

/// A modal in the making.
pub(super) struct Builder {
    view: Value,
    blocks: Vec<Value>,
}

impl Builder {
    pub(super) fn new(callback: Callback, title: &str, close: &str) -> Self {
        let view = json!({
            "type": "modal", "callback_id": callback.as_str(),
            "title": plain_text(title, TITLE), "close": plain_text(close, TITLE),
        });
        Self { view, blocks: Vec::new() }
    }

    pub(super) fn origin(mut self, origin: &Origin) -> Self {
        self.view["private_metadata"] = Value::from(origin.encode());
        self
    }

    pub(super) fn submit(mut self, label: &str) -> Self {
        self.view["submit"] = plain_text(label, TITLE);
        self
    }

    /// Slack says when it is closed without a submission.
    pub(super) fn tell_when_closed(mut self) -> Self {
        self.view["notify_on_close"] = Value::from(true);
        self
    }

    pub(super) fn block(mut self, block: Value) -> Self {
        self.blocks.push(block);
        self
    }

    pub(super) fn modal(mut self) -> Modal {
        self.view["blocks"] = Value::from(self.blocks);
        Modal { view: self.view }
    }
}

/// A field: its id, what it is called, what it asks for. `label` has gone through `plain`.
pub(super) fn input(id: &str, label: &str, mut element: Value) -> Value {
    element["action_id"] = Value::from(field::VALUE);
    json!({"type": "input", "block_id": id, "label": plain_text(label, 2_000), "element": element})
}

/// A field that may stay empty.
pub(super) fn optional(mut input: Value) -> Value {
    input["optional"] = Value::from(true);
    input
}

/// A remark below a field.
pub(super) fn hinted(mut input: Value, hint: &str) -> Value {
    input["hint"] = plain_text(hint, 2_000);
    input
}

/// An option of a select or of boxes.
pub(super) fn option(label: &str, value: &str) -> Value {
    json!({"text": plain_text(label, 75), "value": value})
}
