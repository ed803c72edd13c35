//! Who runs the server: the caller, or, when the caller is root, a user without rights.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use crate::error::Error;

/// The user that runs the server.
#[derive(Debug, Clone)]
pub(crate) enum ServiceUser {
    /// The caller, an ordinary user.
    Caller,
    /// A named user that root steps down to.
    Other { uid: Uid, gid: Gid },
}

impl ServiceUser {
    /// The caller, unless that is root; then `postgres`, else `nobody`. The server looks its user up by name,
    /// so a bare number will not do.
    pub(crate) fn choose() -> Result<Self, Error> {
        if !Uid::effective().is_root() {
            return Ok(Self::Caller);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::Other { uid: user.uid, gid: user.gid })
            .ok_or(Error::NoServiceUser)
    }

    /// A command that runs as this user, without the caller's groups, environment and process group:
    /// a Ctrl-C at the terminal must not stop the database before its clients are done.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC").process_group(0);
        if let Self::Other { uid, gid } = self {
            // Setting the user as root also clears the supplementary groups.
            command.gid(gid.as_raw()).uid(uid.as_raw());
        }
        command
    }

    /// Makes the folder (with its parents) and gives it to this user alone.
    pub(crate) fn private_folder(&self, path: &Path) -> Result<(), Error> {
        fs::create_dir_all(path).map_err(Error::file("make the folder", path))?;
        self.own(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(Error::file("protect", path))
    }

    /// Gives a file or folder to this user.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Caller => Ok(()),
            Self::Other { uid, gid } => {
                std::os::unix::fs::chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
                    .map_err(Error::file("hand over", path))
            }
        }
    }

    /// Whether this user can walk down to `path`. Parts that do not exist yet are made later with mode 755.
    pub(crate) fn can_reach(&self, path: &Path) -> bool {
        match self {
            Self::Caller => true,
            Self::Other { uid, gid } => path
                .ancestors()
                .filter_map(|part| fs::metadata(part).ok())
                .filter(fs::Metadata::is_dir)
                .all(|folder| may_enter(&folder, *uid, *gid)),
        }
    }
}

fn may_enter(folder: &fs::Metadata, uid: Uid, gid: Gid) -> bool {
    let bit = if folder.uid() == uid.as_raw() {
        0o100
    } else if folder.gid() == gid.as_raw() {
        0o010
    } else {
        0o001
    };
    folder.mode() & bit != 0
}
