//! Parsing with caps.

use tree_sitter::{Node, Parser, Tree};

/// Longest text that is read.
pub(crate) const MOST_BYTES: usize = 8 * 1024;
/// Most named nodes of one tree.
pub(crate) const MOST_NODES: usize = 512;
/// Deepest tree, and deepest nesting of commands in commands.
pub(crate) const DEEPEST: usize = 32;

/// Stands for a byte of a character outside ASCII: part of a word, and nothing else.
const WORD_BYTE: u8 = 2;

/// Parses shell text. None only when the grammar does not load.
///
/// Each text gets a parser of its own: the grammar's scanner keeps unclosed heredocs when a parser is used again,
/// and a verdict must never depend on the command before it. The grammar sees ASCII only, byte for byte in place:
/// its scanner reads past a table when a character above 255 follows an open brace, and takes blanks of other
/// scripts for blanks of the shell. Words are cut from the text itself.
pub(crate) fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    if text.is_ascii() && !text.contains("\\ ") && !text.contains("\\\t") {
        return parser.parse(text, None);
    }
    parser.parse(stand_in(text), None)
}

/// The text with the same bytes at the same places as far as the grammar is concerned. A blank behind a backslash is
/// a part of its word, which the grammar does not see.
fn stand_in(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        text.bytes().map(|byte| if byte.is_ascii() { byte } else { WORD_BYTE }).collect();
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        if matches!(bytes[at + 1], b' ' | b'\t') {
            bytes[at..at + 2].fill(WORD_BYTE);
        }
        at += 2;
    }
    bytes
}

/// Whether more brackets are open at once than a tree within the caps can have, whatever they stand in. The grammar
/// would spend most of its time on recovering from them, to no use: 8 KiB of `(` cost it 150 ms.
pub(crate) fn is_nested_beyond_reading(text: &str) -> bool {
    let mut open = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
        open > 2 * DEEPEST
    })
}

/// Whether the tree is within the caps. Iterative: a hostile tree costs no stack.
pub(crate) fn is_bounded(root: Node<'_>) -> bool {
    let mut cursor = root.walk();
    let (mut nodes, mut depth) = (0_usize, 0_usize);
    loop {
        nodes += usize::from(cursor.node().is_named());
        if nodes > MOST_NODES || depth > DEEPEST {
            return false;
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return true;
            }
            depth -= 1;
        }
    }
}
