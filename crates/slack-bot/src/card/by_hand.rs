//! 22, 23: steps that a person closes: a choice, and what no command does.

use dd0c_types::run::StepAction;

use super::block::{Button, Style, context, named, section};
use super::shown::Room;
use super::text::{SENTENCE, TITLE, link, mention, prose};
use super::view::{BranchAsk, ByHand, StepCard};
use super::{Delivery, Message, push};
use crate::interaction::Action;

/// 22: the runbook's own if and else. A person picks; the machine never does.
pub fn branch_ask(step: &StepCard, ask: &BranchAsk) -> Message {
    let label = step.position.label();
    let first =
        format!("🔀 *{label} branches* — {}\n“{}”", mention(&ask.whom), prose(&ask.condition, SENTENCE));
    let way = |to: Option<u32>| to.map_or_else(|| "go on".to_owned(), |number| format!("step {number}"));
    let mut buttons = Vec::new();
    if step.can(StepAction::Done) {
        let yes = format!("Yes → {}", way(ask.then));
        let no = format!("No → {}", way(ask.otherwise));
        buttons.push(Button::new(Action::BranchThen, &yes, &step.token).json());
        buttons.push(Button::new(Action::BranchElse, &no, &step.token).json());
    }
    buttons.extend(step.abort_button());
    let evidence = prose(&ask.evidence, SENTENCE);
    let space = if evidence.is_empty() { "" } else { " " };
    let small = format!("{evidence}{space}You decide. Nothing else runs until somebody picks.");
    let mut blocks = vec![named(section(&first), &step.block('h')), context(&[small])];
    blocks.extend(step.row(buttons));
    Message::new(
        Delivery::Ask,
        push(&format!("🔀 Which way? {label} branches: "), &ask.condition, ""),
        blocks,
    )
}

/// 23: a step for a person, and every step of a runbook that executes nothing (trust level 0).
pub fn by_hand_ask(step: &StepCard, ask: &ByHand) -> Message {
    let label = step.position.label();
    let first =
        format!("✋ *{label} is for you* — {}\n“{}”", mention(&ask.whom), prose(&ask.sentence, SENTENCE));
    let mut blocks = vec![named(section(&first), &step.block('h'))];
    let command = step.command.as_ref().map(|command| Room::new().draw(command));
    blocks.extend(command.map(|drawn| drawn.block(&step.block('c'), "to show", &step.link)));
    blocks.push(context(&remarks(step, ask)));
    let done = Button::new(Action::StepManualDone, "✅ Done", &step.token).style(Style::Primary);
    let done = step.can(StepAction::Done).then(|| done.json());
    blocks.extend(step.row([done, step.skip_button(), step.abort_button()].into_iter().flatten().collect()));
    let title = if step.title.is_empty() { &ask.sentence } else { &step.title };
    Message::new(Delivery::Ask, push(&format!("✋ Do by hand: {}, ", lower(&label)), title, ""), blocks)
}

fn remarks(step: &StepCard, ask: &ByHand) -> Vec<String> {
    let mut says = Vec::new();
    if let Some(vague) = &ask.vague {
        let suggest = link(&step.link, "Suggest a better one");
        says.push(format!(
            "⚠️ Marked vague by the parser: {}. {suggest}",
            prose(vague.trim_end_matches('.'), TITLE)
        ));
    }
    if ask.show_only {
        says.push("Trust level 0: dd0c/run executes nothing of this runbook. Copy the command, and say when it is done.".to_owned());
    }
    says.push("The run waits for you. If nobody answers, nothing else runs.".to_owned());
    says
}

fn lower(label: &str) -> String {
    label.replacen("Step", "step", 1)
}
