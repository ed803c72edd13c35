//! `dd0c lint`: what the scanner and the parser find in files and folders of runbooks. Works without a service.
//!
//! It judges by the scanner alone, so that the same page gives the same result everywhere: a command that the scanner
//! knows to only read is no finding, whatever a reviewer would say of it.

mod check;
mod github;
mod json;
mod sarif;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use super::exit::{FAILED, Failure, Outcome};
use super::pages;
use super::paint::Paint;
use super::region::{Lines, Region};
use check::{Checked, File, Finding, Level};

/// Check files and folders of runbooks.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Files, or folders: these are searched for .md .markdown .html .htm .adoc .asciidoc .rst .txt, without hidden
    /// files and without what .gitignore excludes.
    #[arg(required = true)]
    path: Vec<PathBuf>,
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The least finding that makes the exit code other than 0; without it, any.
    #[arg(long, value_enum)]
    fail_on: Option<Level>,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line a finding, with the command below it.
    Text,
    /// One JSON object (`dd0c.lint/v1`).
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

/// The exit codes of a lint that found something.
const fn exit_code(level: Level) -> u8 {
    match level {
        Level::Caution => 10,
        Level::Danger => 11,
        Level::Ambiguity => 12,
    }
}

/// The index of the pages of the rules; a rule's id is its anchor.
pub const RULE_PAGES: &str = "https://github.com/dd0c/run/blob/main/docs/rules/README.md";

/// Runs the command: 0 nothing found, 10 caution, 11 danger, 12 ambiguity (the worst counts), 1 a file could not be
/// read and nothing else was found.
///
/// # Errors
/// When no file is found.
pub fn run(arguments: &Arguments, paint: Paint) -> Outcome {
    let files = pages::found(&arguments.path)?;
    let checked = pages::by_all_cores(&files, |path| check::file(path), |_| ());
    match arguments.format {
        Format::Text => println!("{}", text::drawn(&checked, paint)),
        Format::Json => println!("{}", printed(&json::of(&checked))?),
        Format::Sarif => println!("{}", printed(&sarif::of(&checked))?),
        Format::Github => print!("{}", github::of(&checked)),
    }
    if arguments.format != Format::Text {
        eprintln!("{}", text::summary(&checked));
    }
    let least = arguments.fail_on.unwrap_or(Level::Ambiguity);
    let worst = checked.iter().filter_map(File::worst).max().filter(|worst| *worst >= least);
    let unread = checked.iter().any(|file| matches!(file.outcome, Checked::Failed(_)));
    Ok(match (worst, unread) {
        (Some(worst), _) => ExitCode::from(exit_code(worst)),
        (None, true) => ExitCode::from(FAILED),
        (None, false) => ExitCode::SUCCESS,
    })
}

fn printed(value: &serde_json::Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(Failure::failed)
}
