//! The labels of a page: what a model may answer, and how strictly that is read.

use dd0c_types::runbook::StepKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::page::{Page, Part};
use crate::prompt;

/// Most entries of one list of an answer.
const MOST_ENTRIES: usize = 400;

/// What a model answers. Lines and candidates by their numbers; 0 is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelAnswer {
    /// The line that names the page; 0 for none.
    pub title_line: u32,
    /// Every candidate in the order of doing.
    pub steps: Vec<StepLabel>,
    /// Conditions and where they lead.
    pub branches: Vec<BranchLabel>,
    /// What must be true before starting.
    pub prerequisites: Vec<PrerequisiteLabel>,
    /// What is unclear, with the question to ask.
    pub questions: Vec<QuestionLabel>,
    /// Candidates that are no commands to run.
    pub not_commands: Vec<NotCommandLabel>,
    /// Lines that hold a command and are no candidate.
    pub commands: Vec<CommandLabel>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepLabel {
    /// The candidate.
    pub candidate: u32,
    /// What it asks for.
    pub kind: KindLabel,
    /// The line that says what it is for; 0 for none.
    pub title_line: u32,
    /// A title in words of the page, or empty.
    pub title: String,
}

/// What a step asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindLabel {
    /// Run something that changes.
    Command,
    /// Look or verify.
    Check,
    /// Act by hand.
    Manual,
    /// Choose a way.
    Decision,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchLabel {
    /// The candidate that the condition belongs to.
    pub candidate: u32,
    /// The line of the condition.
    pub line: u32,
    /// The candidate to go to when it holds; 0 for none.
    pub then: u32,
    /// The candidate to go to when not; 0 for none.
    pub otherwise: u32,
}

/// Something that must be true before starting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrerequisiteLabel {
    /// The line.
    pub line: u32,
    /// The candidate that checks it; 0 for none.
    pub candidate: u32,
}

/// Something that two engineers would do differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionLabel {
    /// The candidate.
    pub candidate: u32,
    /// Why it is unclear.
    pub reason: ReasonLabel,
    /// What to ask the author, in one sentence.
    pub question: String,
}

/// Why a step is unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonLabel {
    /// On what it acts.
    Target,
    /// With which value.
    Value,
    /// Where it is run.
    Place,
    /// From when on something is too much or too little.
    Threshold,
    /// By which command.
    Command,
    /// Under which condition.
    Condition,
    /// In which order.
    Order,
    /// Who does it or is asked.
    Person,
}

/// A candidate that is no command to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotCommandLabel {
    /// The candidate.
    pub candidate: u32,
    /// What it is instead.
    pub is: InsteadLabel,
}

/// What a candidate is instead of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InsteadLabel {
    /// What a program wrote.
    Output,
    /// An example that is not to be run.
    Example,
    /// Configuration or a file's content.
    Content,
    /// What the page forbids.
    Forbidden,
}

/// Lines that hold a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandLabel {
    /// Its first line.
    pub line: u32,
    /// Its last line.
    pub last_line: u32,
    /// Which piece of inline code of the line, from 1; 0 for the whole line.
    pub piece: u32,
}

/// The data of a part between two lines with `mark`.
pub fn question(page: &Page, part: &Part, mark: &str) -> String {
    prompt::fenced(&page.data(part), mark)
}

/// SHA-256 of the data of a part: what its answer is kept under.
pub fn sha256(page: &Page, part: &Part) -> [u8; 32] {
    Sha256::digest(page.data(part).as_bytes()).into()
}

/// Reads an answer about a part: all of it, or nothing.
///
/// # Errors
/// Why it cannot be used, without quoting it.
pub fn read(page: &Page, part: &Part, text: &str) -> Result<LabelAnswer, String> {
    let answer: LabelAnswer = serde_json::from_str(text)
        .map_err(|error| format!("not of the schema (line {}, column {})", error.line(), error.column()))?;
    check(page, part, &answer).map(|()| answer).map_err(str::to_owned)
}

fn check(page: &Page, part: &Part, answer: &LabelAnswer) -> Result<(), &'static str> {
    let lists = [
        answer.steps.len(),
        answer.branches.len(),
        answer.prerequisites.len(),
        answer.questions.len(),
        answer.not_commands.len(),
        answer.commands.len(),
    ];
    if lists.iter().any(|length| *length > MOST_ENTRIES) {
        return Err("a list in it is too long");
    }
    if !candidates(answer).all(|number| candidate(part, number).is_some()) {
        return Err("it names a candidate that does not stand there");
    }
    if !lines(answer).all(|number| part.lines.contains(&(number as usize))) {
        return Err("it names a line that does not stand there");
    }
    let mut once: Vec<u32> = answer.steps.iter().map(|step| step.candidate).collect();
    once.sort_unstable();
    if once.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("it names a candidate twice");
    }
    check_kinds(page, part, answer)?;
    check_removals(page, part, answer)
}

/// A command is run or looks; what has none is done by a person.
fn check_kinds(page: &Page, part: &Part, answer: &LabelAnswer) -> Result<(), &'static str> {
    let fits = |step: &StepLabel| {
        let has_command = candidate(part, step.candidate).is_some_and(|at| page.candidates[at].has_command);
        match step.kind {
            KindLabel::Check => true,
            KindLabel::Command => has_command,
            KindLabel::Manual | KindLabel::Decision => !has_command,
        }
    };
    if answer.steps.iter().all(fits) { Ok(()) } else { Err("a kind in it does not fit its candidate") }
}

/// An answer that takes most commands away is no reading of the page: the rules are more precise than that.
fn check_removals(page: &Page, part: &Part, answer: &LabelAnswer) -> Result<(), &'static str> {
    let is_command = |at: usize| page.candidates[at].has_command;
    let commands = part.candidates.iter().filter(|at| is_command(**at)).count();
    let mut removed: Vec<u32> = answer.not_commands.iter().map(|label| label.candidate).collect();
    removed.sort_unstable();
    removed.dedup();
    if !removed.iter().all(|number| candidate(part, *number).is_some_and(is_command)) {
        return Err("it calls a candidate without a command no command");
    }
    if removed.len() > 1.max(commands / 2) || !removed.is_empty() && removed.len() == commands {
        return Err("it takes most of the commands away");
    }
    Ok(())
}

/// The candidates that must stand in the part.
fn candidates(answer: &LabelAnswer) -> impl Iterator<Item = u32> + '_ {
    let steps = answer.steps.iter().map(|step| step.candidate);
    let branches = answer.branches.iter().map(|branch| branch.candidate);
    let checks = answer.prerequisites.iter().map(|label| label.candidate).filter(|number| *number != 0);
    let questions = answer.questions.iter().map(|label| label.candidate);
    let removed = answer.not_commands.iter().map(|label| label.candidate);
    steps.chain(branches).chain(checks).chain(questions).chain(removed)
}

/// The lines that must stand in the part.
fn lines(answer: &LabelAnswer) -> impl Iterator<Item = u32> + '_ {
    let titles = answer.steps.iter().map(|step| step.title_line).chain([answer.title_line]);
    let conditions = answer.branches.iter().map(|branch| branch.line);
    let needs = answer.prerequisites.iter().map(|label| label.line);
    let commands = answer.commands.iter().flat_map(|label| [label.line, label.last_line]);
    titles.filter(|number| *number != 0).chain(conditions).chain(needs).chain(commands)
}

/// The index of a candidate of the part.
fn candidate(part: &Part, number: u32) -> Option<usize> {
    let index = (number as usize).checked_sub(1)?;
    part.candidates.contains(&index).then_some(index)
}

impl KindLabel {
    pub(crate) const fn kind(self) -> StepKind {
        match self {
            KindLabel::Command => StepKind::Command,
            KindLabel::Check => StepKind::Check,
            KindLabel::Manual => StepKind::Manual,
            KindLabel::Decision => StepKind::Decision,
        }
    }
}

impl ReasonLabel {
    /// The reason in the house's own words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            ReasonLabel::Target => "The text does not say on what exactly.",
            ReasonLabel::Value => "The text does not say with which value.",
            ReasonLabel::Place => "The text does not say where.",
            ReasonLabel::Threshold => "The text does not say from when on it is too much or too little.",
            ReasonLabel::Command => "The text does not say by which command.",
            ReasonLabel::Condition => "The text does not say under which condition.",
            ReasonLabel::Order => "The text does not say in which order.",
            ReasonLabel::Person => "The text does not say who.",
        }
    }

    /// The question to ask when the model's own cannot be shown.
    pub(crate) const fn question(self) -> &'static str {
        match self {
            ReasonLabel::Target => "What exactly does this act on?",
            ReasonLabel::Value => "Which value is to be used?",
            ReasonLabel::Place => "Where is this to be done?",
            ReasonLabel::Threshold => "From which value on?",
            ReasonLabel::Command => "Which command does this?",
            ReasonLabel::Condition => "Under which condition?",
            ReasonLabel::Order => "Before or after which step?",
            ReasonLabel::Person => "Who does this, and how are they reached?",
        }
    }
}

impl InsteadLabel {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            InsteadLabel::Output => "output of a program",
            InsteadLabel::Example => "an example",
            InsteadLabel::Content => "configuration or the content of a file",
            InsteadLabel::Forbidden => "something that the page forbids",
        }
    }
}
