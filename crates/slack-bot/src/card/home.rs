//! 20: what waits for a person, what runs, and who they are.

use serde_json::{Value, json};

use super::Home;
use super::block::{Button, Style, actions, context, divider, header, named, section};
use super::step::risk;
use super::text::{NAME, clock, code, maybe_link, prose};
use super::view::{HomeCard, RunLine, RunWord, WaitingLine};
use crate::interaction::Action;

/// How many lines of each kind are shown.
const LINES: usize = 10;

/// 20.
pub fn home(card: &HomeCard) -> Home {
    let mut blocks = vec![header(&format!("Waiting for you ({})", card.waiting.len()))];
    for (n, line) in card.waiting.iter().take(LINES).enumerate() {
        blocks.extend(waiting(n, line));
    }
    blocks.extend(rest(card.waiting.len()));
    if card.waiting.is_empty() {
        blocks.push(context(&["Nothing waits for you.".to_owned()]));
    }
    blocks.push(divider());
    blocks.push(header(&format!("Live runs ({})", card.runs.len())));
    blocks.extend(card.runs.iter().take(LINES).map(|line| section(&run_line(line))));
    blocks.extend(rest(card.runs.len()));
    if card.runs.is_empty() {
        blocks.push(context(&["Nothing runs.".to_owned()]));
    }
    blocks.push(divider());
    blocks.push(context(&[about(card)]));
    blocks.push(named(actions(buttons(card)), "h2"));
    Home { view: json!({"type": "home", "blocks": blocks}) }
}

/// A live run in one line.
pub(super) fn run_line(line: &RunLine) -> String {
    let (sign, word) = state(line.state);
    let title = maybe_link(line.link.as_ref(), &prose(&line.runbook, 100));
    format!(
        "{sign} *{word}* · {title} · step {} of {} · led by {}",
        line.step,
        line.of,
        prose(&line.led_by, NAME)
    )
}

/// The emoji and the word of a run's state.
pub(super) const fn state(state: RunWord) -> (&'static str, &'static str) {
    match state {
        RunWord::Running => ("▶", "Copilot running"),
        RunWord::Waiting => ("✋", "Waiting for a person"),
        RunWord::Paused => ("⏸", "Paused"),
        RunWord::NeedsAPerson => ("⚠️", "A person must look"),
        RunWord::Finished => ("✅", "Finished"),
        RunWord::Aborted => ("🛑", "Aborted"),
    }
}

fn waiting(n: usize, line: &WaitingLine) -> Vec<Value> {
    let (sign, word) = risk(line.risk);
    let says = format!(
        "{sign} *{word} · {}* · {} · asked {}",
        line.position.label(),
        prose(&line.runbook, 100),
        clock(line.asked_at)
    );
    let mut blocks = vec![section(&says)];
    if let Some(thread) = &line.thread {
        let open = Button::link(Action::OpenLink, "Open thread", thread);
        let open = if n == 0 { open.style(Style::Primary) } else { open };
        blocks.push(named(actions(vec![open.json()]), &format!("h1.{n}")));
    }
    blocks
}

fn rest(all: usize) -> Option<Value> {
    (all > LINES).then(|| context(&[format!("{} more in the dashboard.", all - LINES)]))
}

fn about(card: &HomeCard) -> String {
    let agents: Vec<String> = card.agents.iter().take(5).map(|(name, online)| agent(name, *online)).collect();
    let mut agents =
        if agents.is_empty() { "No agent yet".to_owned() } else { format!("Agent {}", agents.join(", ")) };
    if card.agents.len() > 5 {
        agents += &format!(" and {} more", card.agents.len() - 5);
    }
    let panic = if card.panic { "⛔ panic is *on*" } else { "panic off" };
    let account = match &card.account {
        Some((account, role)) => format!("linked as {} ({})", prose(account, NAME), role.word()),
        None => "your Slack user is *not linked*: buttons do nothing for you".to_owned(),
    };
    format!("{agents} · policy `{}` · {panic} · {account}", card.policy)
}

/// `name` online.
pub(super) fn agent(name: &str, online: bool) -> String {
    format!("{} {}", code(name, NAME), if online { "online" } else { "*offline*" })
}

fn buttons(card: &HomeCard) -> Vec<Value> {
    let link_account = card.link_account.as_ref().filter(|_| card.account.is_none());
    let link_account =
        link_account.map(|to| Button::link(Action::OpenLink, "🔗 Link account", to).style(Style::Primary));
    let run = card.account.is_some().then(|| Button::new(Action::HomeRun, "Run a runbook", &card.token));
    let open = Button::link(Action::OpenSecondLink, "Open dashboard", &card.dashboard);
    let halt = Button::new(Action::Panic, "⛔ Panic", &card.token).style(Style::Danger).confirm(
        "Halt everything?",
        "All runs pause at once and pending approvals are revoked, for the whole organisation.",
        "Halt all",
        "Cancel",
    );
    let halt = (card.account.is_some() && !card.panic).then_some(halt);
    [link_account, run, Some(open), halt].into_iter().flatten().map(Button::json).collect()
}
