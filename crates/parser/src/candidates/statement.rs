//! One statement, and how its text is taken from the lines of a block.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::shell::comment_start;
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};
use crate::words;

/// One executable statement and its place.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) text: Mapped,
    pub(crate) language: &'static str,
    /// Where it runs, when its prompt says so.
    pub(crate) context: Option<String>,
    /// The comment above it that says what it is for: it starts a step of its own.
    pub(crate) title: Option<String>,
    /// The text names it as the way back from another command.
    pub(crate) undoes: bool,
    /// When it is run, where the comment above it says so.
    pub(crate) condition: Option<String>,
}

impl Statement {
    /// A statement without anything special about it.
    pub(crate) fn new(text: Mapped, language: &'static str) -> Self {
        Self { text, language, context: None, title: None, undoes: false, condition: None }
    }
}

/// What the page as a whole teaches: the programs it runs behind prompts and in shell blocks.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) programs: BTreeSet<String>,
    /// A terminal of the page shows root's prompt before a command that is known.
    pub(crate) rooted: bool,
}

impl Page {
    /// Whether a program is known, from the vocabulary or from the page.
    pub(crate) fn knows(&self, name: &str) -> bool {
        words::is_program(name) || self.programs.contains(name)
    }
}

/// A line of a block, with its place in the block's text.
#[derive(Debug, Clone)]
pub(crate) struct CodeLine<'t> {
    pub(crate) text: &'t str,
    pub(crate) start: usize,
}

/// The lines of a block.
pub(crate) fn code_lines(text: &str) -> Vec<CodeLine<'_>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for piece in text.split_inclusive('\n') {
        lines.push(CodeLine { text: piece.trim_end_matches(['\n', '\r']), start });
        start += piece.len();
    }
    lines
}

static CALLOUT: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"\s*(?:#|//|--|;;)?(?:\s*<(?:\d{1,2}|\.)>)+\s*$"));

/// The part of a line that belongs to the command: without callouts and, outside heredocs, a trailing comment.
pub(crate) fn command_part(line: &str, comments: bool) -> Range<usize> {
    let mut end = CALLOUT.find(line).map_or(line.len(), |found| found.start());
    if comments {
        end = comment_start(&line[..end]).unwrap_or(end);
    }
    0..line[..end].trim_end().len()
}

/// Joins parts of a block's lines into one text; line ends between them are kept as they are.
pub(crate) fn joined(block: &Mapped, parts: &[Range<usize>]) -> Mapped {
    let mut text = Mapped::default();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let before = parts[index - 1].end;
            let gap = block.text().get(before..part.start).unwrap_or_default();
            let newline = gap.find('\n').map_or(before, |at| before + at);
            text.push_part(block, newline..(newline + 1).min(part.start));
        }
        text.push_part(block, part.clone());
    }
    clean(&text.trimmed())
}

/// Without a stray backtick, zero-width characters and hard spaces: no shell takes those for what they look like.
pub(crate) fn clean(text: &Mapped) -> Mapped {
    let body = text.text();
    let ticks = body.matches('`').count();
    let end = if ticks % 2 == 1 && body.ends_with('`') { body.len() - 1 } else { body.len() };
    if !body.contains(['\u{a0}', '\u{200b}', '\u{feff}']) {
        return text.part(0..end).trimmed();
    }
    let mut cleaned = Mapped::default();
    for (at, c) in body[..end].char_indices() {
        let range = at..at + c.len_utf8();
        match c {
            '\u{200b}' | '\u{feff}' => {}
            '\u{a0}' => {
                let span = text.span(range);
                cleaned.push_replaced(" ", span.start..span.end);
            }
            _ => cleaned.push_part(text, range),
        }
    }
    cleaned.trimmed()
}
