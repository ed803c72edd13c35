//! `cargo xtask preview-times FOLDER` and `cargo xtask copilot-times`: how long people wait, through the whole product as
//! it is released, with a model of realistic latency behind it.

use std::path::{Path, PathBuf};

use crate::product::{self, Latency, Product};
use crate::{program, tools, up};

/// A small, quick model of a cloud: half of the answers within 1.5 s, nineteen of twenty within 3 s.
const LATENCY: Latency = Latency { median_ms: 1_500, p95_ms: 3_000 };
const BUILD: [&str; 6] = ["build", "--release", "--workspace", "--locked", "--bins", "--examples"];

#[derive(clap::Args)]
pub(crate) struct Previews {
    /// The pages; at most 60 a minute are previewed
    folder: PathBuf,
}

/// Previews every page once.
///
/// # Errors
/// When a build, the product or the measurement fails.
pub(crate) fn previews(root: &Path, arguments: &Previews) -> anyhow::Result<()> {
    let folder = std::path::absolute(&arguments.folder)?;
    measure(root, "preview_times", &[&folder.to_string_lossy()])
}

/// Sends alerts and presses buttons in the look-alike of Slack.
///
/// # Errors
/// When a build, the product or the measurement fails.
pub(crate) fn copilot(root: &Path) -> anyhow::Result<()> {
    measure(root, "copilot_times", &[])
}

/// Builds what is needed, starts the product with new data, runs an example against it, and stops it.
fn measure(root: &Path, example: &str, arguments: &[&str]) -> anyhow::Result<()> {
    tools::need_postgres()?;
    program::run(root, "cargo", &BUILD)?;
    product::in_folder(example, |own| {
        let mut product = Product::start(root, own, "release", LATENCY)?;
        let up_json = product.up_json.to_string_lossy().into_owned();
        let program = up::binary(root, "release")?.with_file_name("examples").join(example);
        let all = [&[up_json.as_str()], arguments].concat();
        let measured = program::run(root, &program.to_string_lossy(), &all);
        product.stop()?;
        measured
    })
}
