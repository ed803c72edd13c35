//! What building and testing need from the machine: found, or installed, or named with the command that installs it.
//! Nothing is asked.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::program;

/// The oldest PostgreSQL that will do.
const POSTGRES_MAJOR: u32 = 15;

/// Node and npm must be there already, like Rust.
///
/// # Errors
/// When one is missing.
pub(crate) fn need_node() -> anyhow::Result<()> {
    for tool in ["node", "npm"] {
        if !program::answers(tool, &["--version"]) {
            bail!(
                "{tool} is not installed. Install Node.js 20 or newer, then run this again. Nothing was changed."
            );
        }
    }
    Ok(())
}

/// The formatter and the linter come with the toolchain, but not with its minimal profile.
///
/// # Errors
/// When one is missing and cannot be added.
pub(crate) fn need_rust_components() -> anyhow::Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !program::answers("cargo", &[command, "--version"]) {
            eprintln!("{component} is missing: adding it with rustup");
            program::run(Path::new("."), "rustup", &["component", "add", component])?;
        }
    }
    Ok(())
}

/// PostgreSQL server programs, from version 15 on.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn need_postgres() -> anyhow::Result<()> {
    if postgres().is_some() {
        return Ok(());
    }
    install("PostgreSQL 15 or newer (initdb, postgres)", &["postgresql"])?;
    if postgres().is_none() {
        bail!(
            "the packages were installed, but no PostgreSQL {POSTGRES_MAJOR} or newer was found afterwards"
        );
    }
    Ok(())
}

/// Python with its own environments.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn need_python() -> anyhow::Result<()> {
    if program::answers("python3", &["-c", "import venv, ensurepip"]) {
        return Ok(());
    }
    install("Python 3 with venv", &["python3", "python3-venv"])
}

/// A browser with fonts for the browser tests.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn need_browser() -> anyhow::Result<()> {
    if program::find("chromium").is_none() {
        install("Chromium", &["chromium"])?;
    }
    if !Path::new("/usr/share/fonts").is_dir() || !program::answers("sh", &["-c", "fc-list | grep -q ."]) {
        install("fonts", &["fonts-dejavu-core", "fontconfig"])?;
    }
    Ok(())
}

/// The folder of the newest server programs that will do.
fn postgres() -> Option<PathBuf> {
    let packaged = versions(Path::new("/usr/lib/postgresql"));
    let others =
        ["/opt/homebrew/opt/postgresql@16/bin", "/usr/local/opt/postgresql@16/bin", "/usr/pgsql-16/bin"];
    let on_path = program::find("postgres").and_then(|path| path.parent().map(Path::to_owned));
    let mut candidates = packaged.into_iter().chain(others.into_iter().map(PathBuf::from)).chain(on_path);
    candidates.find(|folder| folder.join("initdb").is_file() && is_recent(&folder.join("postgres")))
}

/// `/usr/lib/postgresql/N/bin`, newest first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut numbers: Vec<u32> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.into_iter().map(|number| folder.join(number.to_string()).join("bin")).collect()
}

fn is_recent(postgres: &Path) -> bool {
    let output = std::process::Command::new(postgres).arg("--version").output();
    output.is_ok_and(|output| {
        major(&String::from_utf8_lossy(&output.stdout)).is_some_and(|major| major >= POSTGRES_MAJOR)
    })
}

/// 15 of `postgres (PostgreSQL) 15.18 (Debian 15.18-1)`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    number.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Installs Debian packages, as root or through a `sudo` that asks for no password; otherwise says how to.
fn install(what: &str, packages: &[&str]) -> anyhow::Result<()> {
    let typed = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if program::find("apt-get").is_none() {
        bail!(
            "{what} is missing. Install it with this machine's package manager, then run this again. Nothing was changed."
        );
    }
    let Some(prefix) = root_prefix() else {
        bail!(
            "{what} is missing, and only root may install it. Run `sudo {typed}`, then this again. Nothing was changed."
        );
    };
    eprintln!("{what} is missing: installing {}", packages.join(" "));
    let environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let apt = [prefix, &environment].concat();
    let (first, rest) = apt.split_first().expect("invariant: apt is never empty");
    program::run(Path::new("/"), first, &[rest, &["update", "--quiet"]].concat())?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    program::run(Path::new("/"), first, &[rest, &install, packages].concat())
}

/// What stands before a command that only root may run: nothing for root, else `sudo` when it asks for no password.
fn root_prefix() -> Option<&'static [&'static str]> {
    if program::answers("sh", &["-c", "test \"$(id -u)\" = 0"]) {
        return Some(&[]);
    }
    program::answers("sudo", &["-n", "true"]).then_some(&["sudo", "-n"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says_of_itself() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn the_newest_version_is_tried_first_and_other_folders_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "15", "16", "common"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = versions(folder.path());
        let expected: Vec<_> =
            ["16/bin", "15/bin", "9/bin"].iter().map(|name| folder.path().join(name)).collect();
        assert_eq!(found, expected);
    }
}
