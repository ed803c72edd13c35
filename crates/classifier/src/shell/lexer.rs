//! Quote removal: the characters of one word, as bash reads them.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::arithmetic;
use super::text::OPAQUE;
use super::word::{Char, NOTHING};

/// A word without its quotes.
pub(crate) struct Lexed {
    pub(crate) chars: Vec<Char>,
    /// Holds an unquoted expansion that may become several words, or none.
    pub(crate) splits: bool,
    /// Where the word ends to bash, when the grammar did not see its end.
    pub(crate) broken_at: Option<usize>,
}

/// Removes the quotes from `text[range]`. `expansions` are the ranges that the grammar takes for expansions, in order;
/// whatever else might be one is opaque as well.
pub(crate) fn lex(text: &str, range: Range<usize>, expansions: &[Range<usize>]) -> Lexed {
    let mut lexer = Lexer {
        text,
        end: range.end,
        at: range.start,
        expansions,
        out: Lexed { chars: Vec::with_capacity(range.len()), splits: false, broken_at: None },
    };
    while let Some(c) = lexer.peek() {
        lexer.unquoted(c);
    }
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    end: usize,
    at: usize,
    expansions: &'a [Range<usize>],
    out: Lexed,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn push(&mut self, c: char, quoted: bool) {
        self.out.chars.push(Char { c, quoted });
    }

    fn unquoted(&mut self, c: char) {
        if self.expansion(false) {
            return;
        }
        self.next();
        match c {
            '\\' => self.escaped(),
            '\'' => self.single(),
            '"' => self.double(),
            '$' if matches!(self.peek(), Some('\'' | '"')) => match self.next() {
                Some('"') => self.double(),
                _ => self.ansi(),
            },
            c => {
                if " \t\n;|&()<>".contains(c) {
                    self.out.broken_at.get_or_insert(self.at);
                }
                self.push(c, c == OPAQUE);
            }
        }
    }

    /// Behind a backslash: a joined line, or one character as it is.
    fn escaped(&mut self) {
        if let Some(c) = self.next().filter(|c| *c != '\n') {
            self.push(c, true);
        }
    }

    fn single(&mut self) {
        let open = self.at - 1;
        self.push(NOTHING, true);
        loop {
            match self.next() {
                Some('\'') => return,
                Some(c) => self.push(c, true),
                None => return self.never_closed(open),
            }
        }
    }

    fn double(&mut self) {
        let open = self.at - 1;
        self.push(NOTHING, true);
        while let Some(c) = self.peek() {
            if self.expansion(true) {
                continue;
            }
            self.next();
            match c {
                '"' => return,
                '\\' => self.escaped_in_quotes(),
                c => self.push(c, true),
            }
        }
        self.never_closed(open);
    }

    fn escaped_in_quotes(&mut self) {
        match self.peek().filter(|c| matches!(c, '$' | '`' | '"' | '\\' | '\n')) {
            Some(c) => {
                self.next();
                if c != '\n' {
                    self.push(c, true);
                }
            }
            None => self.push('\\', true),
        }
    }

    /// To bash the quotes go on behind what the grammar took for the word.
    fn never_closed(&mut self, open: usize) {
        self.out.broken_at.get_or_insert(open);
    }

    /// Takes the expansion that stands here, when there is one.
    fn expansion(&mut self, quoted: bool) -> bool {
        let here = self.at;
        while self.expansions.first().is_some_and(|range| range.start < here) {
            self.expansions = &self.expansions[1..];
        }
        if let Some(known) = self.expansions.first().filter(|range| range.start == here).cloned() {
            self.at = known.end.clamp(here + 1, self.end.max(here + 1));
            let text = self.text;
            self.value(&text[known.start..self.at], quoted);
            return true;
        }
        let length = unseen_expansion(self.rest(), quoted);
        if length > 0 {
            self.at += length;
            self.push(OPAQUE, quoted);
            self.out.splits |= !quoted;
        }
        length > 0
    }

    /// What an expansion becomes: known for `$IFS` and sums of numbers, opaque otherwise.
    fn value(&mut self, source: &str, quoted: bool) {
        if !quoted && is_blank_variable(source) {
            return self.push(' ', false);
        }
        if let Some(number) = arithmetic::value(source) {
            return number.to_string().chars().for_each(|c| self.push(c, true));
        }
        self.push(OPAQUE, quoted);
        // `"$@"` is the one quoted expansion that can become several words. A sum is always one.
        let all = source.starts_with("$@") || source.starts_with("${@") || source.contains("[@]");
        self.out.splits |= (!quoted && !source.starts_with("$((")) || all;
    }

    fn ansi(&mut self) {
        self.push(NOTHING, true);
        let mut ended = false;
        let mut read = Vec::new();
        let mut chars = self.rest().char_indices().peekable();
        let mut after = None;
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    after = Some(at + 1);
                    break;
                }
                '\\' => ansi_escape(&mut chars, &mut read),
                c => read.push(c),
            }
        }
        if after.is_none() {
            self.never_closed(self.at);
        }
        self.at = after.map_or(self.end, |length| self.at + length);
        for c in read {
            // bash ends the string at a NUL, not the quotes.
            ended |= c == '\0';
            if !ended {
                self.push(c, true);
            }
        }
    }
}

/// The length of what bash may take for an expansion though the grammar did not; 0 when it cannot be one.
fn unseen_expansion(rest: &str, quoted: bool) -> usize {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match rest.as_bytes() {
        [b'`', ..] | [b'$', b'{' | b'(' | b'[', ..] => rest.len(),
        [b'<' | b'>', b'(', ..] if !quoted => rest.len(),
        [b'$', next, ..] if b"@*#?-$!0123456789".contains(next) => 2,
        [b'$', name @ ..] => match name.iter().take_while(|byte| is_name(byte)).count() {
            0 => 0,
            length => 1 + length,
        },
        _ => 0,
    }
}

fn is_blank_variable(source: &str) -> bool {
    let name = source.trim_start_matches('$').trim_start_matches('{');
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

/// One escape of `$'…'`, behind its backslash.
fn ansi_escape(chars: &mut Peekable<CharIndices<'_>>, into: &mut Vec<char>) {
    let Some((_, kind)) = chars.next() else { return into.push('\\') };
    match kind {
        'x' if chars.peek().is_some_and(|(_, c)| *c == '{') => into.push(OPAQUE),
        'x' => coded(kind, digits(chars, 16, 2), 0x7f, into),
        'u' => coded(kind, digits(chars, 16, 4), u32::MAX, into),
        'U' => coded(kind, digits(chars, 16, 8), u32::MAX, into),
        'c' => control(chars, into),
        '0'..='7' => octal(kind, chars, into),
        _ => match ANSI_ESCAPES.iter().find(|(written, _)| *written == kind) {
            Some((_, stands_for)) => into.push(*stands_for),
            None => into.extend(['\\', kind]),
        },
    }
}

/// `\cA`. A quote behind it ends the string.
fn control(chars: &mut Peekable<CharIndices<'_>>, into: &mut Vec<char>) {
    match chars.next_if(|(_, c)| *c != '\'') {
        Some((_, c)) if c.is_ascii() && c != '\\' => into.push(char::from(c as u8 & 0x1f)),
        Some(_) => into.push(OPAQUE),
        None => into.extend(['\\', 'c']),
    }
}

/// `\101`: up to three digits, of which the lowest byte counts.
fn octal(first: char, chars: &mut Peekable<CharIndices<'_>>, into: &mut Vec<char>) {
    let start = first.to_digit(8).unwrap_or_default();
    let value = digits(chars, 8, 2).map_or(start, |(more, count)| (start << (3 * count)) + more);
    coded(first, Some((value & 0xff, 1)), 0x7f, into);
}

/// The character of this code. Bytes above ASCII make characters only together: they are not put together here.
fn coded(kind: char, code: Option<(u32, u32)>, most: u32, into: &mut Vec<char>) {
    let Some((code, _)) = code else { return into.extend(['\\', kind]) };
    let known = char::from_u32(code).filter(|_| code <= most);
    into.push(known.unwrap_or(OPAQUE));
}

/// Up to `most` digits: their value, and how many there were.
fn digits(chars: &mut Peekable<CharIndices<'_>>, base: u32, most: usize) -> Option<(u32, u32)> {
    let mut value = 0_u32;
    let mut count = 0;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(base)) else { break };
        chars.next();
        value = value.wrapping_mul(base).wrapping_add(digit);
        count += 1;
    }
    (count > 0).then_some((value, count))
}
