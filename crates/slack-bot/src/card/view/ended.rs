//! A step that has ended, or of which nobody knows whether it has.

use std::time::Duration;

use dd0c_types::Timestamp;
use dd0c_types::run::StepAction;

use super::{Decision, OutputTail, Person, Position};
use crate::reference::Token;

/// A step that has ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; none when a person reports it done.
    pub exit_code: Option<i32>,
    /// How long it ran.
    pub took: Duration,
    /// Who let it run; none when it ran by itself.
    pub decision: Option<Decision>,
    /// What it wrote.
    pub output: OutputTail,
}

/// A step that has ended badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Who is asked what to do.
    pub whom: Person,
    /// How it ended.
    pub how: FailedHow,
    /// How long it ran.
    pub took: Duration,
    /// What it wrote.
    pub output: OutputTail,
}

/// How a step ended badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedHow {
    /// With this exit code.
    Exit(i32),
    /// It was stopped after this time.
    TimedOut(Duration),
    /// It was stopped at a person's wish.
    Stopped,
    /// The agent refused it: it never started.
    Refused,
}

/// A step that no longer waits and did not run by this card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// An edit took its place; a new card asks.
    ReplacedByEdit {
        /// Who edited.
        by: String,
    },
    /// Something it was drawn from has changed; a new card asks.
    Replaced,
    /// It was left out.
    Skipped {
        /// Who.
        by: String,
        /// Their reason; may be empty.
        reason: String,
    },
    /// Panic revoked it.
    RevokedByPanic,
    /// The run was stopped before it started.
    RunAborted,
    /// Nobody answered in time.
    Expired,
    /// It was let run and ended badly; another message tells how and asks.
    EndedBadly,
    /// It was let run, and nobody knows what became of it; another message asks.
    OutcomeUnknown,
    /// A person reports it done.
    DoneByHand {
        /// Who.
        by: String,
        /// What they wrote; may be empty.
        note: String,
    },
}

/// A step whose approval expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Who is asked what to do.
    pub whom: Person,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// How long it waited.
    pub waited: Duration,
}

/// The agent of a run went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAway {
    /// Its name.
    pub agent: String,
    /// Who is asked; none while nothing is asked.
    pub whom: Option<Person>,
    /// How long ago it was last heard.
    pub last_heard: Duration,
    /// The step it had, and whether that was already sent.
    pub position: Position,
    /// Whether the step was sent to it.
    pub sent: bool,
    /// What the engine takes for this step now.
    pub actions: Vec<StepAction>,
    /// The step's reference.
    pub token: Token,
    /// The run's reference.
    pub run_token: Token,
    /// Grows with every update.
    pub revision: u32,
}

/// The agent of a run is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentBack {
    /// Its name.
    pub agent: String,
    /// How long it was away.
    pub away: Duration,
    /// The step it had.
    pub position: Position,
    /// What became of that step, as the agent's journal says.
    pub outcome: AgentBackOutcome,
    /// Grows with every update.
    pub revision: u32,
}

/// What became of a step while its agent was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentBackOutcome {
    /// It had ended with this exit code.
    Finished(i32),
    /// It still runs.
    Running,
    /// It never started.
    NeverStarted,
    /// The agent does not know.
    Unknown,
}

/// A step of which nobody knows whether it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOutcome {
    /// Who is asked to find out.
    pub whom: Person,
    /// What is known and what is not, in the service's own words, which quote what others wrote.
    pub says: String,
}
