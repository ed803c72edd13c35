//! `cargo xtask up`: builds what changed, then becomes `dd0c up`.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use cargo_metadata::MetadataCommand;

use crate::{program, tools, web};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build optimised binaries
    #[arg(long)]
    release: bool,
    /// Passed on to `dd0c up`
    #[arg(last = true)]
    passed_on: Vec<String>,
}

/// Builds the dashboard and the binaries, then replaces this process by `dd0c up`, so that Ctrl-C reaches it alone.
///
/// # Errors
/// When something is missing, a build fails, or the binary cannot be started. Returns only then.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::need_node()?;
    tools::need_postgres()?;
    web::install(root)?;
    web::build(root)?;
    let profile: &[&str] = if arguments.release { &["--release"] } else { &[] };
    program::run(
        root,
        "cargo",
        &[&["build", "--package", "dd0c", "--package", "dd0c-agent"], profile].concat(),
    )?;
    let binary = binary(root, if arguments.release { "release" } else { "debug" })?;
    let error = Command::new(&binary).arg("up").args(&arguments.passed_on).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

/// Where cargo puts the `dd0c` program.
///
/// # Errors
/// When `cargo metadata` does not answer.
pub(crate) fn binary(root: &Path, profile: &str) -> anyhow::Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata does not answer; `cargo metadata` says why")?;
    Ok(metadata.target_directory.into_std_path_buf().join(profile).join("dd0c"))
}
