//! A parsed runbook: the contract `dd0c.runbook/v1`. Byte offsets are into the pasted text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::classification::Classification;
use crate::command::Command;
use crate::ids::StepId;

/// The value of [`ParsedRunbook::schema`].
pub const SCHEMA: &str = "dd0c.runbook/v1";

/// A runbook made of pasted text.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ParsedRunbook {
    /// Always `dd0c.runbook/v1`.
    pub schema: String,
    /// The page's title, or its first words.
    pub title: String,
    /// What was pasted.
    pub source: Source,
    /// Who found the structure: `structure` (rules alone) or `model` (rules, with a model's labels).
    pub extracted_by: String,
    /// What the models behind this result were asked; empty when none spoke.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelUse>,
    /// False when the text asks nobody to do anything.
    pub has_actionable_steps: bool,
    /// What must be true before starting.
    pub prerequisites: Vec<Prerequisite>,
    /// What must be filled in.
    pub variables: Vec<Variable>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What two engineers would read differently.
    pub ambiguities: Vec<Ambiguity>,
    /// What the reader should know about the parse itself.
    pub warnings: Vec<Warning>,
    /// Time of each stage in milliseconds. Left out of anything that is compared or hashed.
    #[serde(default)]
    pub timings_ms: Timings,
}

/// A model that had a part in a result, and exactly what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelUse {
    /// What for: `labels` (the structure of the page) or `review` (the second key).
    pub purpose: String,
    /// The model's name, as it is configured.
    pub model: String,
    /// SHA-256 of the prompt's file, in hexadecimal.
    pub prompt_sha256: String,
    /// SHA-256 of the file with the schema of the answer, in hexadecimal.
    pub schema_sha256: String,
}

/// Time of each stage, in milliseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Timings {
    /// Normalising, extracting and assembling.
    #[serde(default)]
    pub parse: f64,
    /// Scanning all commands.
    #[serde(default)]
    pub scan: f64,
    /// The model's labels, from the paste until they were applied or given up; 0 when no model was asked.
    #[serde(default)]
    pub labels: f64,
    /// The reviewer, over all commands; 0 when none is configured.
    #[serde(default)]
    pub review: f64,
}

/// What was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// SHA-256 of the pasted bytes, in hexadecimal.
    pub sha256: String,
    /// Their number.
    pub bytes: usize,
    /// What the text was recognised as.
    pub format: Format,
}

/// What the text was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CommonMark and its dialects, Notion's export among them.
    Markdown,
    /// HTML from anywhere.
    Html,
    /// Confluence's storage format or export.
    Confluence,
    /// AsciiDoc.
    Asciidoc,
    /// reStructuredText.
    Rst,
    /// Text without markup.
    Text,
}

/// A half-open range of bytes of the pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Something that must be true before starting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prerequisite {
    /// The words of the text.
    pub text: String,
    /// Where they stand.
    pub source: Span,
    /// The step that checks it, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
}

/// Something that is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Variable {
    /// Its name without delimiters: `namespace` for `<namespace>`.
    pub name: String,
    /// As written the first time: `<namespace>`.
    pub placeholder: String,
    /// The style of the placeholder: `angle`, `brace`, `double_brace`, `bracket`, `shell`, `your`, `caps`, `date`.
    pub style: String,
    /// Who fills it in.
    pub kind: VariableKind,
    /// Every place, in order.
    pub occurrences: Vec<Span>,
    /// The step that sets it, for a derived variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<StepId>,
}

/// Who fills a variable in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariableKind {
    /// The operator, before the start.
    Input,
    /// A command of the runbook itself.
    Derived,
    /// The operator, and the value is a secret.
    Secret,
}

/// One step.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// Derived from the content, so that the same text gives the same id.
    pub id: StepId,
    /// From 1, without gaps.
    pub order: u32,
    /// What it is for, in the words of the text.
    pub title: String,
    /// What it asks for.
    pub kind: StepKind,
    /// The one statement it runs; none for a step that a person closes.
    pub command: Option<StepCommand>,
    /// Consecutive steps with the same number came from one item of the text.
    #[serde(default)]
    pub group: u32,
    /// Shell variables it sets for later steps.
    pub sets: Vec<String>,
    /// Variables (inputs and derived) it uses, by name.
    pub uses: Vec<String>,
    /// The inverse command, when one is known.
    pub rollback: Option<Rollback>,
    /// What makes it hard to run unattended.
    pub hazards: Vec<Hazard>,
    /// The choice it makes, for a decision.
    pub branch: Option<Branch>,
    /// Whether two competent engineers would do different things.
    pub vague: bool,
    /// The two keys' verdict. None for a step without a command, and before classification.
    pub classification: Option<Classification>,
}

/// What a step asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Run a command that acts.
    Command,
    /// Look or verify, with a command or without.
    Check,
    /// Act without a command: in a UI, by contacting someone, by waiting.
    Manual,
    /// Choose a path.
    Decision,
}

/// A command that stands in the pasted text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepCommand {
    /// The statement.
    pub text: Command,
    /// `bash`, `powershell`, `sql`, `redis`, `mongo`, `ruby`, `cmd`, or another language's name.
    pub language: String,
    /// Where it stands.
    pub source: CommandSource,
    /// How the text relates to the bytes at `source`.
    pub fidelity: Fidelity,
    /// Where it is to be run, when the text says: a host, a container, a REPL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// Where a command stands in the pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandSource {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Its first line, from 1.
    pub line: usize,
}

/// How a command's text relates to its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// To the byte.
    Verbatim,
    /// A prompt, a callout or a comment stripped, a continuation joined, an entity decoded.
    Normalised,
}

/// The inverse of a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rollback {
    /// The command.
    pub text: Command,
    /// Who knows it.
    pub origin: RollbackOrigin,
}

/// Who knows a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackOrigin {
    /// It stands in the runbook.
    Runbook,
    /// The reviewer suggested it.
    Reviewer,
    /// A scanner rule knows the inverse.
    Derived,
}

/// What makes a step hard to run unattended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// Waits for a person at a terminal (`vim`, `psql`, `exec -it`).
    Interactive,
    /// Never ends by itself (`-f`, `watch`).
    Endless,
    /// Puts something in the background.
    Background,
    /// Must stay open in another terminal.
    OtherTerminal,
    /// A secret stands in the text.
    SecretInText,
    /// Changes the working folder or the shell for later steps.
    ShellState,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Branch {
    /// The condition, in the words of the text.
    pub condition: String,
    /// The order of the step to go to when it holds; none when there is nothing to do.
    pub then: Option<u32>,
    /// The order of the step to go to otherwise.
    #[serde(rename = "else")]
    pub otherwise: Option<u32>,
}

/// Something two engineers would read differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ambiguity {
    /// The step's order, when it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The words of the text.
    pub text: String,
    /// Where they stand.
    pub source: Span,
    /// Why they are ambiguous.
    pub reason: String,
    /// What to ask the author.
    pub question: String,
}

/// A remark on the parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// A stable code, such as `no_reviewer` or `dangling_jump`.
    pub code: String,
    /// The remark.
    pub text: String,
    /// Where, when there is a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
}

impl Span {
    /// The bytes it names, when it lies within `text` on character boundaries.
    pub fn slice<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.start..self.end)
    }
}
