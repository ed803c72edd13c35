//! Labels on what the rules found. The order of the page stays, every command stays a stretch of the page, and whatever
//! a label adds, takes away or moves is said in a question to the author.

mod jumps;

use std::collections::BTreeMap;

use dd0c_parser::Cut;
use dd0c_types::runbook::{
    Ambiguity, ParsedRunbook, Prerequisite, Step, StepKind, Variable, VariableKind, Warning,
};
use dd0c_types::{Span, StepId};
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::labels::{CommandLabel, LabelAnswer, StepLabel};
use crate::page::{Page, one_line};

/// Most characters of a title or a question in a model's words.
const TITLE: usize = 80;
const QUESTION: usize = 200;
/// Most bytes of a line that serves as a title.
const LINE_TITLE: usize = 120;

const ORDER_QUESTION: &str = "Is this done where it stands, or before the step above it?";

/// Applies answers about parts of the page, each read by [`crate::labels::read`], to the runbook that the rules made of
/// it. Steps that are new have no classification yet. The same answers give the same runbook.
pub fn apply(page: &Page, runbook: ParsedRunbook, answers: &[LabelAnswer]) -> ParsedRunbook {
    let mut work = Work::new(page, runbook);
    work.page_title(answers);
    for answer in answers {
        work.titles(answer);
        work.take_away(answer);
        work.add(answer);
        work.ask(answer);
        work.ask_about_order(answer);
    }
    let orders = work.renumber();
    for answer in answers {
        jumps::apply(&mut work, &orders, answer);
        work.prerequisites(answer);
    }
    work.finish()
}

/// A runbook that labels are put on.
struct Work<'w> {
    page: &'w Page,
    runbook: ParsedRunbook,
    drafts: Vec<Draft>,
    /// Questions by the step they are about; of a step that was taken away or a place alone, none.
    questions: Vec<(Option<StepId>, Ambiguity)>,
    warnings: Vec<Warning>,
}

/// A step on its way.
struct Draft {
    step: Step,
    /// The line it begins in.
    line: usize,
    /// The index of the candidate it was; none when a label added it.
    candidate: Option<usize>,
    taken_away: bool,
}

/// The new order of each candidate that stayed, and of the next one for each that did not.
struct Orders(BTreeMap<usize, Option<u32>>);

impl Orders {
    fn of(&self, number: u32) -> Option<Option<u32>> {
        self.0.get(&(number as usize).checked_sub(1)?).copied()
    }
}

impl<'w> Work<'w> {
    fn new(page: &'w Page, mut runbook: ParsedRunbook) -> Self {
        let steps = std::mem::take(&mut runbook.steps);
        let draft = |(index, step): (usize, Step)| Draft {
            step,
            line: page.candidates[index].lines.0,
            candidate: Some(index),
            taken_away: false,
        };
        let drafts = steps.into_iter().enumerate().map(draft).collect();
        Self { page, runbook, drafts, questions: Vec::new(), warnings: Vec::new() }
    }

    fn line(&self, number: u32) -> Option<&'w dd0c_parser::PageLine> {
        self.page.reading.lines().get((number as usize).checked_sub(1)?)
    }

    fn candidate(&mut self, number: u32) -> Option<&mut Draft> {
        let index = (number as usize).checked_sub(1)?;
        self.drafts.iter_mut().find(|draft| draft.candidate == Some(index))
    }

    /// A page that names itself keeps its name; where the rules took its first words, the line that a label names is it.
    fn page_title(&mut self, answers: &[LabelAnswer]) {
        let lines = self.page.reading.lines();
        let is_named = lines.iter().any(|line| line.kind == dd0c_parser::LineKind::Heading);
        let opening: String = self.runbook.title.chars().take(16).collect();
        let is_first_words = lines.first().is_some_and(|line| line.text.contains(opening.trim()));
        let named = answers.iter().find_map(|answer| self.line(answer.title_line));
        if let Some(line) = named.filter(|_| !is_named && is_first_words) {
            self.runbook.title = one_line(&line.text, LINE_TITLE);
        }
    }

    fn titles(&mut self, answer: &LabelAnswer) {
        for label in &answer.steps {
            let title = self.title(label);
            let Some(draft) = self.candidate(label.candidate) else { continue };
            draft.step.title = title.unwrap_or_else(|| draft.step.title.clone());
            draft.step.kind = label.kind.kind();
        }
    }

    /// The words of the page; a model's own when they are all words of the page; else none.
    fn title(&self, label: &StepLabel) -> Option<String> {
        let line = self.line(label.title_line).map(|line| one_line(&line.text, LINE_TITLE));
        line.or_else(|| self.page.words.title(&label.title, TITLE))
    }

    /// A command that is said to be none leaves the steps, and a question about it stays.
    fn take_away(&mut self, answer: &LabelAnswer) {
        for label in &answer.not_commands {
            let Some(draft) = self.candidate(label.candidate) else { continue };
            let Some(command) = draft.step.command.clone().filter(|_| !draft.taken_away) else { continue };
            draft.taken_away = true;
            let source = Span { start: command.source.start, end: command.source.end };
            self.warnings.push(Warning {
                code: "command_left_out".to_owned(),
                text: format!(
                    "Line {}: the model takes it for {}; it is not among the steps.",
                    command.source.line,
                    label.is.words()
                ),
                source: Some(source),
            });
            self.questions.push((
                None,
                Ambiguity {
                    step: None,
                    text: command.text.reveal().to_owned(),
                    source,
                    reason: format!(
                        "The rules read a command here; the model takes it for {}.",
                        label.is.words()
                    ),
                    question: "Is this to be run? Then mark it as a command in the text.".to_owned(),
                },
            ));
        }
    }

    /// A line that is said to be a command becomes a step when it can be cut out of the page, and is asked about.
    fn add(&mut self, answer: &LabelAnswer) {
        for label in &answer.commands {
            let (first, last) = (label.line as usize, label.last_line as usize);
            match self.page.reading.cut(&self.page.text, first, last, label.piece as usize) {
                Some(cut) if self.is_known(&cut) => {}
                Some(cut) => self.add_step(first, cut),
                None => self.ask_for_the_command(label),
            }
        }
    }

    fn is_known(&self, cut: &Cut) -> bool {
        let source = cut.command.source;
        self.drafts.iter().any(|draft| {
            let command = draft.step.command.as_ref();
            let overlaps = command
                .is_some_and(|known| known.source.start < source.end && source.start < known.source.end);
            overlaps || draft.step.rollback.as_ref().is_some_and(|way_back| way_back.text == cut.command.text)
        })
    }

    fn add_step(&mut self, first: usize, cut: Cut) {
        let id = self.added_id(&cut);
        let source = Span { start: cut.command.source.start, end: cut.command.source.end };
        self.questions.push((
            Some(id),
            Ambiguity {
                step: None,
                text: cut.command.text.reveal().to_owned(),
                source,
                reason: "The model reads a command here; the rules did not.".to_owned(),
                question: "Is this to be run as a step?".to_owned(),
            },
        ));
        let group = 1 + self.drafts.iter().map(|draft| draft.step.group).max().unwrap_or(0);
        let inside = |variable: &&Variable| {
            variable.occurrences.iter().any(|span| span.start >= source.start && span.end <= source.end)
        };
        let step = Step {
            id,
            order: 0,
            title: self.title_above(first),
            kind: StepKind::Command,
            group,
            sets: cut.sets,
            uses: self
                .runbook
                .variables
                .iter()
                .filter(inside)
                .map(|variable| variable.name.clone())
                .collect(),
            rollback: None,
            hazards: cut.hazards,
            branch: None,
            vague: true,
            classification: None,
            command: Some(cut.command),
        };
        let at = self.drafts.iter().rposition(|draft| draft.line <= first).map_or(0, |at| at + 1);
        self.drafts.insert(at, Draft { step, line: first, candidate: None, taken_away: false });
    }

    /// The same page and place give the same id.
    fn added_id(&self, cut: &Cut) -> StepId {
        let source = cut.command.source;
        let parts = [
            "dd0c.step/v1/label",
            &self.runbook.source.sha256,
            &format!("{}-{}", source.start, source.end),
            cut.command.text.reveal(),
        ];
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        StepId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The nearest words above a line, or the line itself when it is running text.
    fn title_above(&self, line: usize) -> String {
        let lines = &self.page.reading.lines()[..line];
        let words = lines.iter().rev().find(|line| line.kind != dd0c_parser::LineKind::Code);
        words.map_or_else(|| "A command of the page".to_owned(), |line| one_line(&line.text, LINE_TITLE))
    }

    fn ask_for_the_command(&mut self, label: &CommandLabel) {
        let Some(line) = self.line(label.line) else { return };
        self.questions.push((
            None,
            Ambiguity {
                step: None,
                text: one_line(&line.text, LINE_TITLE),
                source: line.source,
                reason: "The model reads a command here, but it is not one stretch of the text.".to_owned(),
                question: "What exactly is to be run here?".to_owned(),
            },
        ));
    }

    fn ask(&mut self, answer: &LabelAnswer) {
        for label in &answer.questions {
            let words = self
                .page
                .words
                .sentence(&label.question, QUESTION)
                .filter(|words| words.ends_with(['?', '？']));
            let question = words.unwrap_or_else(|| label.reason.question().to_owned());
            self.ask_about(label.candidate, label.reason.words(), question);
        }
    }

    /// Asks about a candidate that stays, unless it is asked about already.
    fn ask_about(&mut self, number: u32, reason: &str, question: String) {
        let Some(draft) = self.candidate(number).filter(|draft| !draft.taken_away) else { return };
        let (id, line) = (draft.step.id, draft.line);
        let known =
            self.runbook.ambiguities.iter().any(|known| known.step == Some(draft_order(&self.drafts, id)))
                || self.questions.iter().any(|(about, _)| *about == Some(id));
        let Some(line) = self.line(line as u32).filter(|_| !known) else { return };
        self.questions.push((
            Some(id),
            Ambiguity {
                step: None,
                text: one_line(&line.text, LINE_TITLE),
                source: line.source,
                reason: reason.to_owned(),
                question,
            },
        ));
        if let Some(draft) = self.candidate(number) {
            draft.step.vague = true;
        }
    }

    /// The page's order is the order; where a model would do it in another, the author is asked.
    fn ask_about_order(&mut self, answer: &LabelAnswer) {
        for pair in answer.steps.windows(2) {
            if pair[1].candidate < pair[0].candidate {
                let reason = "It stands later in the text than what the model would do after it.";
                let later = pair[0].candidate;
                self.ask_about(later, reason, ORDER_QUESTION.to_owned());
            }
        }
    }

    /// Takes away what is to go and numbers the rest. Whatever pointed at a step that went points at the next one.
    fn renumber(&mut self) -> Orders {
        let mut orders = BTreeMap::new();
        let mut old = BTreeMap::new();
        let mut stayed = BTreeMap::new();
        let mut next = self.drafts.iter().filter(|draft| !draft.taken_away).count() as u32;
        let mut following = None;
        for draft in self.drafts.iter_mut().rev() {
            if !draft.taken_away {
                following = Some(next);
                next -= 1;
            }
            if !draft.taken_away {
                stayed.insert(draft.step.order, following);
            }
            if let Some(index) = draft.candidate {
                orders.insert(index, following);
                old.insert(draft.step.order, following);
            }
            draft.step.order = following.unwrap_or(0);
        }
        self.forget_what_went();
        for draft in &mut self.drafts {
            if let Some(branch) = &mut draft.step.branch {
                branch.then = branch.then.and_then(|order| old.get(&order).copied().flatten());
                branch.otherwise = branch.otherwise.and_then(|order| old.get(&order).copied().flatten());
            }
        }
        for ambiguity in &mut self.runbook.ambiguities {
            ambiguity.step = ambiguity.step.and_then(|order| stayed.get(&order).copied().flatten());
        }
        Orders(orders)
    }

    fn forget_what_went(&mut self) {
        let gone: Vec<StepId> =
            self.drafts.iter().filter(|draft| draft.taken_away).map(|draft| draft.step.id).collect();
        self.drafts.retain(|draft| !draft.taken_away);
        for variable in &mut self.runbook.variables {
            if variable.set_by.is_some_and(|id| gone.contains(&id)) {
                variable.set_by = None;
                variable.kind = VariableKind::Input;
            }
        }
        for prerequisite in &mut self.runbook.prerequisites {
            prerequisite.step = prerequisite.step.filter(|id| !gone.contains(id));
        }
    }

    fn prerequisites(&mut self, answer: &LabelAnswer) {
        for label in &answer.prerequisites {
            let Some(line) = self.line(label.line) else { continue };
            let overlaps = |known: &Prerequisite| {
                known.source.start < line.source.end && line.source.start < known.source.end
            };
            if line.kind == dd0c_parser::LineKind::Heading || self.runbook.prerequisites.iter().any(overlaps)
            {
                continue;
            }
            let step = self.candidate(label.candidate).map(|draft| draft.step.id);
            let text = one_line(&line.text, 300);
            self.runbook.prerequisites.push(Prerequisite { text, source: line.source, step });
        }
        if !answer.prerequisites.is_empty() {
            self.runbook.prerequisites.sort_by_key(|prerequisite| prerequisite.source);
        }
    }

    fn finish(self) -> ParsedRunbook {
        let Self { mut runbook, drafts, questions, warnings, .. } = self;
        runbook.steps = drafts.into_iter().map(|draft| draft.step).collect();
        let asked = !questions.is_empty();
        for (about, mut ambiguity) in questions {
            let step = about.and_then(|id| runbook.steps.iter().find(|step| step.id == id));
            ambiguity.step = step.map(|step| step.order);
            runbook.ambiguities.push(ambiguity);
        }
        if asked {
            runbook.ambiguities.sort_by_key(|ambiguity| (ambiguity.source.start, ambiguity.step));
        }
        runbook.warnings.extend(warnings);
        runbook.has_actionable_steps = !runbook.steps.is_empty();
        "model".clone_into(&mut runbook.extracted_by);
        runbook
    }
}

/// The order that a step has in the runbook that the rules made; 0 when it is not of it.
fn draft_order(drafts: &[Draft], id: StepId) -> u32 {
    drafts.iter().find(|draft| draft.step.id == id).map_or(0, |draft| draft.step.order)
}
