//! 16, 18, 19: what becomes of a run as a whole.

use super::block::{Button, Style, actions, context, fields, header, named, section};
use super::step::risk;
use super::text::{NAME, TITLE, clock_with_seconds, count, lasting, link, maybe_link, prose};
use super::view::{AbortedCard, Link, PanicCard, RunbookName, StoppedStep, SummaryCard};
use super::{Delivery, Message, push};
use crate::interaction::Action;

/// 16: in every live thread, and in the channel too.
pub fn panic(card: &PanicCard) -> Message {
    let reached = card
        .reached_in
        .map(|time| format!(" · reached every engine in {}", lasting(time)))
        .unwrap_or_default();
    let reason = prose(&card.reason, TITLE);
    let reason = if reason.is_empty() { String::new() } else { format!("\n“{reason}”") };
    let paused =
        card.paused.map_or("Runs are paused".to_owned(), |number| format!("{} paused", count(number, "run")));
    let revoked = match card.revoked {
        Some(number) => format!("{} *revoked*", count(number, "pending approval")),
        None => "pending approvals are *revoked*".to_owned(),
    };
    let first = format!(
        "Triggered by {} with {} at {}{reached}{reason}\n• {paused} (not killed) · {revoked} · dd0c/run is read-only",
        prose(&card.by, NAME),
        card.how,
        clock_with_seconds(card.at)
    );
    let see = Button::link(Action::OpenLink, "See what was running", &card.link).json();
    let blocks = vec![
        header("⛔ Panic mode is on — all execution halted"),
        section(&first),
        context(&[
            "Old buttons no longer work. Only an *Owner* can lift it, in the dashboard, with a reason."
                .to_owned(),
        ]),
        named(actions(vec![see]), "pn"),
    ];
    let text = "⛔ PANIC MODE is on. All runs are halted and pending approvals are void".to_owned();
    Message::new(Delivery::Broadcast, text, blocks)
}

/// The receipt for whoever pressed: at once, before every store has answered.
pub fn panic_receipt(frozen: u32, running: u32, recorded: bool, dashboard: &Link) -> Message {
    let recorded = if recorded {
        ""
    } else {
        "\nThe database does not hold this yet. It is tried until it does; nothing starts meanwhile."
    };
    let were =
        if running == 1 { "1 step was running".to_owned() } else { format!("{running} steps were running") };
    let first = format!(
        "⛔ *Everything is halted.* {were}; {frozen} of them frozen, not killed. No other step will start.{recorded}"
    );
    let small =
        format!("Only an *Owner* can lift it, {}, with a reason.", link(dashboard, "in the dashboard"));
    let text =
        "⛔ Everything is halted. Only an Owner can lift it, in the dashboard, with a reason".to_owned();
    Message::new(Delivery::Ephemeral, text, vec![section(&first), context(&[small])])
}

/// 18: somebody stopped it.
pub fn aborted(card: &AbortedCard) -> Message {
    let stopped = match card.stopped {
        Some(StoppedStep::Ended(step, after)) => {
            format!(" · step {step} was stopped (ended after {})", lasting(after))
        }
        Some(StoppedStep::Asked(step)) => {
            format!(" · step {step} was asked to stop; what became of it is not known yet")
        }
        None => String::new(),
    };
    let first = format!(
        "🛑 *Run aborted* by {} at {}\n{} ran{stopped} · {} never started · *nothing was rolled back*",
        prose(&card.by, NAME),
        clock_with_seconds(card.at),
        count(card.ran, "step"),
        card.never_started
    );
    let mut buttons = Vec::new();
    if let Some((number, link)) = &card.rollbacks {
        buttons.push(Button::link(Action::OpenLink, &format!("↩️ Review rollbacks ({number})"), link).json());
    }
    buttons.push(Button::link(Action::OpenSecondLink, "Open run ↗", &card.link).json());
    let text = push("🛑 Run aborted by ", &card.by, &format!(" at step {} of {}", card.step, card.of));
    Message::new(Delivery::Broadcast, text, vec![section(&first), named(actions(buttons), "ab")])
}

/// 19: it ended well.
pub fn summary(card: &SummaryCard) -> Message {
    let took = lasting(card.took);
    let median = card.median.map(|median| format!(" (median {})", lasting(median))).unwrap_or_default();
    let columns = [
        format!("*Time to resolve*\n{took}{median}"),
        format!("*Waiting for people*\n{}", lasting(card.waited)),
        format!("*Steps*\n{} ran · {} skipped · {} failed", card.ran, card.skipped, card.failed),
        format!("*Approvals*\n{}", approvals(card)),
    ];
    let mut blocks =
        vec![section(&format!("✅ *Run finished* · {}", title(&card.runbook))), fields(&columns)];
    blocks.push(section(&divergences(card)));
    blocks.push(named(actions(summary_buttons(card)), "sm"));
    if let Some((alert, resolved)) = &card.alert {
        let name = maybe_link(alert.link.as_ref(), &format!("{} {}", alert.sender, prose(&alert.number, 40)));
        let state = if *resolved { "is resolved at its sender" } else { "is still open" };
        blocks.push(context(&[format!("{name} {state}. dd0c/run never resolves an incident for you.")]));
    }
    let skipped = if card.skipped > 0 { format!(", {} skipped", card.skipped) } else { String::new() };
    let text = format!("✅ Run finished in {took}. {} of {} steps{skipped}", card.ran, card.of);
    Message::new(Delivery::Broadcast, text, blocks)
}

/// Title and version, linked.
pub(super) fn title(runbook: &RunbookName) -> String {
    format!("{} `v{}`", maybe_link(runbook.link.as_ref(), &prose(&runbook.title, TITLE)), runbook.version)
}

fn approvals(card: &SummaryCard) -> String {
    if card.approvals.is_empty() {
        return "none were needed".to_owned();
    }
    let shown = card.approvals.iter().take(6).map(|(of, by)| format!("{} {}", risk(*of).0, prose(by, 40)));
    let mut says = shown.collect::<Vec<_>>().join(" · ");
    if card.approvals.len() > 6 {
        says += &format!(" · {} more", card.approvals.len() - 6);
    }
    says
}

fn divergences(card: &SummaryCard) -> String {
    if card.divergence_count == 0 {
        return "🔀 No divergence: it ran exactly as written.".to_owned();
    }
    let shown: Vec<String> = card.divergences.iter().take(3).map(|one| prose(one, 200)).collect();
    let more = (card.divergence_count as usize).saturating_sub(shown.len());
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    let review =
        if card.review.is_some() { "\nA proposed change of the runbook is ready to review." } else { "" };
    format!("🔀 *{}:* {}{more}.{review}", count(card.divergence_count, "divergence"), shown.join("; "))
}

fn summary_buttons(card: &SummaryCard) -> Vec<serde_json::Value> {
    let review = card
        .review
        .as_ref()
        .map(|to| Button::link(Action::OpenLink, "Review changes", to).style(Style::Primary));
    let timeline = Button::link(Action::OpenSecondLink, "Full timeline", &card.timeline);
    let audit = card.audit.as_ref().map(|to| Button::link(Action::OpenThirdLink, "Audit trail", to));
    [review, Some(timeline), audit].into_iter().flatten().map(Button::json).collect()
}
