//! 13, 14, 15: a step failed, its agent went away, or nobody answered. Nothing goes on before a person chooses.

use dd0c_types::run::StepAction;
use serde_json::Value;

use super::block::{Button, Style, abort, actions, context, named, section};
use super::shown::{Room, Shown, output};
use super::text::{NAME, TITLE, clock, code, head, lasting, mention, prose};
use super::view::{
    AgentAway, AgentBack, AgentBackOutcome, Expired, Failed, FailedHow, Position, RiskWord, StepCard,
    UnknownOutcome,
};
use super::{Delivery, Message, TEXT, push};
use crate::interaction::Action;

/// 13, and a step that was stopped because its time was over. A new message, so that it notifies.
pub fn failed(step: &StepCard, failed: &Failed) -> Message {
    let label = step.position.label();
    let (sign, how, detail) = match failed.how {
        FailedHow::Exit(code) => ("❌", "failed".to_owned(), format!("exit {code}")),
        FailedHow::TimedOut(after) => {
            ("⌛", format!("was stopped after {}", lasting(after)), "partial output below".to_owned())
        }
        FailedHow::Stopped => ("⏹", "was stopped".to_owned(), "at a person's wish".to_owned()),
        FailedHow::Refused => ("⛔", "was refused by the agent".to_owned(), "it never started".to_owned()),
    };
    let (whom, took) = (mention(&failed.whom), lasting(failed.took));
    let first = format!("{sign} *{label} {how}* — {whom}\n{} · {detail} · {took}", prose(&step.title, TITLE));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    blocks.extend(output(&step.block('o'), &failed.output, &step.link, "Full log ↗"));
    let inverse = step.rollback.as_ref().filter(|_| step.can(StepAction::Rollback));
    let drawn = inverse.map(|inverse| Room::new().draw(&inverse.command));
    blocks.push(section(&way_back(step, drawn.is_some())));
    blocks.extend(drawn.as_ref().map(|drawn| drawn.block(&step.block('r'), "to approve", &step.link)));
    blocks.extend(step.row(failed_buttons(step, drawn.as_ref())));
    let next = match &drawn {
        Some(_) => "Rollback is ready and waits for your approval",
        None => "Nothing else runs until you choose",
    };
    let text = format!("{sign} {label} {how} ({detail}). {next}");
    Message::new(Delivery::Broadcast, head(&text, TEXT).into_owned(), blocks)
}

/// 15: nobody answered in time.
pub fn expired(step: &StepCard, expired: &Expired) -> Message {
    let (whom, label, waited) = (mention(&expired.whom), step.position.label(), lasting(expired.waited));
    let first = format!(
        "⌛ *Approval expired* · {label} · asked {}, no answer in {waited} · *nothing ran* — {whom}\n\
         The run waits for a person. Nothing runs until somebody chooses.",
        clock(expired.asked_at)
    );
    let again = Button::new(Action::ApprovalRenew, "🔔 Ask again", &step.token).style(Style::Primary);
    let again = step.can(StepAction::Retry).then(|| again.json());
    let buttons = [again, step.skip_button(), step.abort_button()].into_iter().flatten().collect();
    let blocks: Vec<Value> =
        std::iter::once(named(section(&first), &step.block('h'))).chain(step.row(buttons)).collect();
    let text = format!("⌛ Approval for {} expired after {waited}. Nothing ran", step.position.short());
    Message::new(Delivery::Ask, text, blocks)
}

/// 14, when the agent cannot say either: nobody knows what became of a step that may have run.
pub fn unknown_outcome(step: &StepCard, unknown: &UnknownOutcome) -> Message {
    let (whom, label) = (mention(&unknown.whom), step.position.label());
    let first = format!("❓ *{label} may have run* — {whom}\n{}", prose(&unknown.says, 900));
    let mut buttons = vec![Button::new(Action::AgentPing, "🔄 Check now", &step.token).json()];
    if step.can(StepAction::Done) {
        buttons.push(Button::new(Action::StepItRan, "🧑‍🔧 It did run", &step.token).json());
        buttons.push(Button::new(Action::StepItDidNotRun, "🧑‍🔧 It did not run", &step.token).json());
    }
    buttons.extend(step.abort_button());
    let buttons = if step.actions.is_empty() { Vec::new() } else { buttons };
    let blocks: Vec<Value> =
        std::iter::once(named(section(&first), &step.block('h'))).chain(step.row(buttons)).collect();
    let text = format!("❓ {label} may have run. It will not be run again on its own. Find out, then say");
    Message::new(Delivery::Ask, head(&text, TEXT).into_owned(), blocks)
}

/// 14: the agent of a run went away.
pub fn agent_away(away: &AgentAway) -> Message {
    let (step, agent) = (away.position.short(), code(&away.agent, NAME));
    let whom = away.whom.as_ref().map(|whom| format!(" — {}", mention(whom))).unwrap_or_default();
    let known = if away.sent {
        format!(
            "{} was already sent. We do not know yet whether it finished, so it will *not* be sent again on its own.",
            capitalised(&step)
        )
    } else {
        format!("{} was *not* sent. Nothing runs until the agent is back.", capitalised(&step))
    };
    let first = format!(
        "📡 *Agent {agent} went offline* (last heartbeat {} ago) · run *paused* at {step}{whom}\n{known}",
        lasting(away.last_heard)
    );
    let small = format!(
        "When the agent is back, it reports the true result of {step} from its journal. Until then nothing runs."
    );
    let mut blocks = vec![named(section(&first), &away.block('h')), context(&[small])];
    blocks.extend(away.buttons());
    let text = push("⚠️ Agent ", &away.agent, " is offline. The run is paused; nothing is lost");
    Message::new(Delivery::Ask, text, blocks)
}

/// 14, edited once the agent is back.
pub fn agent_back(back: &AgentBack) -> Message {
    let (step, agent) = (back.position.short(), code(&back.agent, NAME));
    let outcome = match back.outcome {
        AgentBackOutcome::Finished(exit) => format!("{step} had finished: exit {exit}"),
        AgentBackOutcome::Running => format!("{step} is still running"),
        AgentBackOutcome::NeverStarted => format!("{step} never started"),
        AgentBackOutcome::Unknown => {
            format!("the agent does not know what became of {step}; it will *not* be sent again on its own")
        }
    };
    let first = format!("📡 *Agent {agent} is back* after {} · {outcome}", lasting(back.away));
    let id = format!("g{}.{}", number(back.position), back.revision);
    let text = push("📡 Agent ", &back.agent, &format!(" is back after {}", lasting(back.away)));
    Message::new(Delivery::Progress, text, vec![named(section(&first), &id)])
}

impl AgentAway {
    fn block(&self, part: char) -> String {
        format!("g{}{part}.{}", number(self.position), self.revision)
    }

    /// A step of unknown outcome is closed by what a person found out, never by a guess.
    fn buttons(&self) -> Option<Value> {
        let mut buttons = vec![Button::new(Action::AgentPing, "🔄 Check now", &self.run_token).json()];
        if self.sent && self.actions.contains(&StepAction::Done) {
            buttons.push(Button::new(Action::StepItRan, "🧑‍🔧 It did run", &self.token).json());
            buttons.push(Button::new(Action::StepItDidNotRun, "🧑‍🔧 It did not run", &self.token).json());
        }
        buttons.extend(self.actions.contains(&StepAction::Abort).then(|| abort(&self.run_token)));
        Some(named(actions(buttons), &self.block('a')))
    }
}

fn number(position: Position) -> u32 {
    match position {
        Position::Step { number, .. } | Position::Rollback { number, .. } | Position::Unlisted { number } => {
            number
        }
    }
}

fn way_back(step: &StepCard, known: bool) -> String {
    let says = match (known, step.position) {
        (true, _) => {
            "↩️ *Rollback* (stored before the step ran; it is a step of its own and needs your approval)"
        }
        (false, Position::Rollback { .. }) => {
            "⚠️ *This was the rollback.* Look at what it left behind before anything goes on."
        }
        (false, _) => "⚠️ *No rollback is known.*",
    };
    format!("{says}\nNothing else runs until you choose.")
}

fn failed_buttons(step: &StepCard, inverse: Option<&Shown>) -> Vec<Value> {
    let mut buttons = Vec::new();
    if let Some(rollback) = step.rollback.as_ref().filter(|_| inverse.is_some_and(Shown::is_whole)) {
        let button = match rollback.risk {
            RiskWord::Dangerous => {
                Button::new(Action::RollbackTypedOpen, "🔴 Review rollback…", &rollback.token)
                    .style(Style::Danger)
            }
            _ => Button::new(Action::RollbackApprove, "↩️ Approve rollback", &rollback.token)
                .style(Style::Primary),
        };
        buttons.push(button.json());
    }
    if step.can(StepAction::Retry) {
        buttons.push(Button::new(Action::StepRetry, "🔁 Retry step", &step.token).json());
    }
    if step.can(StepAction::Done) {
        buttons.push(Button::new(Action::StepManual, "🧑‍🔧 Take over by hand", &step.token).json());
    }
    buttons.extend(step.skip_button());
    buttons.extend(step.abort_button());
    buttons
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
