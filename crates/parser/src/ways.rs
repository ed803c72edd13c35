//! The ways through a page: conditions, their other ways and jumps become branches between steps.

use dd0c_types::runbook::{Branch, Warning};

use crate::document::Document;
use crate::drafts::Draft;
use crate::jumps::{self, Target};

/// The branch of each step, and what the reader should know of the jumps: those that lead nowhere and those that
/// lead back. Both stay in the branches as the text has them.
pub(crate) fn of(drafts: &[Draft], document: &Document) -> (Vec<Option<Branch>>, Vec<Warning>) {
    let mut ways = Ways { branches: Vec::with_capacity(drafts.len()), warnings: Vec::new() };
    for (index, draft) in drafts.iter().enumerate() {
        ways.add(index, draft, drafts, document);
    }
    (ways.branches, ways.warnings)
}

struct Ways {
    branches: Vec<Option<Branch>>,
    warnings: Vec<Warning>,
}

impl Ways {
    fn add(&mut self, index: usize, draft: &Draft, drafts: &[Draft], document: &Document) {
        let order = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let target = draft.jump.as_ref().map(|jump| jumps::target(jump, index, drafts, document));
        let target = match target {
            Some(Target::Step(to)) => {
                self.judge(order, to, draft);
                Some(to)
            }
            Some(Target::Nowhere) => {
                self.warn(
                    "dangling_jump",
                    draft,
                    format!("Step {order} sends the reader to a step that is not on this page."),
                );
                None
            }
            None => None,
        };
        if draft.otherwise {
            self.turn(target.unwrap_or(order));
        }
        let jumps = draft.jump.is_some();
        self.branches.push(draft.condition.clone().map(|condition| Branch {
            condition,
            then: if jumps {
                target
            } else if draft.ends {
                None
            } else {
                Some(order)
            },
            otherwise: (draft.ends && draft.statement.is_some()).then_some(order),
        }));
    }

    /// A jump to itself or to a step before it makes a loop.
    fn judge(&mut self, from: u32, to: u32, draft: &Draft) {
        if to <= from {
            self.warn(
                "jump_cycle",
                draft,
                format!(
                    "Step {from} leads back to step {to}. A run goes forward only: start it again from there."
                ),
            );
        }
    }

    fn warn(&mut self, code: &str, draft: &Draft, text: String) {
        self.warnings.push(Warning { code: code.to_owned(), text, source: Some(draft.source) });
    }

    /// Names the other way of the last condition that has none yet.
    fn turn(&mut self, to: u32) {
        let open = self.branches.iter_mut().rev().take(REACH).find_map(Option::as_mut);
        if let Some(branch) = open.filter(|branch| branch.otherwise.is_none()) {
            branch.otherwise = Some(to);
        }
    }
}

/// How many steps may stand between a condition and its other way.
const REACH: usize = 8;
