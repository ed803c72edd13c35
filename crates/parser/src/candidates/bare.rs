//! Commands that stand among the words without any markup: pasted text loses its code blocks.

use std::ops::Range;

use super::shape;
use super::shell::statement_lines;
use super::sql;
use super::statement::Page;
use crate::document::{Block, BlockKind, Document, Mark};

/// Turns the lines of running text that are commands into blocks of code.
pub(crate) fn uncover(document: &mut Document, page: &Page) {
    let mut blocks = Vec::with_capacity(document.blocks.len());
    for block in std::mem::take(&mut document.blocks) {
        if block.kind == BlockKind::Paragraph {
            split(block, page, &mut blocks);
        } else {
            blocks.push(block);
        }
    }
    document.blocks = blocks;
}

fn split(block: Block, page: &Page, blocks: &mut Vec<Block>) {
    let text = block.text.text();
    let lines = super::statement::code_lines(text);
    let mut pieces: Vec<(Range<usize>, bool)> = Vec::new();
    let mut at = 0;
    let mut joins = true;
    while at < lines.len() {
        let start = lines[at].start;
        let code = is_command(
            &block,
            start..start + lines[at].text.len(),
            pieces.last().is_some_and(|(_, code)| *code),
            page,
        );
        let mut count = 1;
        if code && joins {
            let found = extent(&lines[at..].iter().map(|line| line.text).collect::<Vec<_>>());
            joins = found.is_some();
            count = found.unwrap_or(1);
        }
        let last = &lines[at + count - 1];
        let end = last.start + last.text.len();
        match pieces.last_mut() {
            Some((range, before)) if *before == code => range.end = end,
            _ => pieces.push((start..end, code)),
        }
        at += count;
    }
    if pieces.iter().all(|(_, code)| !code) {
        blocks.push(block);
        return;
    }
    for (range, code) in pieces {
        let kind = if code { BlockKind::Code(None) } else { BlockKind::Paragraph };
        let marks = if code { Vec::new() } else { marks_within(&block.marks, &range) };
        let part = block.text.part(range);
        if !part.is_blank() {
            blocks.push(Block { kind, text: part, marks, item: block.item });
        }
    }
}

/// A few lines are enough to see a statement's end; the cap keeps the work linear.
fn extent(lines: &[&str]) -> Option<usize> {
    if sql::is_strong(lines[0]) {
        return Some(sql::extent(lines.iter().copied()));
    }
    statement_lines(lines.iter().copied())
}

fn is_command(block: &Block, range: Range<usize>, after_code: bool, page: &Page) -> bool {
    let line = block.text.text()[range.clone()].trim();
    if block.marks.iter().any(|mark| mark.range.start < range.end && range.start < mark.range.end) {
        return false;
    }
    let known = |name: &str| page.knows(name);
    let body = super::prompts::prompt(line)
        .filter(|prompt| prompt.language == "bash")
        .map_or(line, |prompt| &line[prompt.length..]);
    if after_code && line.starts_with('#') {
        return true;
    }
    if sql::is_strong(body) && body.ends_with(';') {
        return true;
    }
    let word = shape::first_word(body);
    let looped = matches!(word, "for" | "while") && body.contains("; do") && body.contains(['$', '`']);
    let shown = shape::has_shell_sign(body)
        || crate::words::is_cli_verb(shape::first_word(shape::arguments(body, word)))
        || body.split_whitespace().count() <= 5 && body.split_whitespace().any(crate::words::is_cli_verb);
    looped || shown && shape::is_strong_command(body, &known)
}

fn marks_within(marks: &[Mark], range: &Range<usize>) -> Vec<Mark> {
    marks
        .iter()
        .filter(|mark| mark.range.start >= range.start && mark.range.end <= range.end)
        .map(|mark| Mark {
            range: mark.range.start - range.start..mark.range.end - range.start,
            kind: mark.kind,
        })
        .collect()
}
