//! `cargo xtask preview-times FOLDER`: how long previews take through the whole product, with a model of realistic latency.

use std::path::{Path, PathBuf};

use crate::product::{self, Latency, Product};
use crate::{program, tools};

/// A small, quick model of a cloud: half of the answers within 1.5 s, nineteen of twenty within 3 s.
const LATENCY: Latency = Latency { median_ms: 1_500, p95_ms: 3_000 };

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The pages; at most 60 a minute are previewed
    folder: PathBuf,
}

/// Builds what is needed, starts the product, previews every page once, and stops it.
///
/// # Errors
/// When a build, the product or the measurement fails.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::need_postgres()?;
    let folder = std::path::absolute(&arguments.folder)?;
    program::run(root, "cargo", &["build", "-p", "dd0c", "-p", "dd0c-agent"])?;
    program::run(root, "cargo", &["build", "-p", "dd0c-testkit", "--example", "scripted_model"])?;
    program::run(root, "cargo", &["build", "-p", "dd0c-api", "--example", "preview_times"])?;
    product::in_folder("preview-times", |own| {
        let mut product = Product::start(root, own, LATENCY)?;
        let up_json = product.up_json.to_string_lossy().into_owned();
        let folder = folder.to_string_lossy();
        let measure = ["run", "-q", "-p", "dd0c-api", "--example", "preview_times", "--", &up_json, &folder];
        let measured = program::run(root, "cargo", &measure);
        product.stop()?;
        measured
    })
}
