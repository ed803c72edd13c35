//! 03s, 05, 07, 08: a step waits for a person. Each is a new message with one mention, says what happens if nobody
//! answers, and never changes while it asks.

use dd0c_types::{Role, Timestamp};
use serde_json::Value;

use super::block::{Button, Style, context, named, preformatted, section};
use super::shown::{Room, Shown, difference};
use super::step::{place, place_in_short, risk, why};
use super::text::{NAME, TITLE, clock, code, digest, lasting, link, mention, mention_group, plain, prose};
use super::view::{Ask, Edit, Link, Position, RiskWord, SlackGroup, StepCard};
use super::{Delivery, Message, push};
use crate::interaction::Action;

/// 03s: a Safe step under policy `strict`.
pub fn run_ask(step: &StepCard, ask: &Ask) -> Message {
    let (sign, word) = risk(step.risk);
    let label = step.position.label();
    let first = format!(
        "{sign} *{word} · {label} waits for you* — {}\n{}",
        mention(&ask.whom),
        prose(&step.title, TITLE)
    );
    let shown = step.command.as_ref().map(|command| Room::new().draw(command));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    blocks.extend(shown.as_ref().map(|shown| shown.block(&step.block('c'), "to approve", &step.link)));
    blocks.push(context(&reasons(step)));
    let run = Button::new(Action::StepApprove, "▶ Run step", &step.token).style(Style::Primary);
    blocks.extend(step.ask_row(run, shown.as_ref()));
    blocks.push(context(&[ends(step, ask)]));
    let text = push(&format!("{sign} Run {}? ", step.position.short()), &step.title, " (read-only)");
    Message::new(Delivery::Ask, text, blocks)
}

/// 05: a Caution step, or one that nobody could judge.
pub fn approval_ask(step: &StepCard, ask: &Ask) -> Message {
    let (sign, word) = risk(step.risk);
    let label = step.position.label();
    let first = format!(
        "{sign} *{word} · {label} needs approval* — {}\n{}",
        mention(&ask.whom),
        prose(&step.title, TITLE)
    );
    let mut room = Room::new();
    let shown = step.command.as_ref().map(|command| room.draw(command));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    blocks.extend(shown.as_ref().map(|shown| shown.block(&step.block('c'), "to approve", &step.link)));
    blocks.push(context(&reasons(step)));
    blocks.extend(way_back(step, &mut room));
    let approve = Button::new(Action::StepApprove, "✅ Approve & run", &step.token).style(Style::Primary);
    let approve = approve.spoken(&format!("Approve {} and run it", step.position.short()));
    blocks.extend(step.ask_row(approve, shown.as_ref()));
    blocks.push(context(&[ends(step, ask)]));
    let text = push(&format!("{sign} Approve? {label}: "), &step.title, &place_in_short(&step.place));
    Message::new(Delivery::Ask, text, blocks)
}

/// 08: a Dangerous step. The button opens the typed confirmation; nothing runs by it.
pub fn typed_ask(step: &StepCard, ask: &Ask) -> Message {
    let (sign, word) = risk(step.risk);
    let label = step.position.label();
    let first = format!(
        "{sign} *{word} · {label} needs typed confirmation* — {}\n{}",
        mention(&ask.whom),
        prose(&step.title, TITLE)
    );
    let mut room = Room::new();
    let shown = step.command.as_ref().map(|command| room.draw(command));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    blocks.extend(shown.as_ref().map(|shown| shown.block(&step.block('c'), "to approve", &step.link)));
    let mut facts: Vec<String> = will_destroy(step).into_iter().collect();
    facts.extend(reasons(step));
    let inverse = way_back(step, &mut room);
    if inverse.is_empty() {
        facts.push("⚠️ *No rollback.* What this step destroys is gone after it.".to_owned());
    }
    blocks.push(context(&facts));
    blocks.extend(inverse);
    blocks.extend(step.ask_row(review(step), shown.as_ref()));
    blocks.push(context(&[ends(step, ask)]));
    Message::new(Delivery::Ask, typed_text(step), blocks)
}

/// 07: an edit was classified again and asks anew. The card of the old command is closed.
pub fn edited_ask(step: &StepCard, edit: &Edit, ask: &Ask) -> Message {
    let ((old_sign, old_word), (sign, word)) = (risk(edit.risk_before), risk(step.risk));
    let label = step.position.label();
    let verdict = if edit.risk_before == step.risk {
        format!("classified again: still {sign} *{word}*")
    } else {
        format!("classified again: {old_sign} {old_word} → {sign} *{word}*")
    };
    let first =
        format!("✏️ *{label} edited* by {} — {verdict} — {}", prose(&edit.by, NAME), mention(&ask.whom));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    let shown = edited_command(step, edit);
    blocks.extend(shown.as_ref().map(|shown| shown.block(&step.block('d'), "to approve", &step.link)));
    let mut facts: Vec<String> = will_destroy(step).into_iter().collect();
    facts.extend(reasons(step));
    if step.rollback.is_none() {
        facts.push("No rollback is known.".to_owned());
    }
    blocks.push(context(&facts));
    blocks.extend(step.row(edited_buttons(step, shown.as_ref())));
    blocks.push(context(&[ends(step, ask)]));
    let needs = if step.risk == RiskWord::Dangerous { "DANGEROUS - typed confirmation needed" } else { word };
    let text = format!("{sign} {label} was edited and is now {needs}");
    Message::new(Delivery::Ask, text, blocks)
}

/// At 60 % of the wait: mentions the on-call group, once.
pub fn reminder(step: &StepCard, ask: &Ask, group: Option<&SlackGroup>, question: Option<&Link>) -> Message {
    let (sign, word) = risk(step.risk);
    let label = step.position.label();
    let whom = group.map_or_else(|| mention(&ask.whom), mention_group);
    let waits = format!("*{label} still waits* ({sign} {word})");
    let first = format!("🔔 {whom} {waits}: {}", prose(&step.title, TITLE));
    let see =
        question.map(|question| format!(" · {}", link(question, "See the question ↗"))).unwrap_or_default();
    let blocks =
        vec![named(section(&first), &step.block('n')), context(&[format!("{}{see}", ends(step, ask))])];
    let text = push(&format!("🔔 {label} still waits for approval: "), &step.title, "");
    Message::new(Delivery::Ask, text, blocks)
}

/// The old and the new command with their signs where both fit; else the new one alone.
fn edited_command(step: &StepCard, edit: &Edit) -> Option<Shown> {
    let command = step.command.as_ref()?;
    let both = Room::new().place(difference(&edit.before, command));
    Some(if both.is_whole() { both } else { Room::new().draw(command) })
}

fn edited_buttons(step: &StepCard, shown: Option<&Shown>) -> Vec<Value> {
    use dd0c_types::run::StepAction;
    let whole = shown.is_some_and(Shown::is_whole);
    let approve = match step.risk {
        RiskWord::Dangerous => review(step),
        RiskWord::Safe => Button::new(Action::StepApprove, "▶ Run step", &step.token).style(Style::Primary),
        RiskWord::Caution | RiskWord::Unknown => {
            Button::new(Action::StepApprove, "✅ Approve & run", &step.token).style(Style::Primary)
        }
    };
    let undo = Button::new(Action::StepEditUndo, "↩️ Undo edit", &step.token);
    let first = (step.can(StepAction::Approve) && whole).then(|| approve.json());
    let undo = step.can(StepAction::Edit).then(|| undo.json());
    [first, undo, step.skip_button(), step.abort_button()].into_iter().flatten().collect()
}

fn review(step: &StepCard) -> Button {
    Button::new(Action::StepTypedOpen, "🔴 Review & confirm…", &step.token)
        .style(Style::Danger)
        .spoken(&format!("Open the typed confirmation of dangerous {}", step.position.short()))
}

fn typed_text(step: &StepCard) -> String {
    let before = format!("🔴 Confirm? {} ", step.position.label());
    match step.destroys.as_slice() {
        [] => push(&format!("{before}is DANGEROUS: "), &step.title, &place_in_short(&step.place)),
        [one] => {
            let destroys = format!("{before}DESTROYS {} ", plain(&one.kind, 30));
            push(&destroys, &one.name, &place_in_short(&step.place))
        }
        several => format!("{before}DESTROYS {} things{}", several.len(), place_in_short(&step.place)),
    }
}

fn will_destroy(step: &StepCard) -> Option<String> {
    if step.destroys.is_empty() {
        return None;
    }
    let named =
        step.destroys.iter().take(5).map(|one| format!("{} {}", prose(&one.kind, 40), code(&one.name, 120)));
    let mut named = named.collect::<Vec<_>>().join(", ");
    if step.destroys.len() > 5 {
        named += &format!(" and {} more", step.destroys.len() - 5);
    }
    Some(format!("*Will destroy:* {named}"))
}

fn reasons(step: &StepCard) -> Vec<String> {
    let label = match step.risk {
        RiskWord::Safe => "Why safe",
        RiskWord::Caution | RiskWord::Unknown => "Why caution",
        RiskWord::Dangerous => "Why dangerous",
    };
    let mut says = vec![format!("*On* {}", place(&step.place))];
    if let Some(because) = &step.why {
        says.push(format!("*{label}:* {}. {}", why(because), link(&step.link, "Details")));
    }
    if let Position::Unlisted { .. } = step.position {
        says.push("➕ This command is not in the runbook; the run lists it as a divergence.".to_owned());
    }
    says
}

/// The inverse command, drawn where there is room.
fn way_back(step: &StepCard, room: &mut Room) -> Vec<Value> {
    let Some(inverse) = &step.rollback else { return Vec::new() };
    match room.draw(&inverse.command) {
        Shown::Whole(drawn) => {
            vec![section("↩️ *Rollback ready*"), named(preformatted(&drawn), &step.block('r'))]
        }
        Shown::TooLong(_) => {
            let read = link(&step.link, "Read it in the dashboard ↗");
            vec![section(&format!("↩️ *Rollback ready*; it is too long to show here. {read}"))]
        }
    }
}

/// When it ends by itself and what that means, who may, and what exactly.
fn ends(step: &StepCard, ask: &Ask) -> String {
    let second = if ask.needs_second_person { ", but not the one who started the run" } else { "" };
    let who = match ask.role {
        Role::Viewer => "Anybody".to_owned(),
        Role::Owner => "*Owners* only".to_owned(),
        role => format!("Any *{}* may approve", role.word()),
    };
    let digest = step
        .command
        .as_ref()
        .map(|command| format!(" Command {}", digest(&command.hash())))
        .unwrap_or_default();
    format!("{} {who}{second}.{digest}", if_nobody_answers(ask.asked_at, ask.expires_at))
}

fn if_nobody_answers(asked_at: Timestamp, expires_at: Timestamp) -> String {
    let wait = (expires_at - asked_at).to_std().unwrap_or_default();
    format!("If nobody answers, it expires in {} ({}) and nothing runs.", lasting(wait), clock(expires_at))
}
