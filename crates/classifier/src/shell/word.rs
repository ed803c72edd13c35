//! Words as the shell hands them to a program: quotes and backslashes removed, braces expanded.
//! What only the running shell knows stays opaque.

use std::borrow::Cow;

use tree_sitter::Node;

use super::text::OPAQUE;

/// Most words that one written word may expand to.
const MOST_WORDS: usize = 64;

/// Most open braces of one word that are looked into.
const MOST_OPEN: usize = 16;

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

#[derive(Clone, Copy)]
struct Char {
    c: char,
    quoted: bool,
}

/// Expands the word at this node, one or several.
pub(crate) fn expand<'a>(node: Node<'_>, text: &'a str, into: &mut Vec<Word<'a>>) {
    let slice = &text[node.byte_range()];
    if is_plain(node.kind(), slice) {
        let opaque = slice.contains(OPAQUE);
        let (start, end) = (node.start_byte(), node.end_byte());
        into.push(Word { opaque, ..Word::known(slice, start, end) });
        return;
    }
    let mut expansion = Expansion { text, chars: Vec::with_capacity(slice.len()), splits: false };
    expansion.node(node);
    let splits = expansion.splits;
    for part in split_ifs(&expansion.chars) {
        for chars in braces(part) {
            into.push(word_of(&chars, splits, node));
        }
    }
}

/// Nothing in it for the shell to do.
fn is_plain(kind: &str, slice: &str) -> bool {
    matches!(kind, "word" | "number") && !slice.bytes().any(|byte| b"\\{}*?[]$'\"`".contains(&byte))
}

fn word_of(chars: &[Char], splits: bool, node: Node<'_>) -> Word<'static> {
    if is_range(chars) {
        return Word::unknown(node.start_byte(), node.end_byte());
    }
    let text: String = chars.iter().map(|char| char.c).collect();
    let opaque = chars.iter().any(|char| char.c == OPAQUE);
    let glob = chars.iter().any(|char| !char.quoted && matches!(char.c, '*' | '?' | '['));
    let (start, end) = (node.start_byte(), node.end_byte());
    Word { text: Cow::Owned(text), start, end, opaque, splits: opaque && splits, glob }
}

/// `{a..e}`, or more open braces than are looked into.
fn is_range(chars: &[Char]) -> bool {
    let opens = chars.iter().filter(|char| char.c == '{' && !char.quoted).count();
    let dots = chars.windows(2).any(|pair| pair.iter().all(|char| char.c == '.' && !char.quoted));
    opens > MOST_OPEN || (opens > 0 && dots)
}

struct Expansion<'a> {
    text: &'a str,
    chars: Vec<Char>,
    splits: bool,
}

impl Expansion<'_> {
    fn node(&mut self, node: Node<'_>) {
        let slice = &self.text[node.byte_range()];
        match node.kind() {
            "raw_string" => self.literal(slice.trim_start_matches('\'').trim_end_matches('\'')),
            "ansi_c_string" => self.ansi(slice),
            "string" | "translated_string" => self.string(node),
            "simple_expansion" | "expansion" if is_ifs(slice) => self.push(' ', IFS_MARK),
            "simple_expansion"
            | "expansion"
            | "command_substitution"
            | "process_substitution"
            | "arithmetic_expansion"
            | "brace_expression" => {
                self.splits = true;
                self.push(OPAQUE, false);
            }
            "concatenation" => self.parts(node, Self::unquoted),
            _ => self.unquoted(slice),
        }
    }

    /// The children in order, and the text between them.
    fn parts(&mut self, node: Node<'_>, between: fn(&mut Self, &str)) {
        let mut at = node.start_byte();
        for index in 0..node.child_count() {
            let Some(child) = node.child(index) else { break };
            if at < child.start_byte() {
                between(self, &self.text[at..child.start_byte()]);
            }
            if child.is_named() {
                self.inner(child, between);
            } else {
                between(self, &self.text[child.byte_range()]);
            }
            at = child.end_byte();
        }
        if at < node.end_byte() {
            between(self, &self.text[at..node.end_byte()]);
        }
    }

    fn inner(&mut self, child: Node<'_>, between: fn(&mut Self, &str)) {
        if child.kind() == "string_content" {
            between(self, &self.text[child.byte_range()]);
        } else {
            self.node(child);
        }
    }

    fn string(&mut self, node: Node<'_>) {
        let splits = self.splits;
        self.parts(node, Self::double_quoted);
        // `"$@"` is the one quoted expansion that can become several words.
        let all = self.text[node.byte_range()].contains("$@") || self.text[node.byte_range()].contains("[@]");
        self.splits = splits || all;
    }

    fn push(&mut self, c: char, quoted: bool) {
        self.chars.push(Char { c, quoted });
    }

    fn literal(&mut self, slice: &str) {
        self.chars.extend(slice.chars().map(|c| Char { c, quoted: true }));
    }

    fn unquoted(&mut self, slice: &str) {
        let mut chars = slice.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('\n') | None => {}
                    Some(escaped) => self.push(escaped, true),
                },
                OPAQUE => self.push(c, true),
                c => self.push(c, false),
            }
        }
    }

    fn double_quoted(&mut self, slice: &str) {
        let mut chars = slice.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' => {}
                '\\' => match chars.next_if(|next| matches!(next, '$' | '`' | '"' | '\\' | '\n')) {
                    Some('\n') => {}
                    Some(escaped) => self.push(escaped, true),
                    None => self.push('\\', true),
                },
                c => self.push(c, true),
            }
        }
    }

    fn ansi(&mut self, slice: &str) {
        let inner = slice.strip_prefix("$'").unwrap_or(slice);
        let mut chars = inner.strip_suffix('\'').unwrap_or(inner).chars().peekable();
        while let Some(c) = chars.next() {
            if c != '\\' {
                self.push(c, true);
                continue;
            }
            let Some(kind) = chars.next() else { break };
            match ansi_escape(kind, &mut chars) {
                Some('\0') => return, // bash ends the string here
                Some(c) => self.push(c, true),
                None => self.push(OPAQUE, true),
            }
        }
    }
}

/// Marks a blank that came from `$IFS`: unquoted.
const IFS_MARK: bool = false;

fn is_ifs(slice: &str) -> bool {
    let name = slice.trim_start_matches('$').trim_start_matches('{');
    name == "IFS" || name == "IFS}" || name.starts_with("IFS:") || name.starts_with("IFS%")
}

/// The escapes of `$'…'` that stand for one character.
const ANSI_ESCAPES: &[(char, char)] = &[
    ('n', '\n'),
    ('t', '\t'),
    ('r', '\r'),
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('e', '\u{1b}'),
    ('E', '\u{1b}'),
    ('f', '\u{c}'),
    ('v', '\u{b}'),
    ('\\', '\\'),
    ('\'', '\''),
    ('"', '"'),
    ('?', '?'),
];

/// One escape of `$'…'`. None: an escape that is not read here.
fn ansi_escape(kind: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match kind {
        'x' => digits(chars, 16, 2, 0),
        'u' => digits(chars, 16, 4, 0),
        'U' => digits(chars, 16, 8, 0),
        '0'..='7' => digits(chars, 8, 2, kind.to_digit(8)?),
        _ => ANSI_ESCAPES.iter().find(|(written, _)| *written == kind).map(|(_, stands_for)| *stands_for),
    }
}

fn digits(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    base: u32,
    most: usize,
    first: u32,
) -> Option<char> {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(base)) else { break };
        chars.next();
        value = value.checked_mul(base)?.checked_add(digit)?;
    }
    char::from_u32(value).filter(|c| *c != OPAQUE)
}

/// Splits at blanks that came from `$IFS`.
fn split_ifs(chars: &[Char]) -> Vec<&[Char]> {
    let parts: Vec<_> =
        chars.split(|char| char.c == ' ' && !char.quoted).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { vec![chars] } else { parts }
}

/// Expands `{a,b}`; a word with too many expansions is opaque.
fn braces(chars: &[Char]) -> Vec<Vec<Char>> {
    let mut done = Vec::new();
    let mut todo = vec![chars.to_vec()];
    while let Some(word) = todo.pop() {
        let Some((open, commas, close)) = group(&word) else {
            done.push(word);
            continue;
        };
        if done.len() + todo.len() + commas.len() > MOST_WORDS {
            return vec![vec![Char { c: OPAQUE, quoted: false }]];
        }
        let mut from = open + 1;
        let ends: Vec<usize> = commas.iter().copied().chain([close]).collect();
        let mut alternatives = Vec::new();
        for end in ends {
            alternatives.push([&word[..open], &word[from..end], &word[close + 1..]].concat());
            from = end + 1;
        }
        todo.extend(alternatives.into_iter().rev());
    }
    done
}

/// The first brace group with a comma in it: where it opens, its commas, where it closes.
fn group(word: &[Char]) -> Option<(usize, Vec<usize>, usize)> {
    let is = |at: usize, c: char| word[at].c == c && !word[at].quoted;
    let opens = (0..word.len()).filter(|&at| is(at, '{'));
    for open in opens.take(MOST_OPEN) {
        let mut depth = 0_usize;
        let mut commas = Vec::new();
        for at in open..word.len() {
            if is(at, '{') {
                depth += 1;
            } else if is(at, '}') {
                depth -= 1;
            } else if is(at, ',') && depth == 1 {
                commas.push(at);
            }
            if depth == 0 {
                if !commas.is_empty() {
                    return Some((open, commas, at));
                }
                break;
            }
        }
    }
    None
}
