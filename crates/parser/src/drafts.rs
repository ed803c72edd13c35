//! From units to drafts of steps: the statements of each unit, or what it asks for without one.

mod by_hand;
mod commands;

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::Span;
use dd0c_types::runbook::StepKind;

use crate::branches;
use crate::candidates::{Page, Statement, block, inline};
use crate::document::{Block, BlockKind, Document};
use crate::jumps::Jump;
use crate::prerequisites;
use crate::sections::Section;
use crate::sentences::{self, Asks};
use crate::titles;
use crate::units::{Unit, units};
use crate::vague::Doubt;

/// A step before it has a place in the order.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) kind: StepKind,
    pub(crate) statement: Option<Statement>,
    pub(crate) rollback: Option<Statement>,
    pub(crate) group: u32,
    pub(crate) condition: Option<String>,
    /// It is the other way of the last condition before it.
    pub(crate) otherwise: bool,
    /// Where it sends the reader.
    pub(crate) jump: Option<Jump>,
    /// It only says when nothing is to be done.
    pub(crate) ends: bool,
    /// The number that its item or heading carries.
    pub(crate) number: Option<u32>,
    /// The block of its heading.
    pub(crate) heading: Option<usize>,
    /// The block that it was made of.
    pub(crate) at: usize,
    pub(crate) doubt: Option<Doubt>,
    /// The words of the text that it was made of.
    pub(crate) words: String,
    pub(crate) source: Span,
}

impl Draft {
    /// A draft with nothing special about it.
    fn new(title: String, kind: StepKind, unit: &Unit, source: Span) -> Self {
        Self {
            title,
            kind,
            statement: None,
            rollback: None,
            group: 0,
            condition: None,
            otherwise: false,
            jump: None,
            ends: false,
            number: None,
            heading: unit.heading,
            at: unit.lead.or(unit.codes.first().copied()).unwrap_or(0),
            doubt: None,
            words: String::new(),
            source,
        }
    }
}

/// A requirement, and the draft that checks it.
#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) text: String,
    pub(crate) source: Span,
    pub(crate) draft: Option<usize>,
}

/// What a page asks for.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    pub(crate) steps: Vec<Draft>,
    pub(crate) requirements: Vec<Requirement>,
}

/// Reads the drafts of a page.
pub(crate) fn read(document: &Document, page: &Page) -> Drafts {
    let mut reader = Reader {
        document,
        page,
        out: Drafts::default(),
        group: 0,
        item: None,
        announced: None,
        condition: None,
        heading: None,
        pending: None,
        facts: BTreeSet::new(),
    };
    let units = units(document);
    reader.facts = facts(document, &units);
    for unit in units {
        reader.unit(&unit);
    }
    reader.out
}

struct Reader<'d> {
    document: &'d Document,
    page: &'d Page,
    out: Drafts,
    group: u32,
    /// The item that the last step came from.
    item: Option<usize>,
    /// The words that announced the list that is being read.
    announced: Option<String>,
    /// The condition they set.
    condition: Option<String>,
    heading: Option<usize>,
    /// A condition that announces a list, in case that holds links alone.
    pending: Option<Unit>,
    /// The numbered lists that hold facts, not steps: by the item and the heading above them.
    facts: BTreeSet<(Option<usize>, Option<usize>)>,
}

impl Reader<'_> {
    fn unit(&mut self, unit: &Unit) {
        let lead = unit.lead.map(|index| &self.document.blocks[index]);
        let text = lead.map_or("", |block| block.text.text());
        if lead.is_some() && unit.item.is_none() || unit.heading != self.heading {
            self.heading = unit.heading;
            self.announced = None;
            self.condition = None;
        }
        self.sent_elsewhere(unit, lead);
        let statements = self.statements(unit, lead);
        self.requirements(unit, lead, !statements.is_empty());
        if statements.is_empty() {
            self.without_command(unit, lead);
        } else {
            self.with_commands(unit, lead, statements);
        }
        if unit.announces {
            self.announced = Some(text.to_owned());
            let last = sentences::last(text);
            let asks = sentences::asks(last) != Asks::Nothing && branches::opens(last);
            self.condition = (asks || branches::is_bare(last)).then(|| branches::condition(last)).flatten();
            self.pending = self.condition.is_some().then(|| unit.clone());
        }
    }

    /// `If you cannot resolve the issue, see:` over a list of links is a step of its own.
    fn sent_elsewhere(&mut self, unit: &Unit, lead: Option<&Block>) {
        let Some(pending) = self.pending.take() else { return };
        let Some(index) = pending.lead.filter(|_| unit.item.is_some() && lead.is_some_and(is_links_only))
        else {
            return;
        };
        let block = &self.document.blocks[index];
        let Some(range) = sentences::ranges(block.text.text()).pop() else { return };
        self.condition = None;
        self.announced = None;
        self.manual(&pending, block, range);
        if let Some(step) = self.out.steps.last_mut() {
            // The links say where.
            step.doubt = None;
        }
    }

    fn statements_of_code(&self, unit: &Unit, lead: Option<&Block>) -> Vec<Statement> {
        let text = lead.map_or("", |block| block.text.text());
        let heading = self.heading(unit);
        let announcement = block::lead(
            if text.is_empty() { self.announced.as_deref().unwrap_or(&heading) } else { text },
            &heading,
        );
        let mut found = Vec::new();
        for &index in &unit.codes {
            let code = &self.document.blocks[index];
            let BlockKind::Code(language) = &code.kind else { continue };
            found.extend(block::statements(&code.text, language.as_deref(), announcement, self.page));
        }
        found
    }

    fn statements(&self, unit: &Unit, lead: Option<&Block>) -> Vec<Statement> {
        let blocks = if unit.codes.is_empty() { Vec::new() } else { self.statements_of_code(unit, lead) };
        let seen: BTreeSet<String> =
            blocks.iter().map(|statement| sentences::collapsed(statement.text.text())).collect();
        let mut found: Vec<Statement> = Vec::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for statement in lead.map(|block| inline::statements(block, self.page)).unwrap_or_default() {
            let line = sentences::collapsed(statement.text.text());
            // The block that follows says the same in full: it counts once, from there.
            let announced = seen.range(line.clone()..).next().is_some_and(|block| block.starts_with(&line));
            if !announced && taken.insert(line) {
                found.push(statement);
            }
        }
        found.extend(blocks);
        // A lone backquote in a block is what is left of a fence, and no command.
        found.retain(|statement| !statement.text.text().trim().is_empty());
        found
    }

    fn heading(&self, unit: &Unit) -> String {
        unit.heading.map_or(String::new(), |index| titles::tidy(self.document.blocks[index].text.text()))
    }

    fn next_group(&mut self, unit: &Unit) {
        if self.item.is_none() || unit.item != self.item {
            self.group += 1;
        }
        self.item = unit.item;
    }

    /// Whether a text is the other way of a condition that stands before it.
    fn turns(&self, text: &str) -> bool {
        branches::is_otherwise(text)
            && self.out.steps.iter().rev().take(8).any(|draft| draft.condition.is_some())
    }

    /// The number of a unit's item, or of its heading.
    fn number(&self, unit: &Unit) -> Option<u32> {
        unit.item.and_then(|item| self.document.items[item].number)
    }

    fn requirements(&mut self, unit: &Unit, lead: Option<&Block>, has_commands: bool) {
        let Some(block) = lead.filter(|block| block.is_prose()) else { return };
        let text = block.text.text();
        if crate::sections::is_prerequisites(text) {
            return;
        }
        let draft = has_commands.then_some(self.out.steps.len());
        if unit.section == Section::Prerequisites {
            if !unit.announces {
                self.out.requirements.push(Requirement {
                    text: titles::tidy(text),
                    source: block.text.span(crate::mapped::trim(text, 0..text.len())),
                    draft,
                });
            }
            return;
        }
        for range in sentences::ranges(text) {
            if let Some(inner) = prerequisites::requirement(&text[range.clone()]) {
                let place = range.start + inner.start..range.start + inner.end;
                self.out.requirements.push(Requirement {
                    text: titles::tidy(&text[place.clone()]),
                    source: block.text.span(place),
                    draft: None,
                });
            }
        }
    }
}

/// The numbered lists of three items and more of which hardly one asks for something or holds code.
fn facts(document: &Document, units: &[Unit]) -> BTreeSet<(Option<usize>, Option<usize>)> {
    let mut lists: BTreeMap<(Option<usize>, Option<usize>), (usize, usize)> = BTreeMap::new();
    for unit in units {
        let (Some(item), Some(lead)) = (unit.item, unit.lead) else { continue };
        if !document.items[item].ordered {
            continue;
        }
        let block = &document.blocks[lead];
        let asks = !unit.codes.is_empty()
            || sentences::ranges(block.text.text())
                .into_iter()
                .any(|range| sentences::asks(&block.text.text()[range]) != Asks::Nothing);
        let counts = lists.entry((document.items[item].parent, unit.heading)).or_default();
        counts.0 += 1;
        counts.1 += usize::from(asks);
    }
    lists
        .into_iter()
        .filter(|(_, (all, asking))| *all >= 3 && asking * 4 < *all)
        .map(|(list, _)| list)
        .collect()
}

fn is_links_only(block: &Block) -> bool {
    let linked: usize = block
        .marks
        .iter()
        .filter(|mark| mark.kind == crate::document::MarkKind::Link)
        .map(|mark| mark.range.len())
        .sum();
    linked > 0 && block.text.text().trim().len() <= linked + 3
}
