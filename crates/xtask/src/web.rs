//! The dashboard's build, done again only when something it is made of changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;

use crate::program;

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
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    if std::fs::read(folder.join(INSTALLED)).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    program::run(folder, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    std::fs::write(folder.join(INSTALLED), lock).context("cannot note which packages are installed")
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
