//! From units to drafts of steps: the statements of each unit, or what it asks for without one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dd0c_types::Span;
use dd0c_types::runbook::StepKind;
use regex::Regex;

use crate::branches;
use crate::candidates::{Page, Statement, block, inline};
use crate::document::{Block, BlockKind, Document};
use crate::kinds::{kind_of, manual_kind};
use crate::patterns::pattern;
use crate::prerequisites;
use crate::sections::Section;
use crate::sentences::{self, Asks};
use crate::titles;
use crate::units::{Unit, units};
use crate::vague::{self, Doubt};

/// A step before it has a place in the order.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) kind: StepKind,
    pub(crate) statement: Option<Statement>,
    pub(crate) rollback: Option<Statement>,
    pub(crate) group: u32,
    pub(crate) condition: Option<String>,
    pub(crate) doubt: Option<Doubt>,
    /// The words of the text that it was made of.
    pub(crate) words: String,
    pub(crate) source: Span,
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
    };
    for unit in units(document) {
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
}

static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:note|notes|warning|caution|important|tip|attention|info|hint|fyi|nb|n\.b|example|remarque|hinweis|nota|注意|提示|警告)\b?\W",
    )
});
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:for .*, ?)?(?:please )?(?:see|refer to|read|check|consult|click|visit)\b.*\bfor (?:more|further|additional|the official|details|information)\b|^\W*(?:see|refer to) (?:also|above|below)\b|^\W*(?:for|when dealing with) .*, (?:please )?(?:see|refer to|read|consult)\b",
    )
});

impl Reader<'_> {
    fn unit(&mut self, unit: &Unit) {
        let lead = unit.lead.map(|index| &self.document.blocks[index]);
        let text = lead.map_or("", |block| block.text.text());
        if lead.is_some() && unit.item.is_none() || unit.heading != self.heading {
            self.heading = unit.heading;
            self.announced = None;
            self.condition = None;
        }
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
            self.condition = asks.then(|| branches::condition(last)).flatten();
        }
    }

    fn statements(&self, unit: &Unit, lead: Option<&Block>) -> Vec<Statement> {
        let text = lead.map_or("", |block| block.text.text());
        let heading = self.heading(unit);
        let announcement = block::lead(
            if text.is_empty() { self.announced.as_deref().unwrap_or(&heading) } else { text },
            &heading,
        );
        let mut blocks = Vec::new();
        for &index in &unit.codes {
            let code = &self.document.blocks[index];
            let BlockKind::Code(language) = &code.kind else { continue };
            blocks.extend(block::statements(&code.text, language.as_deref(), announcement, self.page));
        }
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

    fn with_commands(&mut self, unit: &Unit, lead: Option<&Block>, statements: Vec<Statement>) {
        self.next_group(unit);
        let words = lead.map_or(String::new(), |block| sentences::collapsed(block.text.text()));
        let title = self.command_title(unit, lead);
        let mut condition = self.lead_condition(lead).or_else(|| self.condition.take());
        let (undo, ahead): (Vec<_>, Vec<_>) = statements.into_iter().partition(|statement| statement.undoes);
        let start = self.out.steps.len();
        let mut titled = None;
        for statement in ahead {
            if statement.title.is_some() && self.out.steps.len() > start {
                self.group += 1;
            }
            titled = statement.title.clone().or(titled);
            let title = titled.clone().unwrap_or_else(|| title.clone());
            let source = statement.text.whole();
            self.out.steps.push(Draft {
                kind: kind_of(&title, &statement),
                title,
                statement: Some(statement),
                rollback: None,
                group: self.group,
                condition: condition.take(),
                doubt: None,
                words: words.clone(),
                source,
            });
        }
        self.take_back(undo, start, unit, &words);
    }

    /// Gives the way back to the command it belongs to; one without such a command is a step of its own.
    fn take_back(&mut self, undo: Vec<Statement>, start: usize, unit: &Unit, words: &str) {
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
                    self.out.steps.push(Draft {
                        kind: kind_of(&title, &statement),
                        title,
                        source: statement.text.whole(),
                        statement: Some(statement),
                        rollback: None,
                        group: self.group,
                        condition: None,
                        doubt: None,
                        words: words.to_owned(),
                    });
                }
            }
        }
    }

    fn lead_condition(&self, lead: Option<&Block>) -> Option<String> {
        let text = lead?.text.text();
        let ranges = sentences::ranges(text);
        ranges.into_iter().rev().find_map(|range| branches::condition(&text[range]))
    }

    /// The words closest to a command that say what it is for.
    fn command_title(&self, unit: &Unit, lead: Option<&Block>) -> String {
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

    fn without_command(&mut self, unit: &Unit, lead: Option<&Block>) {
        let Some(block) = lead.filter(|block| self.may_ask(unit, block)) else { return };
        let text = block.text.text();
        let expected = unit.item != self.item && self.expects(unit, block);
        let mut taken = false;
        for range in sentences::ranges(text) {
            let first = expected && !taken && range.start == 0;
            if self.is_step(&text[range.clone()], unit, taken) || first && !self.later_asks(text) {
                self.manual(unit, block, range);
                taken = true;
            }
        }
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
        self.document.items[item].ordered || !name_only && self.announced.as_deref().is_some_and(checks)
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
        let opens = branches::opens(sentence);
        let asks = (!taken || opens) && sentences::asks(sentence) != Asks::Nothing && !is_reference(sentence);
        asks && (unit.item.is_some() || is_plain_request(sentence, opens))
    }

    fn manual(&mut self, unit: &Unit, block: &Block, range: std::ops::Range<usize>) {
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
        let bare = sentences::asks(sentence) == Asks::Nothing && sentences::asks(announced) == Asks::Look;
        let doubt = if bare {
            vague::doubt_of_entry(sentence, block, range.start)
        } else {
            vague::doubt(sentence, block, range.start)
        };
        self.out.steps.push(Draft {
            title: titles::tidy(sentence),
            kind: manual_kind(sentence, bare),
            statement: None,
            rollback: None,
            group: self.group,
            condition: branches::condition(sentence).or_else(|| self.condition.take()),
            doubt,
            words: sentences::collapsed(sentence),
            source: block.text.span(range),
        });
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

fn is_links_only(block: &Block) -> bool {
    let linked: usize = block
        .marks
        .iter()
        .filter(|mark| mark.kind == crate::document::MarkKind::Link)
        .map(|mark| mark.range.len())
        .sum();
    linked > 0 && block.text.text().trim().len() <= linked + 3
}
