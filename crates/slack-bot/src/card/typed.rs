//! 09, 10: the typed confirmation of a Dangerous step. The name to type is asked for and never told.

use serde_json::{Value, json};

use super::block::{context, fields, plain_text, section};
use super::edit::titled;
use super::modal::{Builder, hinted, input};
use super::shown::Room;
use super::step::place;
use super::text::{NAME, code, mention, plain, prose, seen};
use super::view::{Destroyed, Origin, TypedCard, WrongName};
use super::{FieldErrors, Modal};
use crate::interaction::{Callback, field};

/// The most fields for names; a step that destroys more is decided in the dashboard.
const FIELDS: usize = 20;
/// The longest name.
const TYPED: usize = 253;

/// 09: what will be destroyed, where, by exactly which command. None when the command or the names are too many to
/// show whole: then the dashboard asks.
pub fn typed_modal(card: &TypedCard) -> Option<Modal> {
    let shown = Room::new().draw(&card.command);
    let askable = |one: &Destroyed| !one.name.is_empty() && one.name.chars().count() <= TYPED;
    let can =
        shown.is_whole() && (1..=FIELDS).contains(&card.objects.len()) && card.objects.iter().all(askable);
    if !can {
        return None;
    }
    let callback = if card.is_rollback { Callback::RollbackTyped } else { Callback::StepTyped };
    let mut builder = Builder::new(callback, &format!("Confirm red {}", titled(card.position)), "Back")
        .origin(&card.origin)
        .submit("Run it")
        .tell_when_closed()
        .block(warning(card))
        .block(section(&format!("*This will run on* {}", place(&card.place))))
        .block(shown.whole()?);
    for object in &card.objects {
        builder = builder.block(fields(&[destroys(object), within(card)]));
    }
    for (n, object) in card.objects.iter().enumerate() {
        builder = builder.block(name_field(n, object, card.objects.len()));
    }
    let signed = format!(
        "Signed in as {} ({}). Your name, the time and this exact command go into the audit log. If you close this, nothing runs.",
        mention(&card.by),
        card.role.word()
    );
    Some(builder.block(context(&[signed])).modal())
}

/// 10: what was typed is wrong. It says what was typed and never what is right.
pub fn wrong_name(wrong: &WrongName) -> FieldErrors {
    let typed = seen(&wrong.typed, 100);
    let typed = if typed.is_empty() { "nothing".to_owned() } else { format!("\"{typed}\"") };
    let kind = plain(&wrong.kind, 40);
    let other = if kind.is_empty() {
        "acts on something else".to_owned()
    } else {
        format!("destroys a different {kind}")
    };
    let says = format!(
        "That is {typed}. This step {other}. Nothing has run. Check the name above and type it again (attempt {} of {}).",
        wrong.attempt, wrong.of
    );
    FieldErrors { errors: vec![(field::name(wrong.field), says)] }
}

/// After the last miss: the modal's place is taken by this.
pub fn locked_modal(origin: &Origin, seconds: u64) -> Modal {
    let says = format!(
        "🔒 *Three names were wrong.* You cannot confirm this step for {seconds} s; somebody else with the right may. \
         Nothing has run, and the audit log tells of it."
    );
    Builder::new(Callback::Notice, "Not confirmed", "Close").origin(origin).block(section(&says)).modal()
}

fn warning(card: &TypedCard) -> Value {
    let says = if card.has_rollback {
        "*This destroys something.* An inverse command is known; it may not bring everything back."
    } else {
        "*This cannot be undone.* No rollback is known for this step."
    };
    json!({"type": "alert", "level": "error", "text": super::block::mrkdwn(says)})
}

fn destroys(object: &Destroyed) -> String {
    format!("*Destroys*\n{}\n{}", prose(&object.kind, 60), code(&object.name, TYPED))
}

fn within(card: &TypedCard) -> String {
    let facts = card.place.facts.iter().take(4);
    let facts: Vec<String> =
        facts.map(|fact| format!("{} {}", prose(&fact.name, 30), code(&fact.value, NAME))).collect();
    let facts =
        if facts.is_empty() { format!("agent {}", code(&card.place.agent, NAME)) } else { facts.join("\n") };
    format!("*In*\n{facts}")
}

fn name_field(n: usize, object: &Destroyed, of: usize) -> Value {
    let kind = plain(&object.kind, 40);
    let kind = if kind.is_empty() { "object" } else { kind.as_str() };
    let which = if of > 1 { format!(" ({} of {of})", n + 1) } else { String::new() };
    let element = json!({
        "type": "plain_text_input", "placeholder": plain_text("name of the resource", 150), "max_length": TYPED,
        "focus_on_load": n == 0,
    });
    let field = input(&field::name(n), &format!("Type the name of the {kind} to destroy{which}"), element);
    hinted(field, "Exact name, case matters. Pasting is allowed; the name must match letter for letter.")
}
