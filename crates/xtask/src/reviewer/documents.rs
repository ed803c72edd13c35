//! The documentation that the reviewer learns from, as rows: words, what is literal in them, a label, a group.

use std::path::Path;

use anyhow::Context;
use dd0c_reviewer::word::{Part, cut};
use dd0c_types::Risk;
use serde::Deserialize;

use super::labels::label;
use super::verbs::{Effect, effect};

/// Stands before words that were placeholders in the documentation. A letter, so that it passes for one.
const MARK: char = 'ꙮ';

/// One documented command.
pub(crate) struct Row {
    /// The command with its placeholders filled in.
    pub(crate) command: String,
    /// What the documentation says of it; for an operation of AWS, its name.
    pub(crate) description: String,
    /// Rows of one group are held out together: a page, or a service.
    pub(crate) group: String,
    /// The weak label.
    pub(crate) label: Option<Risk>,
    /// The simple commands, in each spelling that the documentation offers.
    pub(crate) spellings: Vec<Vec<DocumentedPart>>,
    /// Where it comes from.
    pub(crate) source: Source,
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A page of tldr.
    Page,
    /// An operation of AWS that its vendor declares read-only.
    DeclaredReading,
    /// Another operation of AWS.
    Operation,
}

/// A simple command and which of its words anybody may choose.
#[derive(Clone)]
pub(crate) struct DocumentedPart {
    pub(crate) part: Part,
    pub(crate) chosen: Vec<bool>,
}

#[derive(Deserialize)]
struct Page {
    cmd: String,
    raw: String,
    description: String,
    page: String,
}

#[derive(Deserialize)]
struct Operation {
    cmd: String,
    operation: String,
    #[serde(rename = "type")]
    kind: String,
    secret_override: bool,
}

/// Reads both files, in their order.
pub(crate) fn read(pages: &Path, operations: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows: Vec<Row> = lines::<Page>(pages)?.into_iter().filter(teaches).map(of_page).collect();
    rows.extend(lines::<Operation>(operations)?.into_iter().map(of_operation));
    Ok(rows)
}

fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parse = |(number, line)| {
        serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), number + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

/// Rows that point to another page, or press keys in a program, say nothing of a command.
fn teaches(page: &Page) -> bool {
    (!page.cmd.starts_with("tldr ") || page.page == "tldr") && !page.cmd.starts_with('<')
}

fn of_page(page: Page) -> Row {
    let mut spellings: Vec<_> = [false, true].map(|last| documented(&spelt(&page.raw, last))).into();
    if page.raw.find("{{[").is_none() {
        spellings.truncate(1);
    }
    spellings.retain(|parts| !parts.is_empty());
    Row {
        label: corrected(&page.cmd).or_else(|| label(&page.cmd, &page.description)),
        command: page.cmd,
        description: page.description,
        group: page.page,
        spellings,
        source: Source::Page,
    }
}

/// The label that was set by eye.
fn corrected(command: &str) -> Option<Risk> {
    let lines = include_str!("corrections.txt").lines();
    let mut set = lines.filter_map(|line| line.split_once('\t'));
    set.find(|(_, corrected)| *corrected == command).and_then(|(risk, _)| risk.parse().ok())
}

fn of_operation(operation: Operation) -> Row {
    let service = operation.cmd.split(' ').nth(1).unwrap_or_default().to_owned();
    let reads = operation.kind == "ReadOnly" && !operation.secret_override;
    Row {
        label: if reads { Some(Risk::Safe) } else { label_of_operation(&operation) },
        spellings: vec![documented(&operation.cmd)],
        command: operation.cmd,
        description: operation.operation,
        group: format!("aws {service}"),
        source: if reads { Source::DeclaredReading } else { Source::Operation },
    }
}

/// An operation that is not declared read-only has the label of its verb, if that is worse; `Unknown` says nothing.
fn label_of_operation(operation: &Operation) -> Option<Risk> {
    if operation.secret_override || operation.kind == "Mutating" {
        return Some(Risk::Caution);
    }
    let verb = operation.cmd.split(' ').nth(2)?.split('-').next()?;
    match effect(verb, &[])? {
        Effect::Read => None,
        Effect::Write => Some(Risk::Caution),
        Effect::Destroy => Some(Risk::Dangerous),
    }
}

/// The documented text with its alternatives chosen (`{{[-a|--all]}}`: the first or the last) and its placeholders
/// filled with what the documentation calls them, marked.
fn spelt(raw: &str, last: bool) -> String {
    let mut text = String::new();
    let mut rest = raw;
    while let Some((before, behind)) = rest.split_once("{{") {
        text.push_str(before);
        let (inner, after) = behind.split_once("}}").unwrap_or((behind, ""));
        match inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(choice) => {
                let mut choices = choice.split('|');
                let chosen = if last { choices.next_back() } else { choices.next() };
                text.push_str(chosen.unwrap_or_default());
            }
            None => fill(&mut text, inner),
        }
        rest = after;
    }
    text + rest
}

fn fill(text: &mut String, inner: &str) {
    let first = inner.split('|').next().unwrap_or_default();
    let sound = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,- ".contains(c);
    text.push(MARK);
    for c in first.chars() {
        match c {
            ' ' => text.extend([' ', MARK]),
            _ if sound(c) => text.push(c),
            _ => text.push('_'),
        }
    }
}

/// The simple commands of a marked text. Empty when it is not understood whole.
fn documented(text: &str) -> Vec<DocumentedPart> {
    let parts = cut(text);
    if !parts.complete {
        return Vec::new();
    }
    let unmark = |mut part: Part| {
        let chosen = part.words.iter().map(|word| word.text.contains(MARK)).collect();
        part.words.iter_mut().for_each(|word| word.text = word.text.replace(MARK, ""));
        DocumentedPart { part, chosen }
    };
    parts.parts.into_iter().map(unmark).collect()
}
