//! The whole product under test: started like a person starts it, with data of its own and a scripted model behind it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{program, up};

const READY_WITHIN: Duration = Duration::from_secs(120);
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// How long the scripted model takes to answer.
#[derive(Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) median_ms: u64,
    pub(crate) p95_ms: u64,
}

/// A running `dd0c up` with its model. Dropping it kills what `stop` did not stop.
pub(crate) struct Product {
    child: Child,
    /// How to reach it.
    pub(crate) up_json: PathBuf,
    _model: Model,
}

/// Does the work in a folder of its own, which stays with the product's log when the work failed.
///
/// # Errors
/// Those of the work, or when there can be no folder.
pub(crate) fn in_folder(name: &str, work: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("dd0c-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let result = work(&folder);
    match &result {
        Ok(()) => drop(fs::remove_dir_all(&folder)),
        Err(_) => eprintln!("the log of the product under test is {}", log(&folder).display()),
    }
    result
}

fn log(folder: &Path) -> PathBuf {
    folder.join("up.log")
}

/// The scripted model. It ends when this is dropped.
struct Model(Child);

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the example of the testkit and reads its address.
fn scripted_model(binary: &Path, latency: Latency) -> anyhow::Result<(Model, String)> {
    let program = binary.with_file_name("examples").join("scripted_model");
    let child = Command::new(&program)
        .args(["--median-ms", &latency.median_ms.to_string(), "--p95-ms", &latency.p95_ms.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| {
            format!("cannot start {}; `cargo build --workspace --all-targets` builds it", program.display())
        })?;
    let mut model = Model(child);
    let mut line = String::new();
    let stdout = model.0.stdout.take().context("the scripted model has no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let said: Value = serde_json::from_str(&line).context("the scripted model did not say its address")?;
    let url = said["url"].as_str().context("the scripted model did not say its address")?;
    Ok((model, url.to_owned()))
}

impl Product {
    /// Starts it, as built in a profile (`debug`, `release`), with data of its own in a folder, and waits until it is
    /// ready.
    ///
    /// # Errors
    /// When something cannot be started, or is not ready in time.
    pub(crate) fn start(root: &Path, folder: &Path, profile: &str, latency: Latency) -> anyhow::Result<Self> {
        let binary = up::binary(root, profile)?;
        let (model, route_url) = scripted_model(&binary, latency)?;
        let data = folder.join("data");
        let since = Instant::now();
        let child = Command::new(&binary)
            .args(["up", "--port", "0", "--data-dir"])
            .arg(&data)
            .env("DD0C_ROUTE_URL", route_url)
            .env("DD0C_ROUTE_MODEL_PARSE", "scripted")
            .env("DD0C_ROUTE_MODEL_CLASSIFY", "scripted")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log(folder)).context("cannot create the log")?)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut product = Self { child, up_json: data.join("up.json"), _model: model };
        product.wait_until_ready(since)?;
        eprintln!("ready after {:.1} s", since.elapsed().as_secs_f64());
        Ok(product)
    }

    fn wait_until_ready(&mut self, since: Instant) -> anyhow::Result<()> {
        while !self.up_json.exists() {
            if let Some(status) = self.child.try_wait()? {
                bail!("`dd0c up` ended before it was ready ({status})");
            }
            if since.elapsed() > READY_WITHIN {
                bail!("`dd0c up` was not ready after {} s", READY_WITHIN.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Ends it as a person does.
    ///
    /// # Errors
    /// When it does not end in time.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
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
