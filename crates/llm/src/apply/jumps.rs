//! Conditions and where they lead. A way leads forward or it is asked about: a run never goes round in circles.

use dd0c_types::runbook::{Branch, StepKind};

use super::{Orders, Work};
use crate::labels::{BranchLabel, LabelAnswer};
use crate::page::one_line;

/// Most bytes of a condition.
const CONDITION: usize = 200;

/// Puts the branches of an answer on the steps, which are numbered already.
pub(super) fn apply(work: &mut Work<'_>, orders: &Orders, answer: &LabelAnswer) {
    for label in &answer.branches {
        branch(work, orders, label);
    }
}

fn branch(work: &mut Work<'_>, orders: &Orders, label: &BranchLabel) {
    let Some(line) = work.line(label.line) else { return };
    let words = one_line(&line.text, CONDITION);
    let Some(draft) = work.candidate(label.candidate) else { return };
    let own = draft.step.order;
    let has_command = draft.step.command.is_some();
    let known = draft.step.branch.take();
    let then = if has_command { None } else { way(work, orders, label, label.then, own) };
    let otherwise = way(work, orders, label, label.otherwise, own);
    let Some(draft) = work.candidate(label.candidate) else { return };
    let mut branch = known.unwrap_or(Branch { condition: words, then: Some(own), otherwise: None });
    // A command stands for the case that its condition holds; only a choice without one leads elsewhere.
    if then.is_some() {
        branch.then = then;
        draft.step.kind = StepKind::Decision;
    }
    branch.otherwise = otherwise.or(branch.otherwise);
    draft.step.branch = Some(branch);
    let leaves_out = [then, otherwise].into_iter().flatten().any(|to| to > own + 1);
    if leaves_out {
        let reason = "The model reads a jump here that leaves out the steps between.";
        work.ask_about(label.candidate, reason, "Are the steps between left out in this case?".to_owned());
    }
}

/// The step that a way leads to. One that leads back or nowhere is asked about instead.
fn way(work: &mut Work<'_>, orders: &Orders, label: &BranchLabel, to: u32, own: u32) -> Option<u32> {
    if to == 0 {
        return None;
    }
    match orders.of(to) {
        Some(Some(order)) if order > own => Some(order),
        Some(Some(order)) if order == own => None,
        Some(Some(order)) => {
            work.warn(label, "cycle", &format!("leads back to step {order}"));
            let question = format!("It leads back to step {order}: how often, and when does it end?");
            work.ask_about(label.candidate, "The condition leads back to an earlier step.", question);
            None
        }
        Some(None) | None => {
            work.warn(label, "dangling_jump", "leads to a step that does not stand in the page");
            let question = "Which step does it go to?".to_owned();
            work.ask_about(label.candidate, "The condition leads to a step that is not there.", question);
            None
        }
    }
}

impl Work<'_> {
    fn warn(&mut self, label: &BranchLabel, code: &str, what: &str) {
        let Some(line) = self.line(label.line) else { return };
        self.warnings.push(dd0c_types::runbook::Warning {
            code: code.to_owned(),
            text: format!("A condition in the text {what}; no jump was made of it."),
            source: Some(line.source),
        });
    }
}
