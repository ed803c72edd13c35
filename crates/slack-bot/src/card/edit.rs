//! 06, 17: an edit and a skip. Neither runs anything.

use serde_json::json;

use super::Modal;
use super::block::{plain_text, section};
use super::modal::{Builder, INPUT, input, option, optional};
use super::text::and;
use super::view::{Origin, Position, SkipCard};
use crate::interaction::{Callback, field};
use dd0c_types::Command;

/// The longest command that can be edited here, in characters.
pub(super) const COMMAND: usize = INPUT;

/// The reasons for a skip: the option's value and its words.
pub const SKIP_REASONS: [(&str, &str); 4] = [
    ("done_by_hand", "Already done by hand"),
    ("not_needed", "Not needed this time"),
    ("wrong_step", "Step is wrong or out of date"),
    ("too_risky", "Too risky right now"),
];

/// 06: the command in a field. A longer command than Slack takes is edited in the dashboard: None.
pub fn edit_modal(origin: &Origin, position: Position, command: &Command) -> Option<Modal> {
    if command.reveal().chars().count() > COMMAND {
        return None;
    }
    let element = json!({
        "type": "plain_text_input", "multiline": true, "initial_value": command.reveal(),
        "max_length": COMMAND, "focus_on_load": true,
    });
    let why = json!({"type": "plain_text_input", "max_length": 300});
    let builder = Builder::new(Callback::StepEdit, &format!("Edit {}", titled(position)), "Cancel")
        .origin(origin)
        .submit("Check again")
        .block(section(
            "Your edit is classified again before anyone can approve it. It can only become riskier or stay the same \
             without a new approval.",
        ))
        .block(input(field::COMMAND, "Command", element))
        .block(optional(input(field::WHY, "Why (goes into the audit log)", why)));
    Some(builder.modal())
}

/// 17: what leaving a step out means, and why it is done.
pub fn skip_modal(card: &SkipCard) -> Modal {
    let options: Vec<_> = SKIP_REASONS.iter().map(|(value, label)| option(label, value)).collect();
    let select =
        json!({"type": "static_select", "placeholder": plain_text("Pick a reason", 150), "options": options});
    Builder::new(Callback::StepSkip, &format!("Skip {}", titled(card.position)), "Back")
        .origin(&card.origin)
        .submit("Skip it")
        .block(section(&format!("{}Skipping is recorded as a divergence.", consequence(card))))
        .block(optional(input(field::WHY, "Why?", select)))
        .modal()
}

/// Where it stands, in the few characters of a title.
pub(super) fn titled(position: Position) -> String {
    match position {
        Position::Step { number, of } => format!("step {number} of {of}"),
        Position::Rollback { number, .. } => format!("rollback of {number}"),
        Position::Unlisted { number } => format!("command {number}"),
    }
}

fn consequence(card: &SkipCard) -> String {
    let step = card.position.short();
    let mut says = String::new();
    if !card.dependent.is_empty() {
        let one = card.dependent.len() == 1;
        let verb = if one { "uses" } else { "use" };
        says += &format!(
            "{} {verb} what {step} would have set, and will wait for a person. ",
            numbered(&card.dependent)
        );
    }
    if !card.independent.is_empty() {
        let verb = if card.independent.len() == 1 { "does" } else { "do" };
        says += &format!("{} {verb} not depend on {step}. ", numbered(&card.independent));
    }
    says
}

/// `Step 5`, `Steps 5 and 6`; at most ten are named.
fn numbered(steps: &[u32]) -> String {
    let mut names: Vec<String> = steps.iter().take(10).map(u32::to_string).collect();
    if steps.len() > 10 {
        names.push(format!("{} more", steps.len() - 10));
    }
    format!("{} {}", if steps.len() == 1 { "Step" } else { "Steps" }, and(&names))
}
