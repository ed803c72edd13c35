//! The blocks that cards are made of, as Slack takes them.

use serde_json::{Value, json};

use super::text::head;
use super::view::Link;
use crate::interaction::Action;
use crate::reference::Token;

/// What Slack shows of a button's text.
const BUTTON: usize = 75;

/// How many characters of a drawn command a message or modal shows. Above it nothing is cut: the command is not shown,
/// and there is no button that lets it run.
pub(super) const COMMAND: usize = 2_500;

/// `mrkdwn`, in which nothing becomes a link or a mention by itself.
pub(super) fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// `plain_text` of at most `most` characters.
pub(super) fn plain_text(text: &str, most: usize) -> Value {
    json!({"type": "plain_text", "text": head(text, most), "emoji": true})
}

/// A section.
pub(super) fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

/// A section of fields in two columns.
pub(super) fn fields(fields: &[String]) -> Value {
    let fields: Vec<Value> = fields.iter().map(|field| mrkdwn(field)).collect();
    json!({"type": "section", "fields": fields})
}

/// Small print; each text an element.
pub(super) fn context(texts: &[String]) -> Value {
    let elements: Vec<Value> = texts.iter().map(|text| mrkdwn(text)).collect();
    json!({"type": "context", "elements": elements})
}

/// A headline.
pub(super) fn header(text: &str) -> Value {
    json!({"type": "header", "text": plain_text(text, 150)})
}

/// A line across.
pub(super) fn divider() -> Value {
    json!({"type": "divider"})
}

/// Text as it is, in which nothing is markup.
pub(super) fn preformatted(text: &str) -> Value {
    let text = if text.is_empty() { "(empty)" } else { text };
    json!({"type": "rich_text", "elements": [
        {"type": "rich_text_preformatted", "border": 0, "elements": [{"type": "text", "text": text}]},
    ]})
}

/// Buttons and selects in a row.
pub(super) fn actions(elements: Vec<Value>) -> Value {
    json!({"type": "actions", "elements": elements})
}

/// A block with an id of its own.
pub(super) fn named(mut block: Value, id: &str) -> Value {
    let mut named = json!({"type": block["type"].take(), "block_id": id});
    if let (Some(named), Some(block)) = (named.as_object_mut(), block.as_object_mut()) {
        named.extend(std::mem::take(block).into_iter().filter(|(name, _)| name != "type"));
    }
    named
}

/// How a button looks.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Primary,
    Danger,
}

/// A button.
pub(super) struct Button {
    json: Value,
}

impl Button {
    /// A button that says what was drawn, by a signed reference.
    pub(super) fn new(action: Action, label: &str, token: &Token) -> Self {
        Self::bare(action, label).with("value", token.as_str())
    }

    /// A button that opens an address.
    pub(super) fn link(action: Action, label: &str, to: &Link) -> Self {
        Self::bare(action, label).with("url", to.as_str())
    }

    fn bare(action: Action, label: &str) -> Self {
        Self {
            json: json!({"type": "button", "text": plain_text(label, BUTTON), "action_id": action.as_str()}),
        }
    }

    pub(super) fn style(self, style: Style) -> Self {
        match style {
            Style::Primary => self.with("style", "primary"),
            Style::Danger => self.with("style", "danger"),
        }
    }

    /// What a screen reader says, in our own words.
    pub(super) fn spoken(self, label: &str) -> Self {
        self.with("accessibility_label", &head(label, BUTTON))
    }

    /// Slack's own dialog before the press counts.
    pub(super) fn confirm(mut self, title: &str, text: &str, yes: &str, no: &str) -> Self {
        self.json["confirm"] = json!({
            "title": plain_text(title, 100), "text": plain_text(text, 300),
            "confirm": plain_text(yes, 30), "deny": plain_text(no, 30),
        });
        self
    }

    pub(super) fn json(self) -> Value {
        self.json
    }

    fn with(mut self, field: &str, value: &str) -> Self {
        self.json[field] = Value::from(value);
        self
    }
}

/// Stops the whole run; stands last.
pub(super) fn abort(run: &Token) -> Value {
    Button::new(Action::RunAbort, "🛑 Abort", run)
        .spoken("Abort the whole run")
        .confirm(
            "Abort this run?",
            "No further step will start. The running command is asked to stop; what already ran is not undone.",
            "Abort run",
            "Keep going",
        )
        .json()
}
