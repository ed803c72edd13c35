//! `up.json`: how to reach what was started, for scripts and for the command line.

use std::path::Path;

use dd0c_pki::keys::write_secret;
use serde::Serialize;

/// The contents of `up.json`. It holds secrets: mode 0600, and never logged.
#[derive(Serialize)]
pub(super) struct Ready {
    /// The dashboard.
    pub(super) url: String,
    /// The REST API, with its version.
    pub(super) api: String,
    /// An API token of the owner.
    pub(super) token: String,
    /// The tenant.
    pub(super) tenant: String,
    /// The owner's address.
    pub(super) owner_email: &'static str,
    /// The page of the look-alike of Slack, with its key.
    pub(super) slack_sim: Option<String>,
    /// Where agents connect.
    pub(super) agent_gateway: String,
    /// The database as its owner.
    pub(super) database_url: String,
    /// The database as the service role, which sees one tenant at a time.
    pub(super) database_app_url: String,
    /// This process.
    pub(super) pid: u32,
    /// Signs the owner in, once.
    pub(super) sign_in_url: String,
}

impl Ready {
    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        Ok(write_secret(&path(folder), &serde_json::to_vec_pretty(self)?)?)
    }
}

/// Takes the file of an earlier start away, so that nobody takes it for this one's.
///
/// # Errors
/// When it is there and cannot be removed.
pub(super) fn forget(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path(folder)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn path(folder: &Path) -> std::path::PathBuf {
    folder.join("up.json")
}
