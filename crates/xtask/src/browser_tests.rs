//! The browser tests: against the whole product, started like a person starts it, on a free port with data of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::{program, tools, up};

const READY_WITHIN: Duration = Duration::from_secs(120);
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// Starts `dd0c up`, runs `npm run e2e` against it, and stops it. The folder with its log stays when something failed.
///
/// # Errors
/// When it does not become ready, a browser test fails, or it does not stop.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    tools::need_browser()?;
    let folder = std::env::temp_dir().join(format!("dd0c-browser-tests-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let result = against(root, &folder);
    match &result {
        Ok(()) => drop(fs::remove_dir_all(&folder)),
        Err(_) => eprintln!("the log of the product under test is {}", log(&folder).display()),
    }
    result
}

fn against(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut product = Product::start(root, folder)?;
    product.wait_until_ready()?;
    eprintln!("ready after {:.1} s", product.since.elapsed().as_secs_f64());
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

fn log(folder: &Path) -> PathBuf {
    folder.join("up.log")
}

/// A running `dd0c up`. Dropping it kills what `stop` did not stop.
struct Product {
    child: Child,
    up_json: PathBuf,
    since: Instant,
}

impl Product {
    fn start(root: &Path, folder: &Path) -> anyhow::Result<Self> {
        let binary = up::binary(root, "debug")?;
        let data = folder.join("data");
        let child = Command::new(&binary)
            .args(["up", "--port", "0", "--data-dir"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log(folder)).context("cannot create the log")?)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        Ok(Self { child, up_json: data.join("up.json"), since: Instant::now() })
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        while !self.up_json.exists() {
            if let Some(status) = self.child.try_wait()? {
                bail!("`dd0c up` ended before it was ready ({status})");
            }
            if self.since.elapsed() > READY_WITHIN {
                bail!("`dd0c up` was not ready after {} s", READY_WITHIN.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        let asked = Instant::now();
        program::answers("kill", &["-TERM", &self.child.id().to_string()]);
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > STOPS_WITHIN {
                bail!("`dd0c up` did not stop within {} s", STOPS_WITHIN.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.stop().is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
