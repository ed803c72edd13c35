//! What all cards of a step share: its headline, its command, its buttons.

use dd0c_types::run::StepAction;
use serde_json::Value;

use super::block::{Button, abort, actions, named, section};
use super::shown::{Room, Shown};
use super::text::{NAME, TITLE, code, plain, prose};
use super::view::{Place, Position, ReviewerWord, RiskWord, StepCard, Why};
use crate::interaction::Action;

/// The emoji and the word of a risk.
pub(super) const fn risk(risk: RiskWord) -> (&'static str, &'static str) {
    match risk {
        RiskWord::Safe => ("🟢", "Safe"),
        RiskWord::Caution => ("🟡", "Caution"),
        RiskWord::Dangerous => ("🔴", "Dangerous"),
        RiskWord::Unknown => ("⬜", "Unknown → Caution"),
    }
}

impl Position {
    /// `Step 2 of 6`.
    pub(super) fn label(self) -> String {
        match self {
            Self::Step { number, of } => format!("Step {number} of {of}"),
            Self::Rollback { number, .. } => format!("Rollback of step {number}"),
            Self::Unlisted { number } => format!("Unlisted command {number}"),
        }
    }

    /// `step 2`, within a sentence.
    pub(super) fn short(self) -> String {
        match self {
            Self::Step { number, .. } => format!("step {number}"),
            Self::Rollback { number, .. } => format!("the rollback of step {number}"),
            Self::Unlisted { number } => format!("unlisted command {number}"),
        }
    }

    /// `s2`: of all positions in a run only this one has it.
    fn key(self) -> String {
        match self {
            Self::Step { number, .. } => format!("s{number}"),
            Self::Rollback { number, .. } => format!("r{number}"),
            Self::Unlisted { number } => format!("u{number}"),
        }
    }
}

impl StepCard {
    /// The id of a block: step, part and revision, because a block that changes needs a new one.
    pub(super) fn block(&self, part: char) -> String {
        format!("{}{part}.{}", self.position.key(), self.revision)
    }

    /// Whether the engine takes this now.
    pub(super) fn can(&self, action: StepAction) -> bool {
        self.actions.contains(&action)
    }

    /// Risk and step on the first line, the status on the second: three things, never merged.
    pub(super) fn headline(&self, status: &str) -> Value {
        let (sign, word) = risk(self.risk);
        let (label, title) = (self.position.label(), prose(&self.title, TITLE));
        named(section(&format!("{sign} *{word} · {label}* — {title}\n{status}")), &self.block('h'))
    }

    /// The command as far as there is room, to look at: nothing is decided by it.
    pub(super) fn command_to_show(&self) -> Option<Value> {
        let command = self.command.as_ref()?;
        Some(Room::new().draw(command).block(&self.block('c'), "to show", &self.link))
    }

    /// Buttons in a row; no block when there is none.
    pub(super) fn row(&self, buttons: Vec<Value>) -> Option<Value> {
        (!buttons.is_empty()).then(|| named(actions(buttons), &self.block('a')))
    }

    pub(super) fn edit_button(&self) -> Option<Value> {
        let fits = self
            .command
            .as_ref()
            .is_some_and(|command| command.reveal().chars().count() <= super::edit::COMMAND);
        let button = || Button::new(Action::StepEditOpen, "✏️ Edit", &self.token).json();
        (self.can(StepAction::Edit) && fits).then(button)
    }

    pub(super) fn skip_button(&self) -> Option<Value> {
        let button = Button::new(Action::StepSkipOpen, "⏭ Skip", &self.token);
        let button = button.spoken(&format!("Skip {}", self.position.short()));
        self.can(StepAction::Skip).then(|| button.json())
    }

    pub(super) fn stop_button(&self) -> Option<Value> {
        let button = Button::new(Action::StepStop, "⏹ Stop step", &self.token);
        let button = button.spoken(&format!("Stop {}", self.position.short()));
        self.can(StepAction::Stop).then(|| button.json())
    }

    /// What may be done with a command that runs.
    pub(super) fn running_row(&self) -> Option<Value> {
        self.row([self.stop_button(), self.abort_button()].into_iter().flatten().collect())
    }

    pub(super) fn abort_button(&self) -> Option<Value> {
        self.can(StepAction::Abort).then(|| abort(&self.run_token))
    }

    /// What lets the command run stands first, and only where all of it can be read.
    pub(super) fn ask_row(&self, approve: Button, shown: Option<&Shown>) -> Option<Value> {
        let may = self.can(StepAction::Approve) && shown.is_some_and(Shown::is_whole);
        let first = may.then(|| approve.json());
        let rest = [first, self.edit_button(), self.skip_button(), self.abort_button()];
        self.row(rest.into_iter().flatten().collect())
    }
}

/// `On agent x · context y`.
pub(super) fn place(place: &Place) -> String {
    let facts = place
        .facts
        .iter()
        .take(4)
        .map(|fact| format!("{} {}", prose(&fact.name, 30), code(&fact.value, NAME)));
    let agent = format!("agent {}", code(&place.agent, NAME));
    std::iter::once(agent).chain(facts).collect::<Vec<_>>().join(" · ")
}

/// The place for a top-level text: ` (checkout, us-east-1)`, or nothing.
pub(super) fn place_in_short(place: &Place) -> String {
    let values: Vec<String> = place.facts.iter().take(2).map(|fact| plain(&fact.value, 20)).collect();
    if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
}

/// Reason, rule, what the second key said.
pub(super) fn why(why: &Why) -> String {
    let rule = why.rule.as_ref().map(|rule| code(rule, NAME));
    let matched = why.matched.as_ref().map(|matched| code(matched, NAME));
    let rule = match (rule, matched) {
        (Some(rule), Some(matched)) => format!(" (rule {rule}: {matched})"),
        (Some(rule), None) => format!(" (rule {rule})"),
        (None, _) => String::new(),
    };
    let reviewer = match why.reviewer {
        ReviewerWord::Agrees => "the reviewer agrees".to_owned(),
        ReviewerWord::Says(other) => {
            let (sign, word) = risk(other);
            format!("the reviewer says {sign} {word}")
        }
        ReviewerWord::Silent => "the reviewer did not answer".to_owned(),
    };
    format!("{}{rule}; {reviewer}", prose(why.reason.trim_end_matches('.'), 200))
}
