//! 02a, 02: what is asked before a start, and the parent message while a run goes on.

use serde_json::{Value, json};

use super::block::{context, named, plain_text, section};
use super::home::{agent, state};
use super::modal::{Builder, INPUT, hinted, input, option};
use super::run::title;
use super::text::{NAME, clock, head, maybe_link, plain, prose};
use super::view::{AgentChoice, OfferCard, Origin, RunCard, RunWord, StartCard, VariableAsk};
use super::{Delivery, Message, Modal, push};
use crate::interaction::{Callback, field};

/// The most variables that are asked for here.
const VARIABLES: usize = 20;
/// The most prerequisites that are ticked here: what Slack takes of boxes.
const PREREQUISITES: usize = 10;
/// The most options of a select.
const OPTIONS: usize = 100;

/// 02a: values, prerequisites, agent. None when more is asked than a modal holds: then the dashboard asks.
pub fn start_modal(card: &StartCard) -> Option<Modal> {
    let known_fits =
        |ask: &VariableAsk| ask.known.as_ref().is_none_or(|(value, _)| value.chars().count() <= INPUT);
    let fits = card.variables.len() <= VARIABLES
        && card.prerequisites.len() <= PREREQUISITES
        && card.agents.len() <= OPTIONS
        && card.variables.iter().all(known_fits);
    if !fits {
        return None;
    }
    let first = format!("*{}* · {} steps · {}", title(&card.runbook), card.steps, card.policy);
    let mut builder = Builder::new(Callback::RunStart, "Start Copilot", "Cancel")
        .origin(&card.origin)
        .submit("Start")
        .block(section(&first));
    for (n, ask) in card.variables.iter().enumerate() {
        builder = builder.block(variable(n, ask));
    }
    if !card.prerequisites.is_empty() {
        builder = builder.block(prerequisites(&card.prerequisites));
    }
    if card.agents.len() > 1 {
        builder = builder.block(agents(&card.agents));
    }
    Some(builder.modal())
}

/// Which runbook to run, without an alert. At most a hundred are offered.
pub fn pick_modal(origin: &Origin, offers: &[OfferCard]) -> Modal {
    let label = |offer: &OfferCard| format!("{} v{}", plain(&offer.runbook.title, 64), offer.runbook.version);
    let options: Vec<Value> =
        offers.iter().take(OPTIONS).map(|offer| option(&label(offer), offer.token.as_str())).collect();
    let builder = Builder::new(Callback::RunPick, "Run a runbook", "Cancel").origin(origin);
    if options.is_empty() {
        return builder.block(section("There is no runbook yet. Paste one in the dashboard first.")).modal();
    }
    let select = json!({
        "type": "static_select", "placeholder": plain_text("Choose a runbook", 150), "options": options,
    });
    builder.submit("Next").block(input(field::RUNBOOK, "Runbook", select)).modal()
}

/// 02: the parent message, edited as the run goes on.
pub fn started(run: &RunCard) -> Message {
    let (sign, word) = state(run.state);
    let mut parts = vec![
        format!("Step {} of {}", run.step, run.of),
        format!("led by {}", prose(&run.led_by, NAME)),
        format!("started {}", clock(run.started_at)),
    ];
    parts.extend(run.agent.as_ref().map(|(name, online)| format!("agent {}", agent(name, *online))));
    let mut first = format!("{sign} *{word}* · {}\n{}", title(&run.runbook), parts.join(" · "));
    if let Some(alert) = &run.alert {
        let sender = format!("{} {}", alert.sender, prose(&alert.number, 40));
        first += &format!(" · {}", maybe_link(alert.link.as_ref(), sender.trim()));
    }
    let blocks = vec![
        named(section(&first), &format!("rbh.{}", run.revision)),
        context(&[format!("{} · details in thread", counts(run))]),
    ];
    let at = match run.state {
        RunWord::Finished | RunWord::Aborted => String::new(),
        _ => format!(" - step {} of {}", run.step, run.of),
    };
    Message::new(Delivery::Parent, push(&format!("{sign} {word}: "), &run.runbook.title, &at), blocks)
}

fn counts(run: &RunCard) -> String {
    let counts = [
        (run.done, "✅", "done"),
        (run.running, "🔵", "running"),
        (run.waiting, "✋", "waiting"),
        (run.failed, "❌", "failed"),
        (run.skipped, "⏭", "skipped"),
        (run.to_go, "⚪", "to go"),
    ];
    let some = counts.iter().filter(|(number, ..)| *number > 0);
    let words: Vec<String> = some.map(|(number, sign, word)| format!("{sign} {number} {word}")).collect();
    if words.is_empty() { "no steps".to_owned() } else { words.join(" · ") }
}

fn variable(n: usize, ask: &VariableAsk) -> Value {
    let mut element = json!({"type": "plain_text_input", "max_length": INPUT});
    let mut hint = ask.hint.as_deref().map(|hint| plain(hint, 200)).unwrap_or_default();
    if let Some((value, from)) = &ask.known {
        element["initial_value"] = Value::from(value.clone());
        hint = if hint.is_empty() { (*from).to_owned() } else { format!("{from} · {hint}") };
    }
    let name = plain(&ask.name, 100);
    let field = input(&field::variable(n), if name.is_empty() { "(no name)" } else { &name }, element);
    if hint.is_empty() { field } else { hinted(field, &hint) }
}

fn prerequisites(texts: &[String]) -> Value {
    let options: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| {
            let text = plain(text, 75);
            option(if text.is_empty() { "(nothing)" } else { &text }, &n.to_string())
        })
        .collect();
    input(field::PREREQUISITES, "Ready?", json!({"type": "checkboxes", "options": options}))
}

fn agents(agents: &[AgentChoice]) -> Value {
    let label = |agent: &AgentChoice| {
        let state = if agent.online { "online" } else { "offline" };
        option(&format!("{} ({state})", plain(&agent.name, NAME)), &head(&agent.id, 150))
    };
    let options: Vec<Value> = agents.iter().map(label).collect();
    let mut element = json!({"type": "static_select", "options": options});
    // The only one that is online, when there is only one: otherwise a person chooses.
    let mut online = agents.iter().filter(|agent| agent.online);
    if let (Some(only), None) = (online.next(), online.next()) {
        element["initial_option"] = label(only);
    }
    input(field::AGENT, "Run on", element)
}
