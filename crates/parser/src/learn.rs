//! What the page teaches about itself before its commands are read: the programs behind its prompts.

use crate::candidates::{Page, block, shape};
use crate::document::{BlockKind, Document};

/// Collects the programs that a page runs where there is no doubt.
pub(crate) fn page(document: &Document) -> Page {
    let mut page = Page::default();
    for block in &document.blocks {
        let BlockKind::Code(language) = &block.kind else { continue };
        let tag = block::tag(language.as_deref());
        page.rooted |= tag == block::Tag::Console && has_root_prompt(block.text.text());
        let prompted = matches!(tag, block::Tag::Shell | block::Tag::Console | block::Tag::Judge);
        for line in block.text.text().lines().filter(|_| prompted) {
            if let Some(name) = line.trim_start().strip_prefix("$ ").and_then(program) {
                page.programs.insert(name);
            }
        }
        if tag == block::Tag::Shell {
            page.programs.extend(first_program(block.text.text()));
        }
    }
    page
}

/// Whether a line of a terminal is a known command behind `# `.
fn has_root_prompt(text: &str) -> bool {
    let known = crate::words::is_program;
    text.lines()
        .filter_map(|line| line.trim_start().strip_prefix("# "))
        .any(|line| shape::is_strong_command(line, &known) && !shape::is_prose(line))
}

/// The program of a script's first command, when it carries a flag or a path.
fn first_program(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    if shape::is_output(line) || shape::is_prose(line) || !line.contains(" -") {
        return None;
    }
    program(line)
}

fn program(line: &str) -> Option<String> {
    let name = shape::program(line);
    let plain = (name.len() >= 2 || name == "k")
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        });
    (plain && !shape::is_output(line) && name.starts_with(|c: char| c.is_ascii_lowercase()))
        .then(|| name.to_owned())
}
