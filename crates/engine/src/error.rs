//! Why the engine refuses or fails, and how that crosses gRPC.

use dd0c_approval::{Mismatch, NotAllowed};
use dd0c_executor::{BindError, Refused};
use dd0c_proto::refusal::refusal;
use dd0c_store::StoreError;
use tonic::{Code, Status};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The machine refuses.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The person may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The typed name is wrong.
    #[error(transparent)]
    Typed(#[from] Mismatch),
    /// A value cannot be bound.
    #[error("{0}. Nothing was started.")]
    Bind(#[from] BindError),
    /// The request is wrong.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The agent has no stream.
    #[error("the agent is not connected: nothing can start and nothing has run")]
    AgentOffline,
    /// Panic is on.
    #[error("panic is on: nothing starts until an Owner resumes; nothing has run")]
    Halted,
    /// The database failed.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// A grant could not be signed.
    #[error("a grant could not be signed")]
    Grant,
}

impl EngineError {
    /// The code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            EngineError::Refused(refused) => refused.code(),
            EngineError::NotAllowed(_) => "forbidden",
            EngineError::Typed(_) => "typed_mismatch",
            EngineError::Bind(_) | EngineError::Invalid(_) => "invalid_value",
            EngineError::NotFound(_) | EngineError::Store(StoreError::NotFound) => "not_found",
            EngineError::AgentOffline => "agent_offline",
            EngineError::Halted => "halted",
            EngineError::Store(_) | EngineError::Grant => "internal",
        }
    }
}

impl From<EngineError> for Status {
    fn from(error: EngineError) -> Self {
        if let EngineError::Store(failure) = &error
            && !matches!(failure, StoreError::NotFound)
        {
            return of_store(failure);
        }
        let code = match error.code() {
            "not_found" => Code::NotFound,
            "forbidden" => Code::PermissionDenied,
            "typed_mismatch" | "invalid_value" => Code::InvalidArgument,
            "internal" => Code::Internal,
            "already_decided" | "changed" => Code::Aborted,
            _ => Code::FailedPrecondition,
        };
        refusal(code, error.code(), error.to_string())
    }
}

fn of_store(failure: &StoreError) -> Status {
    tracing::warn!(error = %failure, "the store failed");
    match failure {
        StoreError::CommitUnknown { .. } => Status::unavailable(
            "The connection to the database was lost at the last moment: it is not known whether this was recorded. \
             Look at the run before you try again.",
        ),
        failure if failure.is_retryable() => Status::unavailable(
            "The database cannot be reached. Nothing was recorded and nothing has run. Try again.",
        ),
        _ => Status::internal("Something went wrong inside. Nothing has run."),
    }
}
