//! 01, 01b: an alert, and the runbooks that may be for it. The parent message of everything that follows.

use serde_json::{Value, json};

use super::block::{Button, Style, actions, context, named, plain_text, section};
use super::modal::{Builder, input, option};
use super::run::title;
use super::text::{NAME, and, day_and_clock, lasting, maybe_link, plain, prose};
use super::view::{AlertCard, LastUse, OfferCard, Origin, RiskCounts};
use super::{Delivery, Message, Modal, push};
use crate::interaction::{Action, Callback, field};

/// How many runbooks are offered when none is chosen.
const OFFERED: usize = 3;
/// Why an offered runbook is the wrong one: the option's value and its words.
const WRONG: [(&str, &str); 4] = [
    ("other_service", "It is for another service"),
    ("other_problem", "It is for another problem"),
    ("out_of_date", "It is out of date"),
    ("no_runbook_needed", "No runbook is needed here"),
];

/// 01: one runbook is the one.
pub fn matched(alert: &AlertCard, offer: &OfferCard) -> Message {
    let first = format!("🔔 *Runbook matched* · {}\n{}", title(&offer.runbook), alert_line(alert));
    let why = format!(
        "Match {} of 100: {}{}",
        offer.points.min(100),
        listed(&offer.reasons, 3),
        prerequisites(&offer.prerequisites)
    );
    let start = Button::new(Action::RunStart, "▶ Start Copilot", &offer.token)
        .style(Style::Primary)
        .spoken(&format!("Start Copilot for runbook {}", plain(&offer.runbook.title, 40)));
    let preview =
        offer.runbook.link.as_ref().map(|to| Button::link(Action::RunbookPreview, "👀 Preview", to));
    let reject = Button::new(Action::MatchReject, "Not this one", &offer.token);
    let buttons: Vec<Value> =
        [Some(start), preview, Some(reject)].into_iter().flatten().map(Button::json).collect();
    let small = [format!("{}{}", risks(offer.risks), last_used(offer.last_used)), why];
    let blocks = vec![
        named(section(&first), &alert.block('h')),
        context(&[small.as_slice(), &folded(alert)].concat()),
        named(actions(buttons), &alert.block('a')),
    ];
    let red =
        if offer.risks.dangerous > 0 { format!(", {} red", offer.risks.dangerous) } else { String::new() };
    let after = format!(" ({} steps{red}) for {}", offer.risks.all(), alert_in_short(alert));
    Message::new(Delivery::Parent, push("🔔 Runbook matched: ", &offer.runbook.title, &after), blocks)
}

/// 01b: several may be meant; nothing is chosen.
pub fn unsure(alert: &AlertCard, offers: &[OfferCard]) -> Message {
    let offers = &offers[..offers.len().min(OFFERED)];
    let several = if offers.len() == 1 {
        "1 runbook may fit".to_owned()
    } else {
        format!("{} runbooks may fit", offers.len())
    };
    let first =
        format!("🔔 *{several}* · {}\nNone is a sure match, so nothing is pre-selected.", alert_line(alert));
    let options: Vec<Value> = offers
        .iter()
        .map(|offer| {
            option(
                &format!("{} ({})", plain(&offer.runbook.title, 60), offer.points.min(100)),
                offer.token.as_str(),
            )
        })
        .collect();
    let select = json!({
        "type": "static_select", "action_id": Action::MatchPick.as_str(),
        "placeholder": plain_text("Choose a runbook", 150), "options": options,
    });
    let none = Button::new(Action::MatchReject, "None fits", &alert.token).json();
    let mut blocks = vec![named(section(&first), &alert.block('h'))];
    let folded = folded(alert);
    blocks.extend((!folded.is_empty()).then(|| context(&folded)));
    blocks.push(named(actions(vec![select, none]), &alert.block('a')));
    let text = format!("🔔 {several} {} - pick one", alert_in_short(alert));
    Message::new(Delivery::Parent, text, blocks)
}

/// No runbook fits: the alert is told and nothing is offered.
pub fn unmatched(alert: &AlertCard) -> Message {
    let first = format!("🔔 *No runbook fits* · {}", alert_line(alert));
    let mut small =
        vec!["`/dd0c run &lt;runbook&gt;` starts one by hand. Nothing runs by itself.".to_owned()];
    small.extend(folded(alert));
    let blocks = vec![named(section(&first), &alert.block('h')), context(&small)];
    Message::new(Delivery::Parent, format!("🔔 No runbook fits {}", alert_in_short(alert)), blocks)
}

/// "Not this one": the answer feeds the matcher.
pub fn why_not_modal(origin: &Origin) -> Modal {
    let options: Vec<Value> = WRONG.iter().map(|(value, label)| option(label, value)).collect();
    let element = json!({"type": "radio_buttons", "options": options});
    Builder::new(Callback::MatchReject, "Not this one", "Cancel")
        .origin(origin)
        .submit("Send")
        .block(section("Your answer makes the next match better. The alert stays; nothing runs."))
        .block(input(field::WHY, "Why is it the wrong one?", element))
        .modal()
}

impl AlertCard {
    pub(super) fn block(&self, part: char) -> String {
        format!("rb{part}.{}", self.revision)
    }
}

impl RiskCounts {
    const fn all(self) -> u32 {
        self.safe + self.caution + self.dangerous + self.by_hand
    }
}

/// `P1 · *checkout-api* · us-east-1 · PagerDuty #4821 · title`.
fn alert_line(alert: &AlertCard) -> String {
    let mut parts = vec![format!("P{}", alert.severity.clamp(1, 5))];
    parts.extend(alert.service.as_ref().map(|service| format!("*{}*", named_or(service))));
    parts.extend(alert.region.as_ref().map(|region| named_or(region)));
    let sender = format!("{} {}", alert.sender, prose(&alert.number, 40));
    parts.push(maybe_link(alert.link.as_ref(), sender.trim()));
    if alert.resolved {
        parts.push("*resolved* at its sender".to_owned());
    }
    parts.push(named_or(&alert.title));
    parts.join(" · ")
}

/// Prose that is never empty: an empty bold would be two stars.
fn named_or(text: &str) -> String {
    let text = prose(text, NAME);
    if text.is_empty() { "(no name)".to_owned() } else { text }
}

fn alert_in_short(alert: &AlertCard) -> String {
    let what = alert.service.as_ref().unwrap_or(&alert.title);
    let region = alert.region.as_ref().map(|region| format!(" {}", plain(region, 16))).unwrap_or_default();
    format!("P{} {}{region}", alert.severity.clamp(1, 5), plain(what, 28))
}

fn folded(alert: &AlertCard) -> Vec<String> {
    match alert.folded {
        0 => Vec::new(),
        1 => vec!["1 more alert like it is folded in here".to_owned()],
        more => vec![format!("{more} more alerts like it are folded in here")],
    }
}

fn risks(risks: RiskCounts) -> String {
    let counts = [
        (risks.safe, "🟢", "safe"),
        (risks.caution, "🟡", "caution"),
        (risks.dangerous, "🔴", "dangerous"),
        (risks.by_hand, "✋", "by hand"),
    ];
    let some = counts.iter().filter(|(number, ..)| *number > 0);
    let words: Vec<String> = some.map(|(number, sign, word)| format!("{sign} {number} {word}")).collect();
    if words.is_empty() { "no steps".to_owned() } else { words.join(" · ") }
}

fn last_used(last: Option<LastUse>) -> String {
    match last {
        None => " · never used".to_owned(),
        Some(LastUse { at, resolved_in: Some(time) }) => {
            format!(" · last used {} (resolved in {})", day_and_clock(at), lasting(time))
        }
        Some(LastUse { at, resolved_in: None }) => {
            format!(" · last used {} (not completed)", day_and_clock(at))
        }
    }
}

fn listed(texts: &[String], most: usize) -> String {
    let shown: Vec<String> = texts.iter().take(most).map(|text| prose(text, 100)).collect();
    if shown.is_empty() { "no reason is known".to_owned() } else { shown.join(", ") }
}

fn prerequisites(texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let mut shown: Vec<String> = texts.iter().take(4).map(|text| prose(text, 80)).collect();
    if texts.len() > 4 {
        shown.push(format!("{} more", texts.len() - 4));
    }
    format!(" · prerequisites: {}", and(&shown))
}
