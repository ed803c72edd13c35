//! `cargo xtask rule-pages`: the pages of docs/rules, made from the rule files by an example of the classifier.
//! That the committed pages are what the rules give is a test of the classifier.

use std::path::Path;

use crate::program;

/// With the features of the whole workspace, so that nothing is compiled twice.
const BUILD: [&str; 5] = ["build", "--workspace", "--locked", "--example", "rule_pages"];

/// Writes every page anew.
///
/// # Errors
/// When the example does not build or the folder cannot be written.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    program::run(root, "cargo", &BUILD)?;
    program::run(root, "target/debug/examples/rule_pages", &["docs/rules"])
}
