//! 11, 12, 21: what one person is told alone: that they may not, were too late, or are not known.

use serde_json::Value;

use super::block::{Button, Style, actions, context, named, section};
use super::step::risk;
use super::text::{NAME, SENTENCE, TITLE, and, clock_with_seconds, lasting, link, mention, plain, prose};
use super::view::{AlreadyDecided, DecidedWord, Link, NotAllowed, NotAllowedWhy, Person, StepCard};
use super::{Delivery, Message, push};
use crate::interaction::Action;

/// How many people are named.
const NAMED: usize = 3;

/// 11: this person may not. `None` as token: nobody can be asked.
pub fn not_allowed(refused: &NotAllowed) -> Message {
    let word = risk(refused.risk).1;
    let why = match refused.why {
        NotAllowedWhy::Role { needed, has } => {
            format!("{word} steps here need the *{}* role. You are a *{}*.", needed.word(), has.word())
        }
        NotAllowedWhy::OwnRun { needed } => format!(
            "You started this run, and policy asks for a second person with the *{}* role to approve its {word} steps.",
            needed.word()
        ),
    };
    let first = format!("🔒 *You cannot approve this step.*\n{why} Nothing has run.");
    let names: Vec<String> = refused.who_may.iter().take(NAMED).map(|name| plain(name, 20)).collect();
    let mut buttons = Vec::new();
    if let Some(token) = refused.token.as_ref().filter(|_| !names.is_empty()) {
        buttons.push(Button::new(Action::ApprovalNudge, &format!("🙋 Ask {}", and(&names)), token).json());
    }
    buttons.push(Button::link(Action::OpenLink, "See who may approve", &refused.policy).json());
    let who =
        if names.is_empty() { "Nobody else can yet".to_owned() } else { format!("{} can", and(&names)) };
    let text = push(
        &format!("🔒 You cannot approve {} steps here. ", word.to_lowercase()),
        &who,
        ". Nothing has run",
    );
    Message::new(Delivery::Ephemeral, text, vec![section(&first), named(actions(buttons), "na")])
}

/// After 11, when its button was pressed: mentions those who may, in the thread.
pub fn nudge(step: &StepCard, from: &str, whom: &[Person], question: Option<&Link>) -> Message {
    let mentions: Vec<String> = whom.iter().take(NAMED).map(mention).collect();
    let (sign, word) = risk(step.risk);
    let label = step.position.label();
    let see =
        question.map(|question| format!(" · {}", link(question, "See the question ↗"))).unwrap_or_default();
    let first = format!(
        "🙋 {} — {} asks you to look at *{label}* ({sign} {word}): {}{see}",
        and(&mentions),
        prose(from, NAME),
        prose(&step.title, TITLE)
    );
    let small = "If nobody answers, the question expires as it says and nothing runs.".to_owned();
    let blocks = vec![named(section(&first), &step.block('k')), context(&[small])];
    Message::new(Delivery::Ask, push(&format!("🙋 {label} needs you: "), &step.title, ""), blocks)
}

/// 12: somebody was first, or something changed. This click did nothing.
pub fn already_decided(decided: &AlreadyDecided) -> Message {
    let step = decided.position.short();
    let by = decided.by.as_ref();
    let what = match (decided.what, by) {
        (DecidedWord::Expired, _) => format!("The question about {step} had expired"),
        (DecidedWord::Revoked, _) => format!("Panic had revoked the question about {step}"),
        (DecidedWord::Changed, _) => format!("{step} has changed since this button was drawn"),
        (word, by) => {
            let who = by.map_or_else(|| "Somebody".to_owned(), |by| prose(by, NAME));
            format!("{who} {} {step}", did(word))
        }
    };
    let when = format!("{} before you ({})", lasting(decided.before), clock_with_seconds(decided.at));
    let first =
        format!("ℹ️ {what} {when}. Your click changed nothing. {}", link(&decided.link, "See the run ↗"));
    let text = match (decided.what, by) {
        (DecidedWord::Expired | DecidedWord::Revoked | DecidedWord::Changed, _) | (_, None) => {
            format!("ℹ️ {} was decided before you. Your click changed nothing", capital(&step))
        }
        (word, Some(by)) => {
            push("ℹ️ ", by, &format!(" {} {step} before you. Your click changed nothing", did(word)))
        }
    };
    Message::new(Delivery::Ephemeral, text, vec![context(&[first])])
}

/// 21: this Slack user is not linked to an account. `link` works once.
pub fn not_linked(link: &Link) -> Message {
    let first = "👋 *We do not know who you are yet.* Link your Slack user to your dd0c account once, then press the button \
                 again. Nothing has run.";
    let button = Button::link(Action::OpenLink, "🔗 Link account", link).style(Style::Primary).json();
    let blocks = vec![section(first), named(actions(vec![button]), "ln")];
    Message::new(
        Delivery::Ephemeral,
        "👋 Link your Slack account once, then press again. Nothing has run".to_owned(),
        blocks,
    )
}

/// A refusal or an answer in the service's own words, which may name what others wrote.
pub fn sentence(says: &str) -> Message {
    let blocks: Vec<Value> = vec![section(&prose(says, SENTENCE))];
    Message::new(Delivery::Ephemeral, push("", says, ""), blocks)
}

const fn did(word: DecidedWord) -> &'static str {
    match word {
        DecidedWord::Approved => "approved",
        DecidedWord::Skipped => "skipped",
        DecidedWord::Edited => "edited",
        DecidedWord::Aborted => "aborted the run at",
        DecidedWord::Done => "reported done",
        DecidedWord::Expired | DecidedWord::Revoked | DecidedWord::Changed => "decided",
    }
}

fn capital(step: &str) -> String {
    let mut chars = step.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
