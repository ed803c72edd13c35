//! Words as the shell hands them to a program: quotes and backslashes removed, braces expanded.
//! What only the running shell knows stays opaque.

use std::borrow::Cow;
use std::ops::Range;

use tree_sitter::Node;

use super::text::OPAQUE;
use super::{braces, lexer};

/// One word of a command.
#[derive(Debug, Clone)]
pub(crate) struct Word<'a> {
    /// Its text; opaque parts are [`OPAQUE`].
    pub(crate) text: Cow<'a, str>,
    /// Where it stands in the prepared text.
    pub(crate) start: usize,
    /// One past its last byte.
    pub(crate) end: usize,
    /// Some of it is not known.
    pub(crate) opaque: bool,
    /// Not known and not quoted: it may become several words, or none.
    pub(crate) splits: bool,
    /// Holds an unquoted `*`, `?` or `[`.
    pub(crate) glob: bool,
}

impl<'a> Word<'a> {
    /// A word known to the byte.
    pub(crate) fn known(text: impl Into<Cow<'a, str>>, start: usize, end: usize) -> Self {
        Word { text: text.into(), start, end, opaque: false, splits: false, glob: false }
    }

    /// A word of which nothing is known.
    pub(crate) fn unknown(start: usize, end: usize) -> Word<'static> {
        Word { text: Cow::Borrowed("\u{1}"), start, end, opaque: true, splits: true, glob: false }
    }

    /// The text when every byte of it is known and it is no pattern.
    pub(crate) fn literal(&self) -> Option<&str> {
        (!self.opaque && !self.glob).then_some(&*self.text)
    }

    /// The same word, on its own.
    pub(crate) fn into_owned(self) -> Word<'static> {
        let Word { text, start, end, opaque, splits, glob } = self;
        Word { text: Cow::Owned(text.into_owned()), start, end, opaque, splits, glob }
    }

    /// Whether it reads like a flag.
    pub(crate) fn is_flag(&self) -> bool {
        self.text.len() > 1 && self.text.starts_with('-')
    }
}

/// One character of a word, and whether quotes or a backslash protect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Char {
    pub(crate) c: char,
    pub(crate) quoted: bool,
}

/// Stands where quotes were, so that a word of nothing but quotes is one. The shell has no such character.
pub(crate) const NOTHING: char = '\0';

/// Expands nodes that stand side by side: to the shell they are one word. Answers with the place where that word ends
/// to bash when the grammar took more for it, as in `$'\\'; ls #'`.
pub(crate) fn expand<'a>(nodes: &[Node<'_>], text: &'a str, into: &mut Vec<Word<'a>>) -> Option<usize> {
    let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return None };
    let range = first.start_byte()..last.end_byte();
    let slice = &text[range.clone()];
    if is_plain(slice) {
        let opaque = slice.contains(OPAQUE);
        into.push(Word { opaque, ..Word::known(slice, range.start, range.end) });
        return None;
    }
    let mut expansions = Vec::new();
    nodes.iter().for_each(|node| outermost_expansions(*node, &mut expansions));
    let lexed = lexer::lex(text, range.clone(), &expansions);
    for part in split_at_blanks(&lexed.chars) {
        match braces::expand(part) {
            Some(words) => {
                // A word that comes to nothing without a quote is no word at all.
                let words = words.into_iter().filter(|chars| !chars.is_empty());
                into.extend(words.map(|chars| word_of(&chars, lexed.splits, &range)));
            }
            None => into.push(Word::unknown(range.start, range.end)),
        }
    }
    lexed.broken_at
}

/// Nothing in it for the shell to do.
fn is_plain(slice: &str) -> bool {
    !slice.bytes().any(|byte| b"\\{}*?[]$'\"`~<>(\0".contains(&byte))
}

fn word_of(chars: &[Char], splits: bool, range: &Range<usize>) -> Word<'static> {
    let home = others_home(chars);
    let known = chars[home..].iter().map(|char| char.c).filter(|c| *c != NOTHING);
    let text: String = (home > 0).then_some(OPAQUE).into_iter().chain(known).collect();
    let opaque = text.contains(OPAQUE);
    let glob = chars.iter().any(|char| !char.quoted && matches!(char.c, '*' | '?' | '['));
    Word {
        text: Cow::Owned(text),
        start: range.start,
        end: range.end,
        opaque,
        splits: opaque && splits,
        glob,
    }
}

/// How many characters `~user`, `~+` or `~-` has: a folder that only the machine knows. `~` and `~/x` stay.
fn others_home(chars: &[Char]) -> usize {
    let Some((_, rest)) = chars.split_first().filter(|(first, _)| first.c == '~' && !first.quoted) else {
        return 0;
    };
    let name = rest.iter().position(|char| matches!(char.c, '/' | ':') && !char.quoted).unwrap_or(rest.len());
    let plain = rest[..name]
        .iter()
        .all(|char| !char.quoted && (char.c.is_ascii_alphanumeric() || "_-+.".contains(char.c)));
    if name > 0 && plain { name + 1 } else { 0 }
}

/// The expansions of a word that do not stand in other expansions, in order.
fn outermost_expansions(node: Node<'_>, into: &mut Vec<Range<usize>>) {
    if matches!(
        node.kind(),
        "simple_expansion"
            | "expansion"
            | "command_substitution"
            | "process_substitution"
            | "arithmetic_expansion"
    ) {
        into.push(node.byte_range());
        return;
    }
    for index in 0..node.child_count() {
        if let Some(child) = node.child(index) {
            outermost_expansions(child, into);
        }
    }
}

/// Splits at the unquoted blanks that `$IFS` stands for.
fn split_at_blanks(chars: &[Char]) -> Vec<&[Char]> {
    let is_blank = |char: &Char| char.c == ' ' && !char.quoted;
    if !chars.iter().any(is_blank) {
        return vec![chars];
    }
    chars.split(is_blank).filter(|part| !part.is_empty()).collect()
}
