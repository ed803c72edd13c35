//! `cargo xtask times …`: how long people wait, through the whole product as it is released, with a model of realistic
//! latency behind it.

use std::path::{Path, PathBuf};

use crate::product::{self, Latency, Product};
use crate::{program, tools, up};

/// A small, quick model of a cloud: half of the answers within 1.5 s, nineteen of twenty within 3 s.
const LATENCY: Latency = Latency { median_ms: 1_500, p95_ms: 3_000 };
const BUILD: [&str; 6] = ["build", "--release", "--workspace", "--locked", "--bins", "--examples"];

#[derive(clap::Subcommand)]
pub(crate) enum Times {
    /// Of previews of a folder of pages; at most 60 a minute are previewed
    Previews {
        /// The pages
        folder: PathBuf,
    },
    /// Of the copilot in the look-alike of Slack: alerts, presses, output
    Copilot,
}

/// Measures.
///
/// # Errors
/// When a build, the product or the measurement fails.
pub(crate) fn run(root: &Path, times: &Times) -> anyhow::Result<()> {
    match times {
        Times::Previews { folder } => {
            let folder = std::path::absolute(folder)?;
            measure(root, "preview_times", &[&folder.to_string_lossy()])
        }
        Times::Copilot => measure(root, "copilot_times", &[]),
    }
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
