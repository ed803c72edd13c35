//! 03, 04, 05b and the closed cards: a step that goes on by itself, or is over. Edited in place; nothing is asked.

use serde_json::Value;

use super::block::context;
use super::shown::output;
use super::step::risk;
use super::text::{NAME, SENTENCE, clock_with_seconds, digest, lasting, prose};
use super::view::{Closed, Decision, Finished, Running, StepCard};
use super::{Delivery, Message, push};

/// 03: it runs and nobody was asked.
pub fn running(step: &StepCard, running: &Running) -> Message {
    let why = if running.by_itself { " · auto-run: policy `audit`, both keys agree" } else { "" };
    let mut blocks = vec![step.headline(&format!("{}{why}", status(running)))];
    blocks.extend(step.command_to_show());
    blocks.extend(output(&step.block('o'), &running.output, &step.link, "Live log ↗"));
    blocks.extend(step.running_row());
    let text = push(&format!("{} {} running: ", risk(step.risk).0, step.position.label()), &step.title, "");
    Message::new(Delivery::Progress, text, blocks)
}

/// 05b: somebody let it run; the command and its digest stand as they were shown.
pub fn approved(step: &StepCard, decision: &Decision, running: &Running) -> Message {
    let mut blocks = vec![step.headline(&status(running))];
    blocks.extend(step.command_to_show());
    blocks.push(approval(decision));
    blocks.extend(output(&step.block('o'), &running.output, &step.link, "Live log ↗"));
    blocks.extend(step.running_row());
    let text = push(&format!("✅ {} approved by ", step.position.label()), &decision.by, ", running");
    Message::new(Delivery::Progress, text, blocks)
}

/// 04: it ended well.
pub fn finished(step: &StepCard, finished: &Finished) -> Message {
    let exit = finished.exit_code.map(|code| format!(" · exit {code}")).unwrap_or_default();
    let how = if finished.decision.is_some() { "" } else { " · ran automatically" };
    let took = lasting(finished.took);
    let mut blocks = vec![step.headline(&format!("✅ *Done*{exit} · {took}{how}"))];
    blocks.extend(step.command_to_show());
    blocks.extend(finished.decision.as_ref().map(approval));
    blocks.extend(output(&step.block('o'), &finished.output, &step.link, "Full log ↗"));
    Message::new(Delivery::Progress, format!("✅ {} done in {took}", step.position.label()), blocks)
}

/// A card that asks no more: its buttons are gone, its command stays as it was.
pub fn closed(step: &StepCard, closed: &Closed) -> Message {
    let label = step.position.label();
    let (status, text) = match closed {
        Closed::ReplacedByEdit { by } => (
            format!("✏️ *Replaced by an edit* of {} · see below · nothing ran by this message", prose(by, NAME)),
            push(&format!("✏️ {label} was edited by "), by, "; a new message asks"),
        ),
        Closed::Replaced => (
            "🔁 *Replaced* · something it was drawn from has changed · see below · nothing ran by this message".to_owned(),
            format!("🔁 {label} has changed; a new message asks"),
        ),
        Closed::Skipped { by, reason } => (
            format!("⏭ *Skipped* by {}{} · it never started", prose(by, NAME), quoted(reason)),
            push(&format!("⏭ {label} skipped by "), by, ". It never started"),
        ),
        Closed::RevokedByPanic => (
            "⛔ *Revoked by panic* · nothing ran".to_owned(),
            format!("⛔ {label}: the question was revoked by panic. Nothing ran"),
        ),
        Closed::RunAborted => (
            "🛑 *Never started* · the run was aborted".to_owned(),
            format!("🛑 {label} never started: the run was aborted"),
        ),
        Closed::Expired => (
            "⌛ *Expired* · nobody answered · nothing ran by this message · see below".to_owned(),
            format!("⌛ {label}: nobody answered in time. Nothing ran"),
        ),
        Closed::EndedBadly => (
            "❌ *Ended badly* · see below".to_owned(),
            format!("❌ {label} ended badly; a new message asks"),
        ),
        Closed::OutcomeUnknown => (
            "❓ *Outcome unknown* · it may have run · see below".to_owned(),
            format!("❓ {label} may have run; a new message asks"),
        ),
        Closed::DoneByHand { by, note } => (
            format!("🧑‍🔧 *Done by hand* · reported by {}{}", prose(by, NAME), quoted(note)),
            push(&format!("🧑‍🔧 {label} reported done by "), by, ""),
        ),
    };
    let mut blocks = vec![step.headline(&status)];
    blocks.extend(step.command_to_show());
    Message::new(Delivery::Progress, text, blocks)
}

fn status(running: &Running) -> String {
    match running.started_at {
        Some(started_at) => format!("🔵 *Running* since {}", clock_with_seconds(started_at)),
        None => "🔵 *Starting*".to_owned(),
    }
}

/// Who, through which door, when, and for exactly what.
fn approval(decision: &Decision) -> Value {
    context(&[format!(
        "✅ *Approved* by {} in {} · {} · {} after asking · exactly {}",
        prose(&decision.by, NAME),
        decision.door,
        clock_with_seconds(decision.at),
        lasting(decision.after),
        digest(&decision.command_sha256)
    )])
}

fn quoted(reason: &str) -> String {
    let reason = prose(reason, SENTENCE);
    if reason.is_empty() { String::new() } else { format!(" (“{reason}”)") }
}
