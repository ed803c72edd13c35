//! The local reviewer: a second key for machines without a language model.
//!
//! A linear model over hashed features of a command's words, trained on public command documentation. It answers how
//! risky a command looks, how sure it is, and which documented command is nearest. It shares neither rules nor code with
//! the scanner: two keys that fail alike are one. Its cut of the text into commands is its own and deliberately narrow.
//!
//! This crate must never answer for a command that it cannot read whole or whose program it has no documentation of,
//! never read the time or the network, and never keep anything between two calls: the same text gets the same answer.

pub mod call;
pub mod features;
pub mod hash;
pub mod model;
mod second_key;
mod verdict;
pub mod word;
pub mod wrapper;

use dd0c_types::ReviewerVerdict;

use crate::model::Model;

pub use second_key::second_key;
pub use verdict::{Opinion, Standing, opinion};

/// The model that is built in; made by `cargo xtask train-reviewer`.
static TRAINED: &[u8] = include_bytes!("../data/reviewer.bin");

/// The name and version of the recipe; the digest of the weights is added to it.
const NAME: &str = "dd0c-local-reviewer/1";

/// The languages that are shell text.
const SHELLS: [&str; 7] = ["bash", "sh", "shell", "zsh", "console", "shell-session", "terminal"];

/// Reviews one command written in `language` (`bash`, `sql`, …).
///
/// None when there is nothing to go by: another language than shell, a program without documentation, a text that is
/// not understood whole, or a balance of evidence that says nothing. A verdict whose confidence is below 0.9 comes
/// escalated by one tier.
pub fn review(command: &str, language: &str) -> Option<ReviewerVerdict> {
    let shell = SHELLS.iter().any(|known| known.eq_ignore_ascii_case(language));
    shell.then(|| review_with(&built_in()?, command)).flatten()
}

/// Reviews one shell command with a model.
pub fn review_with(model: &Model<'_>, command: &str) -> Option<ReviewerVerdict> {
    verdict::review(model, command)
}

/// The model's name, version and digest, as verdicts carry it.
pub fn version() -> String {
    built_in().map_or_else(|| NAME.to_owned(), |model| named(&model))
}

/// The model that is built in.
pub fn built_in() -> Option<Model<'static>> {
    Model::read(TRAINED)
}

fn named(model: &Model<'_>) -> String {
    format!("{NAME}+{}", model.digest())
}
