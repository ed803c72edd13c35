//! What a caller can do about a failure: nothing was found, somebody was faster, try again, or repair.

use std::fmt;

/// Why a question or change failed. Unless said otherwise nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or it is another tenant's: the two cannot be told apart.
    #[error("not found")]
    NotFound,
    /// Somebody changed it since it was read.
    #[error("it was changed meanwhile: the current version is {current}")]
    Stale {
        /// The version that stands.
        current: u32,
    },
    /// It exists already, or refers to something that does not exist; the constraint says what.
    #[error("it conflicts with what is stored ({constraint})")]
    Conflict {
        /// The constraint's name.
        constraint: String,
    },
    /// The database cannot be reached, is overloaded, or gave up on a lock. Nothing was committed; try again later.
    #[error("the database is not available: {reason}")]
    Unavailable {
        /// Why, for the log.
        reason: String,
    },
    /// The connection was lost while committing: the change may or may not be stored. Read again before acting.
    #[error("the connection was lost during the commit: the change may or may not be stored ({reason})")]
    CommitUnknown {
        /// Why, for the log.
        reason: String,
    },
    /// A stored value does not read back.
    #[error("a stored value cannot be read: {what}")]
    Corrupt {
        /// Which, for the log; never the value itself.
        what: String,
    },
    /// The database's set-up is unsafe or incomplete.
    #[error("the database is not set up safely: {}", problems.join("; "))]
    Unsafe {
        /// Everything that is wrong.
        problems: Vec<String>,
    },
    /// Another error of the database.
    #[error("the database refused: {0}")]
    Database(DatabaseError),
}

/// The part of a database's error that is safe to log: rows and values, which may hold commands, are left out.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseError {
    /// The five-character SQLSTATE; empty when the error came from the driver.
    pub code: String,
    /// The first line of the message.
    pub message: String,
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, StoreError::Unavailable { .. })
    }

    pub(crate) fn corrupt(what: impl fmt::Display) -> Self {
        Self::Corrupt { what: what.to_string() }
    }

    /// An error while committing. Only an answer that says "rolled back" is trusted: when the connection was lost, or
    /// the server was shutting down, the commit may have been written before.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|database| database.code());
        let answered = code.is_some_and(|code| !code.starts_with("57P") && !code.starts_with("08"));
        match Self::from(error) {
            Self::Unavailable { reason } if !answered => Self::CommitUnknown { reason },
            other => other,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(database) => of_database(database.as_ref()),
            sqlx::Error::ColumnDecode { index, .. } => Self::corrupt(format!("column {index}")),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => Self::corrupt("a column"),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable { reason: error.to_string() },
            _ => Self::Database(DatabaseError { code: String::new(), message: error.to_string() }),
        }
    }
}

/// SQLSTATE classes and codes after which the same call may succeed: connection lost, serialisation and deadlock,
/// out of resources, lock not available, cancelled by a timeout, shutting down.
const PASSING: [&str; 7] = ["08", "40", "53", "55P03", "57014", "57P", "25P03"];

fn of_database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default().into_owned();
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    if PASSING.iter().any(|prefix| code.starts_with(prefix)) {
        return StoreError::Unavailable { reason: format!("{message} ({code})") };
    }
    // Unique, foreign key and exclusion constraints.
    if matches!(code.as_str(), "23505" | "23503" | "23P01") {
        return StoreError::Conflict { constraint: error.constraint().unwrap_or_default().to_owned() };
    }
    StoreError::Database(DatabaseError { code, message })
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
