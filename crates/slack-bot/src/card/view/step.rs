//! A step that waits or runs.

use std::time::Duration;

use dd0c_types::run::StepAction;
use dd0c_types::{Command, CommandHash, Role, Timestamp};

use super::{Fact, Link, Person, RiskWord};
use crate::reference::Token;

/// Which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The n-th of the runbook.
    Step {
        /// From 1.
        number: u32,
        /// How many there are.
        of: u32,
    },
    /// The inverse of a step, which is a step of its own.
    Rollback {
        /// The number of the step that it undoes.
        number: u32,
        /// How many steps the runbook has.
        of: u32,
    },
    /// A command that somebody typed and that is not in the runbook; the n-th of this run.
    Unlisted {
        /// From 1.
        number: u32,
    },
}

/// A step, as far as all its cards need it.
#[derive(Clone, PartialEq, Eq)]
pub struct StepCard {
    /// Which one.
    pub position: Position,
    /// What it is for.
    pub title: String,
    /// Its risk.
    pub risk: RiskWord,
    /// The exact command. None for a step for a person.
    pub command: Option<Command>,
    /// Where it runs.
    pub place: Place,
    /// Why it has its risk.
    pub why: Option<Why>,
    /// The inverse command.
    pub rollback: Option<InverseCommand>,
    /// What it destroys, when it is Dangerous and that can be named.
    pub destroys: Vec<Destroyed>,
    /// What the engine takes for this step now, whoever asks. A button is drawn for nothing else.
    pub actions: Vec<StepAction>,
    /// The step in the dashboard.
    pub link: Link,
    /// `Reference::Step` of this attempt and command.
    pub token: Token,
    /// `Reference::Run`.
    pub run_token: Token,
    /// Grows with every update of the message.
    pub revision: u32,
}

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The agent's name.
    pub agent: String,
    /// What else is known: context, namespace, region.
    pub facts: Vec<Fact>,
}

/// Why a command has its risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The first finding's reason.
    pub reason: String,
    /// Its rule.
    pub rule: Option<String>,
    /// The bytes it speaks of.
    pub matched: Option<String>,
    /// What the second key said.
    pub reviewer: ReviewerWord,
}

/// What the second key said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewerWord {
    /// The same as the scanner.
    Agrees,
    /// Something else.
    Says(RiskWord),
    /// Nothing: absent, late or malformed.
    Silent,
}

/// The inverse of a step.
#[derive(Clone, PartialEq, Eq)]
pub struct InverseCommand {
    /// The command.
    pub command: Command,
    /// Its risk.
    pub risk: RiskWord,
    /// `Reference::Step` of the failed step with this command's hash.
    pub token: Token,
}

/// An object that a step destroys; its name is typed to let it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// What kind of thing, in words: `volume claim`.
    pub kind: String,
    /// Its name exactly as in the command.
    pub name: String,
}

/// A question to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who is mentioned: the lead of the run.
    pub whom: Person,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it ends by itself; nothing runs then.
    pub expires_at: Timestamp,
    /// The least role that may say yes.
    pub role: Role,
    /// Whether the one who started the run may not be the one who says yes.
    pub needs_second_person: bool,
}

/// The last lines of what a command wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputTail {
    /// The end of it, as text: any length, any bytes that are UTF-8; secrets already masked.
    pub text: String,
    /// How many lines it wrote in all. Taken as at least what `text` holds.
    pub lines: u64,
    /// SHA-256 over all of it, once it has ended.
    pub sha256: Option<CommandHash>,
}

/// A step that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Since when; none until the agent has begun. A stopwatch would cost a change of the message every few seconds.
    pub started_at: Option<Timestamp>,
    /// Whether nobody was asked.
    pub by_itself: bool,
    /// What it wrote so far.
    pub output: OutputTail,
}

/// Who let a step run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: String,
    /// Through which door, in our own words: `Slack`, `the dashboard`, `the API`.
    pub door: &'static str,
    /// When.
    pub at: Timestamp,
    /// How long after the question.
    pub after: Duration,
    /// The SHA-256 of exactly what was approved.
    pub command_sha256: CommandHash,
}

/// What a person made of a command.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Who.
    pub by: String,
    /// What stood there before.
    pub before: Command,
    /// Its risk.
    pub risk_before: RiskWord,
}

/// A step that chooses a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchAsk {
    /// Who is asked.
    pub whom: Person,
    /// The runbook's own sentence.
    pub condition: String,
    /// Where it goes when it holds; none: on to the end of the choice.
    pub then: Option<u32>,
    /// Where it goes otherwise.
    pub otherwise: Option<u32>,
    /// What was counted, in words; may be empty.
    pub evidence: String,
}

/// A step for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Who is asked.
    pub whom: Person,
    /// The sentence of the runbook.
    pub sentence: String,
    /// Why it is vague; none when it is not.
    pub vague: Option<String>,
    /// Whether nothing is executed at this trust level: the command, if there is one, is shown to copy.
    pub show_only: bool,
}
