//! What can go wrong, in words for the person who started the service.

use std::io;
use std::path::PathBuf;

/// Why a private cluster could not be started, stopped or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable server programs.
    #[error(
        "no PostgreSQL {minimum} or newer was found (looked in: {looked}). Nothing was started. \
         Install it with `apt-get install postgresql` (Debian, Ubuntu) or `brew install postgresql@16` (macOS), \
         or name the folder that holds `initdb` and `postgres`."
    )]
    NotInstalled {
        /// The least major version that will do.
        minimum: u32,
        /// Every place that was looked at, for people.
        looked: String,
    },
    /// The cluster was made by another major version.
    #[error(
        "the data in {data_dir} belongs to PostgreSQL {wanted}, but only {found} was found. Nothing was changed. \
         Install it with `apt-get install postgresql-{wanted}`, or choose another data folder."
    )]
    OtherMajor {
        /// The cluster's data folder.
        data_dir: PathBuf,
        /// The major version that made it.
        wanted: u32,
        /// The versions that were found, for people.
        found: String,
    },
    /// Somebody else holds this folder.
    #[error(
        "the database in {data_dir} is held by {holder}. Nothing was started or stopped. \
         Stop that one first, or choose another data folder."
    )]
    Held {
        /// The folder.
        data_dir: PathBuf,
        /// Who holds it: program and process id.
        holder: String,
    },
    /// The folder holds a cluster that this launcher did not make.
    #[error(
        "{data_dir} already holds files that dd0c did not put there. Nothing was touched. Choose another data folder."
    )]
    Foreign {
        /// The folder.
        data_dir: PathBuf,
    },
    /// The port is taken.
    #[error(
        "port {port} on 127.0.0.1 is in use by another program. Nothing was started. Choose another port."
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Root may not run the server, and there is nobody to run it as.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`. Nothing was started. \
         Start as an ordinary user, or run `useradd --system postgres`."
    )]
    NoServiceUser,
    /// One of the server's programs failed.
    #[error("{program} failed: {reason}. The server's log is {log}.")]
    Failed {
        /// The program.
        program: &'static str,
        /// Its last words.
        reason: String,
        /// Where to read more.
        log: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("could not {act} {path}: {source}")]
    File {
        /// What was tried.
        act: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The machine gives no random bytes, so no password can be made.
    #[error("the machine gives no random bytes: no password can be made, so nothing was started")]
    NoRandomness,
}

impl Error {
    /// For `map_err`: which act on which path failed.
    pub(crate) fn file(act: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}
