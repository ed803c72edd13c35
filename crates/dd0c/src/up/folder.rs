//! The data folder: everything `dd0c up` writes is in it, and one process at a time holds it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

const LOCK: &str = "up.lock";

/// The data folder, held by this process until it is dropped or the process ends, however it ends.
pub(super) struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Who holds a data folder, as written into its lock file.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    url: String,
}

impl DataFolder {
    /// Takes the folder, and makes it when it is absent. A folder that holds anything else is left alone.
    ///
    /// # Errors
    /// When another process holds it, it is not ours, or it cannot be written to.
    pub(super) fn take(path: &Path) -> anyhow::Result<Self> {
        // The database's user walks through it; what is secret lies in folders and files of its own.
        let made = DirBuilder::new().recursive(true).mode(0o755).create(path);
        made.with_context(|| {
            format!("the data folder {} cannot be made; nothing was started", path.display())
        })?;
        let path = path.canonicalize()?;
        let is_ours = path.join(LOCK).exists() || fs::read_dir(&path)?.next().is_none();
        if !is_ours {
            bail!(
                "{} holds files that `dd0c up` did not put there. Nothing was touched. Choose another folder with --data-dir.",
                path.display()
            );
        }
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK));
        let mut lock =
            lock.with_context(|| format!("{} cannot be written to; nothing was started", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, lock }),
            Err(TryLockError::WouldBlock) => bail!("{}", held(&path, &mut lock)),
            Err(TryLockError::Error(error)) => Err(error).context("the data folder cannot be locked"),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A sub-folder for this user alone, made when it is absent.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn private(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.path.join(name);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(path)
    }

    /// Says in the lock file who holds the folder, for the next one who asks.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn say_holder(&mut self, url: &str) -> anyhow::Result<()> {
        let holder = Holder { pid: std::process::id(), url: url.to_owned() };
        self.lock.set_len(0)?;
        self.lock.rewind()?;
        self.lock.write_all(&serde_json::to_vec(&holder)?)?;
        Ok(())
    }

    /// Removes everything in the folder but the lock.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub(super) fn empty(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name == LOCK) {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| format!("{} cannot be removed", path.display()))?;
        }
        Ok(())
    }
}

fn held(path: &Path, lock: &mut File) -> String {
    let mut text = String::new();
    let holder: Option<Holder> =
        lock.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok());
    let who = holder.map_or_else(
        || "another `dd0c up` that is just starting".to_owned(),
        |holder| format!("`dd0c up` with process id {}, which serves {}", holder.pid, holder.url),
    );
    format!(
        "the data folder {} is held by {who}. Nothing was started. Stop that one first, or choose another folder with --data-dir.",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_holds_the_folder_until_that_one_lets_go() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let mut first = DataFolder::take(&path).unwrap();
        first.say_holder("http://127.0.0.1:8080").unwrap();
        let refused = DataFolder::take(&path).err().unwrap().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        assert!(refused.contains("http://127.0.0.1:8080"), "{refused}");
        drop(first);
        assert!(DataFolder::take(&path).is_ok(), "what a dead process wrote does not count");
    }

    #[test]
    fn a_folder_with_other_peoples_files_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let refused = DataFolder::take(folder.path()).err().unwrap().to_string();
        assert!(refused.contains("Nothing was touched"), "{refused}");
        assert!(!folder.path().join(LOCK).exists());
    }

    #[test]
    fn emptying_removes_all_but_the_lock() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let keys = folder.private("keys").unwrap();
        fs::write(keys.join("a"), "").unwrap();
        folder.empty().unwrap();
        assert!(!keys.exists());
        assert!(folder.path().join(LOCK).exists());
    }
}
