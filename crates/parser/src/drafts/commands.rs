//! Drafts of steps that run something.

use super::{Draft, Reader};
use crate::branches;
use crate::candidates::Statement;
use crate::document::Block;
use crate::jumps;
use crate::kinds::kind_of;
use crate::sentences;
use crate::titles;
use crate::units::Unit;

impl Reader<'_> {
    pub(super) fn with_commands(&mut self, unit: &Unit, lead: Option<&Block>, statements: Vec<Statement>) {
        self.jumps_before(unit, lead);
        self.next_group(unit);
        let words = lead.map_or(String::new(), |block| sentences::collapsed(block.text.text()));
        let title = self.command_title(unit, lead);
        let mut condition = self.lead_condition(lead).or_else(|| self.condition.take());
        let mut otherwise = lead.is_some_and(|block| self.turns_somewhere(block.text.text()));
        let number = self.number(unit);
        let mut ends = lead.is_some_and(|block| finishes(block.text.text()));
        let (undo, ahead): (Vec<_>, Vec<_>) = statements.into_iter().partition(|statement| statement.undoes);
        let start = self.out.steps.len();
        let mut titled = None;
        for statement in ahead {
            if statement.title.is_some() && self.out.steps.len() > start {
                self.group += 1;
            }
            titled = statement.title.clone().or(titled);
            let title = titled.clone().unwrap_or_else(|| title.clone());
            let kind = kind_of(&title, &statement);
            let source = statement.text.whole();
            self.out.steps.push(Draft {
                condition: statement.condition.clone().or_else(|| condition.take()),
                otherwise: std::mem::take(&mut otherwise),
                ends: std::mem::take(&mut ends),
                statement: Some(statement),
                group: self.group,
                number,
                words: words.clone(),
                ..Draft::new(title, kind, unit, source)
            });
        }
        self.take_back(undo, start, unit, &words);
    }

    /// `If the query works, go back to step 1. Otherwise capture the traffic:`: the jump is a choice of its own,
    /// before the command.
    fn jumps_before(&mut self, unit: &Unit, lead: Option<&Block>) {
        let Some(block) = lead else { return };
        let text = block.text.text();
        for range in sentences::ranges(text) {
            if branches::opens(&text[range.clone()]) && jumps::is_jump(&text[range.clone()]) {
                self.manual(unit, block, range);
            }
        }
    }

    fn turns_somewhere(&self, text: &str) -> bool {
        sentences::ranges(text).into_iter().any(|range| self.turns(&text[range]))
    }

    /// Gives the way back to the command it belongs to; one without such a command is a step of its own.
    pub(super) fn take_back(&mut self, undo: Vec<Statement>, start: usize, unit: &Unit, words: &str) {
        for statement in undo {
            let same_item =
                unit.item.is_some() && self.out.steps.last().is_some_and(|last| last.group == self.group);
            let own = self.out.steps.len() > start || same_item;
            match self
                .out
                .steps
                .last_mut()
                .filter(|last| own && last.rollback.is_none() && last.statement.is_some())
            {
                Some(last) => last.rollback = Some(statement),
                None => {
                    let title = titles::of_commands(words);
                    let kind = kind_of(&title, &statement);
                    let source = statement.text.whole();
                    self.out.steps.push(Draft {
                        statement: Some(statement),
                        group: self.group,
                        words: words.to_owned(),
                        ..Draft::new(title, kind, unit, source)
                    });
                }
            }
        }
    }

    pub(super) fn lead_condition(&self, lead: Option<&Block>) -> Option<String> {
        let text = lead?.text.text();
        let ranges = sentences::ranges(text);
        let stays = ranges.into_iter().rev().filter(|range| !jumps::is_jump(&text[range.clone()]));
        stays.map(|range| &text[range]).find_map(branches::condition)
    }

    /// The words closest to a command that say what it is for.
    pub(super) fn command_title(&self, unit: &Unit, lead: Option<&Block>) -> String {
        let text = lead.map_or("", |block| block.text.text());
        let only_code = lead.is_some_and(|block| {
            let code: usize = block.inline_code().map(|range| range.len()).sum();
            code > 0 && text.trim().len() <= code + 4
        });
        let heading = self.heading(unit);
        if !text.is_empty() && !only_code {
            let title = titles::of_commands(text);
            let labelled = titles::is_generic(&title) && !heading.is_empty();
            return if labelled { format!("{heading}: {title}") } else { title };
        }
        let announced =
            self.announced.as_deref().map(titles::of_commands).filter(|title| !titles::is_generic(title));
        let before = || {
            self.out
                .steps
                .last()
                .filter(|last| unit.item.is_some() && last.group == self.group)
                .map(|last| last.title.clone())
        };
        announced.or_else(before).filter(|title| !title.is_empty()).unwrap_or(if heading.is_empty() {
            titles::tidy(text)
        } else {
            heading
        })
    }
}

/// `When the usage is below 80 %, you are done. If not, …`: what follows is the other way.
fn finishes(text: &str) -> bool {
    let ranges = sentences::ranges(text);
    let done = ranges.iter().position(|range| branches::ends_well(&text[range.clone()]));
    done.is_some_and(|at| ranges[at..].iter().any(|range| branches::is_otherwise(&text[range.clone()])))
}
