//! Commands that stand among the words without any markup: pasted text loses its code blocks.

use std::ops::Range;

use super::shell::statement_lines;
use super::sql;
use super::statement::{CodeLine, Page};
use super::{prompts, script, shape};
use crate::document::{Block, BlockKind, Document, Mark};
use crate::words;

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
    let pieces = pieces(&block, page);
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

/// The lines of a block, joined to stretches that are commands or are not.
fn pieces(block: &Block, page: &Page) -> Vec<(Range<usize>, bool)> {
    let lines = super::statement::code_lines(block.text.text());
    let mut pieces: Vec<(Range<usize>, bool)> = Vec::new();
    let mut at = 0;
    let mut joins = true;
    while at < lines.len() {
        let start = lines[at].start;
        let after_code = pieces.last().is_some_and(|(_, code)| *code);
        let code = is_command(block, start..start + lines[at].text.len(), after_code, page);
        let mut count = 1;
        if code && joins {
            let found = extent(&lines[at..]);
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
    pieces
}

/// A few lines are enough to see a statement's end; the cap keeps the work linear.
fn extent(lines: &[CodeLine<'_>]) -> Option<usize> {
    let prompt = lines.first().and_then(|line| prompts::prompt(line.text));
    let length = prompt.as_ref().map_or(0, |prompt| prompt.length);
    let asks_sql = prompt.is_some_and(|prompt| prompt.language == "sql");
    let lines =
        lines.iter().enumerate().map(|(index, line)| &line.text[if index == 0 { length } else { 0 }..]);
    match lines.clone().next() {
        Some(first) if sql::is_strong(first) || asks_sql && sql::is_start(first) => Some(sql::extent(lines)),
        Some(_) if asks_sql => Some(1),
        _ => statement_lines(lines),
    }
}

fn is_command(block: &Block, range: Range<usize>, after_code: bool, page: &Page) -> bool {
    if is_marked(block, &range) {
        return false;
    }
    let line = block.text.text()[range].trim();
    if after_code && line.starts_with('#') {
        return true;
    }
    let prompt = prompts::prompt(line);
    let body = prompt.as_ref().map_or(line, |prompt| &line[prompt.length..]).trim();
    prompt
        .and_then(|prompt| is_prompted(body, prompt.language))
        .unwrap_or_else(|| is_unprompted(body, after_code, page))
}

/// Whether a line is a command of the language that its prompt shows; none for a shell's.
fn is_prompted(body: &str, language: &str) -> Option<bool> {
    match language {
        "sql" => Some(sql::is_start(body) || sql::is_client_word(body)),
        "network" => Some(!shape::is_prose(body)),
        "redis" => Some(script::is_redis(body)),
        "mongo" => Some(script::is_mongo(body) || script::is_mongo_strong(body)),
        "powershell" => Some(script::is_powershell(body)),
        _ => None,
    }
}

fn is_unprompted(body: &str, after_code: bool, page: &Page) -> bool {
    let shown = shows_command(body) || after_code && shape::is_named_command(body);
    is_query(body)
        || is_loop(body)
        || is_cmdlet_call(body)
        || shown && shape::is_strong_command(body, &|name: &str| page.knows(name))
}

/// Whether something of a range is marked: its author told code from words.
fn is_marked(block: &Block, range: &Range<usize>) -> bool {
    block.marks.iter().any(|mark| mark.range.start < range.end && range.start < mark.range.end)
}

fn is_query(line: &str) -> bool {
    line.ends_with(';') && sql::is_strong(line)
}

/// A command of PowerShell with a parameter or a pipe behind it.
fn is_cmdlet_call(line: &str) -> bool {
    let name = shape::first_word(line);
    shape::is_cmdlet(name) && (line.contains(" -") || line.contains(" | ")) && !shape::is_prose(line)
}

fn is_loop(line: &str) -> bool {
    matches!(shape::first_word(line), "for" | "while") && line.contains("; do") && line.contains(['$', '`'])
}

/// Whether a line shows a flag, a path or the verb of a command line.
fn shows_command(line: &str) -> bool {
    let verb = shape::first_word(shape::arguments(line, shape::first_word(line)));
    shape::has_shell_sign(line)
        || matches!(shape::first_word(line), "sudo" | ".") && line.split_whitespace().count() <= 5
        || words::is_cli_verb(verb)
        || line.split_whitespace().count() <= 5 && line.split_whitespace().any(words::is_cli_verb)
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
