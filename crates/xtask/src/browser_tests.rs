//! The browser tests: against the whole product, started like a person starts it, on a free port with data of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::product::{self, Latency, Product};
use crate::tools;

/// Quick enough for a person who waits for tests, slow enough to be seen.
const LATENCY: Latency = Latency { median_ms: 150, p95_ms: 400 };

/// Starts `dd0c up` with a scripted model, runs `npm run e2e` against it, and stops it. The folder with its log stays
/// when something failed.
///
/// # Errors
/// When it does not become ready, a browser test fails, or it does not stop.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    tools::need_browser()?;
    product::in_folder("browser-tests", |folder| against(root, folder))
}

fn against(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut product = Product::start(root, folder, "debug", LATENCY)?;
    let line = "npm run e2e";
    eprintln!("$ DD0C_UP_JSON={} {line}", product.up_json.display());
    let tests = Command::new("npm")
        .args(["run", "e2e"])
        .current_dir(root.join("web"))
        .env("DD0C_UP_JSON", &product.up_json)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    product.stop()?;
    if !tests.success() {
        bail!(
            "the browser tests failed ({tests}). To repeat them: start `cargo xtask up`, then `cd web && {line}` with DD0C_UP_JSON naming its up.json"
        );
    }
    Ok(())
}
