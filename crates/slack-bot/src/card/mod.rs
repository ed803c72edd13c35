//! Every message, modal and home that the copilot shows, each a pure function of what it is drawn from.
//!
//! | state | function |
//! |---|---|
//! | 01, 01b | [`matched`], [`unsure`], [`unmatched`], [`why_not_modal`] |
//! | 02a, 02 | [`start_modal`], [`pick_modal`], [`started`] |
//! | 03, 04, 05b | [`running`], [`finished`], [`approved`], [`closed`] |
//! | 03s, 05, 07, 08 | [`run_ask`], [`approval_ask`], [`edited_ask`], [`typed_ask`], [`reminder`], [`nudge`] |
//! | 06, 09, 10, 17 | [`edit_modal`], [`typed_modal`], [`wrong_name`], [`skip_modal`], [`loading_modal`], [`notice_modal`] |
//! | 11, 12, 21 | [`not_allowed`], [`already_decided`], [`not_linked`], [`sentence`] |
//! | 13, 14, 15 | [`failed`], [`agent_away`], [`agent_back`], [`expired`] |
//! | 16, 18, 19 | [`panic`], [`panic_receipt`], [`aborted`], [`summary`] |
//! | 20 | [`home`] |
//! | 22, 23 | [`branch_ask`], [`by_hand_ask`] |
//! | commands | [`help`], [`status`], [`agents`], [`explain_modal`], [`cannot_update`] |
//!
//! The rules they keep stand in [`Message`]; the property tests beside this file hold them against hostile text.

mod alert;
mod answer;
mod ask;
mod block;
mod by_hand;
mod command;
mod edit;
mod ended;
mod home;
mod modal;
mod run;
mod running;
mod shown;
mod start;
mod step;
mod text;
mod typed;
pub mod view;

pub use alert::{matched, unmatched, unsure, why_not_modal};
pub use answer::{already_decided, not_allowed, not_linked, nudge, sentence};
pub use ask::{approval_ask, edited_ask, reminder, run_ask, typed_ask};
pub use by_hand::{branch_ask, by_hand_ask};
pub use command::{agents, cannot_update, explain_modal, help, status};
pub use edit::{SKIP_REASONS, edit_modal, skip_modal};
pub use ended::{agent_away, agent_back, expired, failed, unknown_outcome};
pub use home::home;
pub use modal::{PRIVATE_METADATA, loading_modal, notice_modal};
pub use run::{aborted, panic, panic_receipt, summary};
pub use running::{approved, closed, finished, running};
pub use start::{pick_modal, start_modal, started};
pub use typed::{locked_modal, typed_modal, wrong_name};
pub use view::*;

use serde_json::{Value, json};

/// The longest top-level text, in characters.
pub const TEXT: usize = 120;
/// The most blocks of a message.
pub const BLOCKS: usize = 7;

/// A message for `chat.postMessage`, `chat.update` or `chat.postEphemeral`. It has no `Debug`, because it shows a command.
///
/// - `text` is what a phone shows when it rings: written by hand for each state, plain, at most [`TEXT`] characters,
///   without a command, output or a secret.
/// - Commands and output stand in `rich_text_preformatted` alone. A command is shown whole or not at all; where it is not
///   shown whole, no button lets it run.
/// - At most [`BLOCKS`] blocks and about 13 KB.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// How it is delivered.
    pub delivery: Delivery,
    /// The top-level text.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
}

/// How a message reaches people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The one message of an alert or run in the channel; edited in place.
    Parent,
    /// A new message in the thread, never an edit: edits do not notify whoever is mentioned.
    Ask,
    /// An edit of the step's own message, or a new one in the thread when there is none yet.
    Progress,
    /// A new message in the thread that is shown in the channel too (`reply_broadcast`).
    Broadcast,
    /// Seen by one person alone.
    Ephemeral,
    /// A direct message to one person.
    Direct,
}

/// A modal for `views.open` and `views.update`.
#[derive(Clone, PartialEq)]
pub struct Modal {
    /// The view.
    pub view: Value,
}

/// A home for `views.publish`.
#[derive(Clone, PartialEq)]
pub struct Home {
    /// The view.
    pub view: Value,
}

/// What a submission is answered with when a field is wrong: the modal stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldErrors {
    /// Block id and sentence.
    pub errors: Vec<(String, String)>,
}

impl FieldErrors {
    /// The payload of the acknowledgement.
    pub fn payload(&self) -> Value {
        let errors: serde_json::Map<String, Value> =
            self.errors.iter().map(|(block, says)| (block.clone(), Value::from(says.clone()))).collect();
        json!({"response_action": "errors", "errors": errors})
    }
}

impl Message {
    fn new(delivery: Delivery, text: String, blocks: Vec<Value>) -> Self {
        Self { delivery, text, blocks }
    }
}

/// A top-level text: our words, somebody's text as long as there is room, our words.
fn push(before: &str, theirs: &str, after: &str) -> String {
    let taken = before.chars().count() + after.chars().count();
    // Two more, for the isolation of text that is written from right to left.
    let theirs = text::plain(theirs, TEXT.saturating_sub(taken + 2));
    format!("{before}{theirs}{after}")
}
