//! Answers to `/dd0c …` and to the shortcuts, and what is said directly when a message cannot be kept current.

use dd0c_types::Command;

use super::block::{context, section};
use super::home::{agent, run_line};
use super::modal::Builder;
use super::shown::Room;
use super::step::{risk, why};
use super::text::{TITLE, count, link, prose};
use super::view::{Link, RiskWord, RunLine, Why};
use super::{Delivery, Message, Modal, push};
use crate::interaction::Callback;

/// How many lines a list has.
const LINES: usize = 10;

/// `/dd0c`, and whatever is not understood.
pub fn help(dashboard: &Link) -> Message {
    let says = "`/dd0c run &lt;runbook&gt;` starts a runbook here\n\
                `/dd0c status` tells what runs and what waits\n\
                `/dd0c agents` tells which agents are online\n\
                `/dd0c link` links your Slack user to your account\n\
                `/dd0c panic [reason]` halts everything at once, without asking back";
    let small = format!(
        "In a thread, write the same after @dd0c. There, `@dd0c run &lt;command&gt;` asks for a command that is not in the \
         runbook; it is classified and gated like a step. {}",
        link(dashboard, "Open dashboard")
    );
    let text = "dd0c commands: run, status, agents, link, panic".to_owned();
    Message::new(Delivery::Ephemeral, text, vec![section(says), context(&[small])])
}

/// `/dd0c status`.
pub fn status(runs: &[RunLine], waiting: u32, panic: bool, dashboard: &Link) -> Message {
    let panic = if panic { "⛔ *Panic mode is on.* Nothing runs.\n" } else { "" };
    let mut lines: Vec<String> = runs.iter().take(LINES).map(run_line).collect();
    if runs.len() > LINES {
        lines.push(format!("{} more in the dashboard", runs.len() - LINES));
    }
    if lines.is_empty() {
        lines.push("Nothing runs.".to_owned());
    }
    let small = format!("{} · {}", waits(waiting), link(dashboard, "Open dashboard"));
    let live = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    let text = format!("{}, {}", count(live, "live run"), waits(waiting));
    let blocks = vec![section(&format!("{panic}{}", lines.join("\n"))), context(&[small])];
    Message::new(Delivery::Ephemeral, text, blocks)
}

/// `/dd0c agents`.
pub fn agents(agents: &[(String, bool)], dashboard: &Link) -> Message {
    let mut lines: Vec<String> =
        agents.iter().take(LINES).map(|(name, online)| agent(name, *online)).collect();
    if agents.len() > LINES {
        lines.push(format!("{} more in the dashboard", agents.len() - LINES));
    }
    if lines.is_empty() {
        lines.push("No agent is enrolled yet.".to_owned());
    }
    let online = agents.iter().filter(|(_, online)| *online).count();
    let text = format!("{online} of {} agents online", agents.len());
    let blocks = vec![section(&lines.join("\n")), context(&[link(dashboard, "Open dashboard")])];
    Message::new(Delivery::Ephemeral, text, blocks)
}

/// The shortcut "Explain this command". The command is shown whole, or not at all.
pub fn explain_modal(command: &Command, of: RiskWord, because: Option<&Why>, dashboard: &Link) -> Modal {
    let (sign, word) = risk(of);
    let because = because.map(|because| format!("\n{}", why(because))).unwrap_or_default();
    let shown = Room::new().draw(command).block("explained", "to show", dashboard);
    let small = "The scanner alone judged it here. Nothing was run, and nothing was stored.".to_owned();
    Builder::new(Callback::Explain, "What this command does", "Close")
        .block(shown)
        .block(section(&format!("{sign} *{word}*{because}")))
        .block(context(&[small]))
        .modal()
}

/// To the lead, directly: a message of this run can no longer be kept current.
pub fn cannot_update(runbook: &str, run: &Link) -> Message {
    let says = format!(
        "📭 *Messages of {} can no longer be updated here.* The run goes on as it was; what you see in Slack may be old. {}",
        prose(runbook, TITLE),
        link(run, "Follow it in the dashboard ↗")
    );
    let text = push("📭 Slack messages are out of date: ", runbook, ". Follow the run in the dashboard");
    Message::new(Delivery::Direct, text, vec![section(&says)])
}

fn waits(waiting: u32) -> String {
    if waiting == 0 {
        "nothing waits for a person".to_owned()
    } else {
        format!("{} waiting for a person", count(waiting, "question"))
    }
}
