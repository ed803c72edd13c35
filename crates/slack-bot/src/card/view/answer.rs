//! What a press is answered with: modals and refusals.

use std::time::Duration;

use dd0c_types::{Command, Role, Timestamp};

use super::{Destroyed, Link, Origin, Person, Place, Position, RiskWord};
use crate::reference::Token;

/// A typed confirmation.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedCard {
    /// From where it was opened.
    pub origin: Origin,
    /// The step.
    pub position: Position,
    /// The exact command.
    pub command: Command,
    /// Where it will run.
    pub place: Place,
    /// What it destroys, each typed in a field of its own, in this order. At most 20; with more, the dashboard asks.
    pub objects: Vec<Destroyed>,
    /// Whether an inverse command is known.
    pub has_rollback: bool,
    /// Whether this is the inverse command of a failed step.
    pub is_rollback: bool,
    /// Who is signed in.
    pub by: Person,
    /// Their role.
    pub role: Role,
}

/// A wrong name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongName {
    /// Which field, from 0.
    pub field: usize,
    /// What was typed.
    pub typed: String,
    /// The kind of thing that the step acts on.
    pub kind: String,
    /// Which miss this is, from 1.
    pub attempt: u32,
    /// After how many it is locked.
    pub of: u32,
}

/// What leaving a step out means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipCard {
    /// From where it was opened.
    pub origin: Origin,
    /// The step.
    pub position: Position,
    /// The numbers of later steps that use its output and are skipped with it.
    pub dependent: Vec<u32>,
    /// The numbers of later steps that do not depend on it.
    pub independent: Vec<u32>,
}

/// A refusal to a person, seen by them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    /// The risk of the step.
    pub risk: RiskWord,
    /// Why.
    pub why: NotAllowedWhy,
    /// Who could do it; at most three are named.
    pub who_may: Vec<String>,
    /// The step's reference, for the button that asks them.
    pub token: Option<Token>,
    /// Where policy stands in the dashboard.
    pub policy: Link,
}

/// Why a person may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowedWhy {
    /// By role.
    Role {
        /// What is needed.
        needed: Role,
        /// What they have.
        has: Role,
    },
    /// They started the run, and policy asks for a second person.
    OwnRun {
        /// What the other needs.
        needed: Role,
    },
}

/// Somebody else was first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlreadyDecided {
    /// Who; none when it was no person.
    pub by: Option<String>,
    /// What was decided.
    pub what: DecidedWord,
    /// Which step.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// How long before this click.
    pub before: Duration,
    /// The run.
    pub link: Link,
}

/// What was decided of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedWord {
    /// Approved.
    Approved,
    /// Left out.
    Skipped,
    /// Edited.
    Edited,
    /// The run was stopped.
    Aborted,
    /// Reported done.
    Done,
    /// The approval expired.
    Expired,
    /// Panic revoked it.
    Revoked,
    /// Something else happened since; the newest message says what.
    Changed,
}
