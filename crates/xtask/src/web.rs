//! The dashboard's build, done again only when something it is made of changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;

use crate::program;

/// The packages that are asked for.
pub(crate) const LOCK: &str = "package-lock.json";
/// Copy of the lock file that the installed packages came from.
pub(crate) const INSTALLED: &str = "node_modules/.dd0c-installed-lock.json";
/// What the dashboard is made of.
const SOURCES: [&str; 7] =
    ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"];

/// Installs the packages of the lock file, when they are not the installed ones. No package may run a script.
///
/// # Errors
/// When npm fails.
pub(crate) fn install(root: &Path) -> anyhow::Result<()> {
    install_in(&root.join("web"))
}

/// The same for any folder with a lock file.
///
/// # Errors
/// When npm fails.
pub(crate) fn install_in(folder: &Path) -> anyhow::Result<()> {
    if is_same(folder, LOCK, INSTALLED) {
        return Ok(());
    }
    program::run(folder, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    let noted = std::fs::copy(folder.join(LOCK), folder.join(INSTALLED));
    noted.map(drop).context("cannot note which packages are installed")
}

/// Whether two files of a folder are there and hold the same: what is asked for, and the copy of what was installed.
pub(crate) fn is_same(folder: &Path, wanted: &str, installed: &str) -> bool {
    let wanted = std::fs::read(folder.join(wanted));
    wanted.is_ok_and(|wanted| std::fs::read(folder.join(installed)).is_ok_and(|there| there == wanted))
}

/// Builds the dashboard when a source is newer than the last build.
///
/// # Errors
/// When npm fails.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    let web = root.join("web");
    if is_built(&web) {
        return Ok(());
    }
    program::run(&web, "npm", &["run", "build"])
}

/// Runs a script of `web/package.json`, when it has one of that name.
///
/// # Errors
/// When it fails.
pub(crate) fn script(root: &Path, name: &str) -> anyhow::Result<()> {
    let web = root.join("web");
    let text =
        std::fs::read_to_string(web.join("package.json")).context("web/package.json cannot be read")?;
    let package: serde_json::Value = serde_json::from_str(&text).context("web/package.json is not JSON")?;
    if package["scripts"][name].is_null() {
        eprintln!("web has no script {name:?}: passed over");
        return Ok(());
    }
    program::run(&web, "npm", &["run", name])
}

fn is_built(web: &Path) -> bool {
    let built = modified(&web.join("dist/index.html"));
    let newest = SOURCES.iter().filter_map(|name| newest(&web.join(name))).max();
    built.is_some() && built >= newest
}

fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return modified(path);
    }
    let entries = std::fs::read_dir(path).ok()?;
    let within: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // The folder's own time tells of removed files.
    within.iter().filter_map(|path| newest(path)).chain(modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_dashboard_is_built_again_only_when_a_source_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let web = folder.path();
        let touch = |name: &str, seconds: u64| {
            let file = File::options().create(true).append(true).open(web.join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        };
        fs::create_dir_all(web.join("dist")).unwrap();
        touch("package.json", 10);
        assert!(!is_built(web), "nothing was built yet");
        touch("dist/index.html", 20);
        assert!(is_built(web));
        touch("package.json", 30);
        assert!(!is_built(web), "a source is newer than the build");
    }
}
