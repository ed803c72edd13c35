//! The page as numbered lines without markup, each with its place in the pasted text: what a model is shown, and what
//! its labels refer to. A label names lines; [`Reading::cut`] alone makes a command of them, out of the pasted text.

use std::ops::Range;

use dd0c_types::runbook::{CommandSource, Fidelity, Hazard, StepCommand};
use dd0c_types::{Command, Span};

use crate::candidates::block::{self, Tag};
use crate::candidates::prompts;
use crate::document::{Block, BlockKind, Document};
use crate::hazards;
use crate::mapped::{Mapped, trim};
use crate::normalise;
use crate::variables::sets;

/// What a line of the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A heading.
    Heading,
    /// Running text, a list item or a cell.
    Prose,
    /// A line of a block of code.
    Code,
}

/// One line. No `Debug`: it may hold a command.
#[derive(Clone, PartialEq, Eq)]
pub struct PageLine {
    /// Its text, without markup; never blank, never with a line end in it.
    pub text: String,
    /// The bytes of the pasted text that it stands for.
    pub source: Span,
    /// What it is.
    pub kind: LineKind,
    /// How many pieces of inline code stand in it.
    pub code_pieces: usize,
    block: usize,
    range: (usize, usize),
}

/// A command that was cut out of the page. No `Debug`.
#[derive(Clone, PartialEq)]
pub struct Cut {
    /// The command with its place.
    pub command: StepCommand,
    /// Shell variables it sets for later steps.
    pub sets: Vec<String>,
    /// What makes it hard to run unattended.
    pub hazards: Vec<Hazard>,
}

/// A page, read line by line.
pub struct Reading {
    document: Document,
    lines: Vec<PageLine>,
}

impl Reading {
    /// Reads a page; the same text gives the same lines.
    pub fn of(text: &str) -> Self {
        let document = normalise::read(text, crate::detect_format(text));
        let lines =
            document.blocks.iter().enumerate().flat_map(|(index, block)| lines(index, block)).collect();
        Self { document, lines }
    }

    /// The lines, in the order of the page. Line 1 is the first.
    pub fn lines(&self) -> &[PageLine] {
        &self.lines
    }

    /// Makes a command of the lines `first..=last` (from 1) of `text`, which must be the text that was read; when
    /// `piece` is not 0, of that piece of inline code of line `first`, from 1. None when there are no such lines, they
    /// are not one stretch of one block, or nothing is in them.
    pub fn cut(&self, text: &str, first: usize, last: usize, piece: usize) -> Option<Cut> {
        let (from, to) = (self.lines.get(first.checked_sub(1)?)?, self.lines.get(last.checked_sub(1)?)?);
        if from.block != to.block || last < first || from.kind == LineKind::Heading {
            return None;
        }
        let block = self.document.blocks.get(from.block)?;
        let range = match piece.checked_sub(1) {
            Some(index) => pieces(block, from.range.0..from.range.1).nth(index)?,
            None => from.range.0..to.range.1,
        };
        let statement = without_prompt(&block.text.part(trim(block.text.text(), range)));
        (!statement.is_blank()).then(|| cut(text, &statement, language(&block.kind)))
    }
}

fn lines(index: usize, block: &Block) -> Vec<PageLine> {
    let kind = match block.kind {
        BlockKind::Heading(_) => LineKind::Heading,
        BlockKind::Paragraph | BlockKind::Cell => LineKind::Prose,
        BlockKind::Code(_) => LineKind::Code,
        BlockKind::Break => return Vec::new(),
    };
    let text = block.text.text();
    let mut found = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive('\n') {
        let range = trim(text, at..at + piece.len());
        at += piece.len();
        if range.is_empty() {
            continue;
        }
        found.push(PageLine {
            text: text[range.clone()].replace('\r', " "),
            source: block.text.span(range.clone()),
            kind,
            code_pieces: pieces(block, range.clone()).count(),
            block: index,
            range: (range.start, range.end),
        });
    }
    found
}

/// The pieces of inline code that lie within a range of a block's text.
fn pieces(block: &Block, within: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let inside = move |range: &Range<usize>| range.start >= within.start && range.end <= within.end;
    block.inline_code().filter(inside)
}

fn without_prompt(statement: &Mapped) -> Mapped {
    let from = prompts::prompt(statement.text()).map_or(0, |prompt| prompt.length);
    statement.part(from..statement.len()).trimmed()
}

fn cut(text: &str, statement: &Mapped, language: &str) -> Cut {
    let (body, span) = (statement.text(), statement.whole());
    let line = 1 + text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count();
    let verbatim = span.slice(text) == Some(body);
    Cut {
        command: StepCommand {
            text: Command::new(body),
            language: language.to_owned(),
            source: CommandSource { start: span.start, end: span.end, line },
            fidelity: if verbatim { Fidelity::Verbatim } else { Fidelity::Normalised },
            context: None,
        },
        sets: sets::sets(body, language).into_iter().collect(),
        hazards: hazards::of(body, language, ""),
    }
}

fn language(kind: &BlockKind) -> &'static str {
    let BlockKind::Code(name) = kind else { return "bash" };
    match block::tag(name.as_deref()) {
        Tag::Sql => "sql",
        Tag::Redis => "redis",
        Tag::Mongo => "mongo",
        Tag::Ruby => "ruby",
        Tag::PowerShell => "powershell",
        Tag::Cmd => "cmd",
        Tag::Shell | Tag::Console | Tag::Judge | Tag::Never => "bash",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# Drain\n\nRun `df -h` and `du -s /srv`\nnow.\n\n```\n$ kubectl get \\\n  pods\n```\n";

    #[test]
    fn lines_have_no_markup_and_know_their_place() {
        let reading = Reading::of(PAGE);
        let texts: Vec<_> = reading.lines().iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts[0], "Drain");
        assert!(texts.contains(&"$ kubectl get \\"), "{texts:?}");
        for line in reading.lines() {
            let slice = line.source.slice(PAGE).unwrap();
            assert!(slice.contains(line.text.split(' ').next().unwrap()), "{:?} in {slice:?}", line.text);
        }
    }

    #[test]
    fn a_command_is_cut_out_of_the_text_and_nowhere_else() {
        let reading = Reading::of(PAGE);
        let at = |text: &str| 1 + reading.lines().iter().position(|line| line.text.contains(text)).unwrap();
        let inline = reading.cut(PAGE, at("df -h"), at("df -h"), 2).unwrap();
        assert_eq!(inline.command.text.reveal(), "du -s /srv");
        let block = reading.cut(PAGE, at("kubectl"), at("kubectl") + 1, 0).unwrap();
        assert_eq!(block.command.text.reveal(), "kubectl get \\\n  pods");
        let source = block.command.source;
        assert_eq!(&PAGE[source.start..source.end], block.command.text.reveal());
        assert_eq!(source.line, 7);
        assert!(reading.cut(PAGE, 1, 1, 0).is_none(), "a heading is no command");
        assert!(reading.cut(PAGE, at("df -h"), at("kubectl"), 0).is_none(), "two blocks are not one command");
        assert!(reading.cut(PAGE, 99, 99, 0).is_none() && reading.cut(PAGE, 0, 0, 0).is_none());
    }
}
