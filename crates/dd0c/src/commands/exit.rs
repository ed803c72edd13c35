//! How a command ends: the exit code says which kind of failure, the message what to do next.

use std::process::ExitCode;

/// A failure that a person reads and a script branches on.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    code: u8,
    message: String,
}

/// Failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or cancelled by the person.
pub const USAGE: u8 = 2;
/// Not signed in.
pub const NOT_SIGNED_IN: u8 = 4;
/// Not allowed by role or policy.
pub const NOT_ALLOWED: u8 = 5;
/// Panic mode is on.
pub const PANIC: u8 = 6;
/// The agent is offline.
pub const AGENT_OFFLINE: u8 = 7;

/// What every command returns.
pub type Outcome = Result<ExitCode, Failure>;

impl Failure {
    /// A failure with one of the codes above.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }

    /// Any other failure, in its own words.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::new(FAILED, error.to_string())
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}
