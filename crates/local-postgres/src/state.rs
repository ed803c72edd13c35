//! What the launcher remembers of its cluster between starts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The launcher's own file beside the cluster. No `Debug`: it holds passwords.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Where the cluster's files are: a name inside the data folder, or an absolute path when the service user cannot
    /// walk into the data folder.
    pub(crate) pgdata: PathBuf,
    /// False until the cluster was made to the end. A cluster that was not holds nothing and is made again.
    pub(crate) complete: bool,
    /// The password of the superuser `postgres`.
    pub(crate) admin_password: String,
    /// The password meant for the service role.
    pub(crate) app_password: String,
}

/// The name of the launcher's file.
pub(crate) const FILE: &str = "cluster.json";

impl State {
    /// A new state with fresh passwords.
    pub(crate) fn new(pgdata: PathBuf) -> Result<Self, Error> {
        Ok(Self { pgdata, complete: false, admin_password: password()?, app_password: password()? })
    }

    /// Reads the state; none when no cluster was made here.
    pub(crate) fn read(data_dir: &Path) -> Result<Option<Self>, Error> {
        let path = data_dir.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::file("read", path)(source)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| Error::file("understand", path)(error.into()))
    }

    /// Writes the state for the caller's eyes only; whole or not at all.
    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), Error> {
        let path = data_dir.join(FILE);
        let draft = data_dir.join("cluster.json.new");
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| Error::file("write", &path)(e.into()))?;
        secret_file(&draft, &bytes)?;
        fs::rename(&draft, &path).map_err(Error::file("write", path))
    }
}

/// Writes a file that only its owner may read.
pub(crate) fn secret_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(Error::file("write", path))
}

fn password() -> Result<String, Error> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(hex::encode(bytes))
}
