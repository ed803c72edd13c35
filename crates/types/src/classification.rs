//! What the two keys said of one command, and what was made of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::command::CommandHash;
use crate::effect::Effect;
use crate::risk::{Risk, ScannerRisk, UnknownSpelling};

/// The verdict on one command, as stored, audited and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Classification {
    /// The final risk.
    pub risk: Risk,
    /// Which of the five merge rules made it.
    pub merge_rule: MergeRule,
    /// Key 1: the deterministic scanner.
    pub scanner: ScannerVerdict,
    /// Key 2: the reviewer. None when absent, late or malformed.
    pub reviewer: Option<ReviewerVerdict>,
    /// The object that the command acts on, when one can be named; its name is what a Dangerous step asks to be typed.
    pub object: Option<ObjectRef>,
    /// Every object, when the command names several: each is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectRef>,
    /// SHA-256 of the command that was judged.
    pub command_sha256: CommandHash,
}

/// The five merge rules (decision 7). They are code, never configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum MergeRule {
    /// The scanner says Dangerous: Dangerous.
    M1,
    /// The scanner says Caution: the worse of Caution and the reviewer.
    M2,
    /// Both say Safe, the reviewer with confidence of at least 0.9: Safe.
    M3,
    /// The scanner says Safe, the reviewer anything else or nothing: the worse of Caution and the reviewer.
    M4,
    /// The scanner does not know: the worse of Caution and the reviewer.
    M5,
}

/// What the scanner said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScannerVerdict {
    /// The worst of all findings.
    pub risk: ScannerRisk,
    /// The scanner's version: engine version and digest of the rules.
    pub version: String,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The parts of the command that can be underlined and explained, in order.
    #[serde(default)]
    pub tokens: Vec<TokenSpan>,
}

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The rule's id, such as `k8s.delete-namespace`.
    pub rule: String,
    /// What the rule says.
    pub risk: ScannerRisk,
    /// The bytes of the command that it speaks of.
    pub span: CommandSpan,
    /// The reason in plain words.
    pub why: String,
    /// A safer command, when one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safer: Option<String>,
    /// The command that undoes this one, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// What it acts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// What it does to it, when a rule says so; its risk follows from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// A half-open range of bytes of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct CommandSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A part of the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is: `program`, `verb`, `flag`, `value`, `operand`, `placeholder`, `operator`, `redirect`, `wrapper`,
    /// `assignment`, `substitution`, `keyword`, `string`, `comment`, `function`, `hidden` (a character that cannot be seen
    /// or imitates another, blanks that push text away), `unread`.
    pub kind: String,
    /// What it means for the verdict, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The object a command acts on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct ObjectRef {
    /// What kind of thing: `path`, `namespace`, `pod`, `table`, `service`, ….
    pub kind: String,
    /// Its name exactly as written in the command, without quotes.
    pub name: String,
}

/// Which reviewer spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewerKind {
    /// A language model behind dd0c/route.
    Llm,
    /// The local statistical reviewer.
    Local,
}

/// Who may serve as the second key (decision 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondKey {
    /// Only the language model.
    #[default]
    Llm,
    /// The local reviewer too, where the language model gives no answer.
    LocalAllowed,
}

impl SecondKey {
    /// The spelling in JSON and protobuf.
    pub const fn as_str(self) -> &'static str {
        match self {
            SecondKey::Llm => "llm",
            SecondKey::LocalAllowed => "local_allowed",
        }
    }
}

impl std::str::FromStr for SecondKey {
    type Err = UnknownSpelling;
    fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
        [Self::Llm, Self::LocalAllowed].into_iter().find(|key| key.as_str() == text).ok_or(UnknownSpelling)
    }
}

/// What the reviewer said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewerVerdict {
    /// Which reviewer.
    pub kind: ReviewerKind,
    /// The model's name and version.
    pub model: String,
    /// Its verdict after escalation.
    pub risk: Risk,
    /// Between 0 and 1. Below 0.9 the verdict was escalated one tier.
    pub confidence: f64,
    /// Whether the verdict was escalated for low confidence.
    pub escalated: bool,
    /// Its reason in one sentence.
    pub reason: String,
    /// A suggested inverse command; scanned like any other before it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}
