//! Why an event is refused.

use dd0c_types::run::StepState;

/// Why an event changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The run has no such step.
    #[error("this run has no such step; nothing has changed")]
    UnknownStep,
    /// No step is waiting for this attempt.
    #[error("no step of this run waits for that attempt; nothing has changed")]
    UnknownAttempt,
    /// Somebody was faster.
    #[error("{by} has decided this step already; your click changed nothing")]
    AlreadyDecided {
        /// Who.
        by: String,
    },
    /// The command is not the one that was on the screen.
    #[error("the command has changed since you saw it; nothing has run. Read the new one and decide again")]
    Changed,
    /// Too late.
    #[error("the question has expired; nothing has run. Ask again to get a new one")]
    Expired,
    /// The name was not typed, or not rightly.
    #[error("this step asks for the name of what it destroys; nothing has run")]
    TypedMismatch,
    /// Panic is on.
    #[error("panic is on: nothing starts until an Owner resumes; nothing has run")]
    Halted,
    /// The run is over.
    #[error("this run has ended; nothing has changed")]
    RunEnded,
    /// The step does not stand where this can be done.
    #[error("this cannot be done to a step that is {}; nothing has changed", state.as_str())]
    WrongState {
        /// Where it stands.
        state: StepState,
    },
    /// Trust level 0.
    #[error("this run executes nothing (trust level 0): its commands are shown to copy. Nothing has changed")]
    ExecutesNothing,
    /// Another step has the turn.
    #[error("another step of this run has the turn; decide that one first. Nothing has changed")]
    AnotherHasTheTurn,
    /// A value is missing or wrong.
    #[error("{0} Nothing has changed.")]
    InvalidValue(&'static str),
}

impl Refused {
    /// The code for programs (`dd0c-code`).
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::UnknownStep | Refused::UnknownAttempt => "not_found",
            Refused::AlreadyDecided { .. } => "already_decided",
            Refused::Changed => "changed",
            Refused::Expired => "expired",
            Refused::TypedMismatch => "typed_mismatch",
            Refused::Halted => "halted",
            Refused::RunEnded
            | Refused::WrongState { .. }
            | Refused::ExecutesNothing
            | Refused::AnotherHasTheTurn => "wrong_state",
            Refused::InvalidValue(_) => "invalid_value",
        }
    }
}
