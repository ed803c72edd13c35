//! Drafts of steps that a person closes, and of choices.

use std::ops::Range;
use std::sync::LazyLock;

use dd0c_types::runbook::StepKind;

use super::{Draft, Reader, is_links_only};
use crate::branches;
use crate::document::{Block, BlockKind};
use crate::jumps;
use crate::kinds::manual_kind;
use crate::patterns::{Pattern, pattern};
use crate::prerequisites;
use crate::sections::Section;
use crate::sentences::{self, Asks};
use crate::titles;
use crate::units::Unit;
use crate::vague;

static ASIDE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:note|notes|warning|caution|important|tip|attention|info|hint|fyi|nb|n\.b|example|danger|error|success|question|abstract|remarque|hinweis|nota|注意|提示|警告)\b?\W",
    )
});
static REFERENCE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:for .*, ?)?(?:please )?(?:see|refer to|read|check|consult|click|visit)\b.*\bfor (?:more|further|additional|the official|details|information)\b|^\W*(?:see|refer to) (?:also|above|below)\b|^\W*(?:for|when dealing with) .*, (?:please )?(?:see|refer to|read|consult)\b",
    )
});

impl Reader<'_> {
    pub(super) fn without_command(&mut self, unit: &Unit, lead: Option<&Block>) {
        let Some(block) = lead.filter(|block| self.may_ask(unit, block)) else { return };
        let text = block.text.text();
        let expected = unit.item != self.item && self.expects(unit, block);
        let mut taken = false;
        for range in clauses(text) {
            let first = expected && !taken && range.start == 0;
            let sentence = &text[range.clone()];
            if prerequisites::is_state(sentence) && !first {
                continue;
            }
            let due = first && !self.later_asks(text);
            taken |= self.sentence(unit, block, range, (due, taken));
        }
    }

    /// Makes a step of a sentence when it is one by its place or asks for something; says whether it did.
    fn sentence(
        &mut self,
        unit: &Unit,
        block: &Block,
        range: Range<usize>,
        (due, taken): (bool, bool),
    ) -> bool {
        let sentence = &block.text.text()[range.clone()];
        if due || self.is_step(sentence, unit, taken) {
            self.manual(unit, block, range);
            return true;
        }
        if branches::ends_well(sentence) {
            self.ending(unit, block, range);
        }
        false
    }

    /// Whether a unit without a command can ask for something.
    fn may_ask(&self, unit: &Unit, block: &Block) -> bool {
        unit.section == Section::Work
            && block.kind != BlockKind::Cell
            && (!unit.announces || self.is_long_item(unit, block))
            && !ASIDE.is_match(block.text.text())
            && !is_links_only(block)
    }

    /// Whether a unit is a step by its place: in a numbered list, or in a list of what is to be checked.
    fn expects(&self, unit: &Unit, block: &Block) -> bool {
        let Some(item) = unit.item else { return false };
        let code: usize = block.inline_code().map(|range| range.len()).sum();
        let name_only = code + 2 >= block.text.text().trim().len();
        let checks = |words: &str| sentences::asks(sentences::last(words)) == Asks::Look;
        self.document.items[item].ordered
            && !self.facts.contains(&(self.document.items[item].parent, unit.heading))
            || !name_only && self.announced.as_deref().is_some_and(checks)
    }

    /// Whether another sentence says better what an item asks for.
    fn later_asks(&self, text: &str) -> bool {
        sentences::asks(&text[titles::asking_sentence(text)]) != Asks::Nothing
    }

    /// An item that asks for something itself before it announces what follows.
    fn is_long_item(&self, unit: &Unit, block: &Block) -> bool {
        unit.item.is_some() && sentences::ranges(block.text.text()).len() > 1
    }

    /// Whether a sentence is a step: one an item, and in running text those that plainly ask.
    fn is_step(&self, sentence: &str, unit: &Unit, taken: bool) -> bool {
        let opens = branches::opens(sentence) || self.turns(sentence);
        let asks = (!taken || opens) && sentences::asks(sentence) != Asks::Nothing && !is_reference(sentence);
        asks && (unit.item.is_some() || is_plain_request(sentence, opens))
    }

    pub(super) fn manual(&mut self, unit: &Unit, block: &Block, range: std::ops::Range<usize>) {
        let text = block.text.text();
        let sentence = &text[range.clone()];
        self.next_group(unit);
        if self.out.steps.last().is_some_and(|last| last.group == self.group) {
            self.group += 1;
        }
        let announced = self
            .announced
            .as_deref()
            .filter(|_| unit.item.is_some())
            .map(sentences::last)
            .unwrap_or_default();
        let bare = sentences::asks(announced) == Asks::Look && sentences::asks(sentence) == Asks::Nothing;
        let doubt = if bare {
            vague::doubt_of_entry(sentence, block, range.start)
        } else {
            vague::doubt(sentence, block, range.start)
        };
        let otherwise = self.turns(sentence);
        let condition =
            branches::condition(sentence).filter(|_| !otherwise).or_else(|| self.condition.take());
        let jump = jumps::of(sentence, block, range.start, self.document);
        let repeats = sentence.to_lowercase().contains("repeat");
        let kind = if jump.is_some() && !repeats { StepKind::Decision } else { manual_kind(sentence, bare) };
        self.out.steps.push(Draft {
            group: self.group,
            condition,
            otherwise,
            jump: jump.filter(|_| !repeats),
            number: self.number(unit),
            doubt,
            words: sentences::collapsed(sentence),
            ..Draft::new(titles::tidy(sentence), kind, unit, block.text.span(range))
        });
    }

    /// `If an upgrade is running, the alert will clear by itself`: a choice whose one way is to do nothing.
    fn ending(&mut self, unit: &Unit, block: &Block, range: std::ops::Range<usize>) {
        let sentence = &block.text.text()[range.clone()];
        let Some(condition) = branches::condition(sentence) else { return };
        self.next_group(unit);
        if self.out.steps.last().is_some_and(|last| last.group == self.group) {
            self.group += 1;
        }
        self.out.steps.push(Draft {
            group: self.group,
            condition: Some(condition),
            ends: true,
            number: self.number(unit),
            words: sentences::collapsed(sentence),
            ..Draft::new(titles::tidy(sentence), StepKind::Decision, unit, block.text.span(range))
        });
    }
}

/// The sentences of a text; one that turns to its other way is two.
fn clauses(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    for range in sentences::ranges(text) {
        match branches::turn(&text[range.clone()]) {
            Some(at) => {
                found.push(range.start..range.start + at - 1);
                found.push(crate::mapped::trim(text, range.start + at..range.end));
            }
            None => found.push(range),
        }
    }
    found
}

/// Whether a sentence points elsewhere for more.
fn is_reference(sentence: &str) -> bool {
    REFERENCE.is_match(&sentences::collapsed(sentence)) && !sentence.contains("how to")
}

/// Whether a sentence of running text asks: one that only allows, or announces what follows, does not.
fn is_plain_request(sentence: &str, conditional: bool) -> bool {
    let lower = sentence.to_lowercase();
    let says = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let hedged = !conditional && says(&["you can", "you may", "we can", "you might"]);
    let announces = sentence.trim_end().ends_with([':', '：']);
    !hedged && !announces && !says(&["following steps", "steps below"])
}
