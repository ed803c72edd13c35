//! The house's own tools: `cargo xtask up`, `test`, `layers`, `complexity`, `decisions`, `rule-pages`,
//! `times`, `train-reviewer`.
//!
//! They must never ask a question, never change a source file unasked, and never hide a failure: whatever fails is named
//! together with the command that repeats it.

mod browser_tests;
mod complexity;
mod decisions;
mod layers;
mod product;
mod program;
mod reviewer;
mod rule_pages;
mod slack_clients;
mod test;
mod times;
mod tools;
mod up;
mod verdicts;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, start and check dd0c/run")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and start it on this machine; Ctrl-C stops it
    Up(up::Arguments),
    /// Run every check and test that CI runs, installing what is missing
    Test,
    /// Check that arrows between crates point down only
    Layers,
    /// Check the complexity of every function and the length of every file
    Complexity,
    /// Check the decision logs
    Decisions,
    /// Judge every command of the corpus again and say which verdicts moved
    Verdicts(verdicts::Arguments),
    /// Write the pages of the scanner's rules (docs/rules) anew
    RulePages,
    /// Measure how long people wait, through the whole product
    #[command(subcommand)]
    Times(times::Times),
    /// Train the local reviewer from documented commands, measure it, and write its weights and its report
    TrainReviewer(reviewer::Arguments),
}

fn main() -> ExitCode {
    let root = root();
    let result = match Arguments::parse().task {
        Task::Up(arguments) => up::run(&root, &arguments),
        Task::Test => test::run(&root),
        Task::Layers => layers::run(&root),
        Task::Complexity => complexity::run(&root),
        Task::Decisions => decisions::run(&root),
        Task::Verdicts(arguments) => verdicts::run(&root, &arguments),
        Task::RulePages => rule_pages::run(&root),
        Task::Times(times) => times::run(&root, &times),
        Task::TrainReviewer(arguments) => reviewer::run(&root, &arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The top folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("invariant: this crate lies two folders below the top").to_owned()
}
