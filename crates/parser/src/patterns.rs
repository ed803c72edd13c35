//! Patterns over bytes, compiled so that the first page of a process does not wait for them.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

/// What `\w` stands for: letters and digits of ASCII, and every byte of a character beyond it.
const WORD: &str = r"[0-9A-Za-z_\x80-\xff]";
/// What `\W` stands for: the rest, and the punctuation, symbols and pictures beyond ASCII.
const OTHER: &str = r"(?:[^0-9A-Za-z_\x80-\xff]|\xc2[\x80-\xbf]|\xe2[\x80-\xaf][\x80-\xbf]|\xe3\x80[\x80-\xbf]|\xef[\xb8\xbc\xbd][\x80-\xbf]|\xf0\x9f[\x80-\xbf][\x80-\xbf])";
/// What `\s` stands for: the white space that pages hold.
const SPACE: &str = r"(?:[\t-\r\x20]|\xc2\xa0|\xe3\x80\x80)";

/// A pattern of this crate. It reads bytes: letters fold their case where the pattern says so, `\w` is any character beyond
/// ASCII, `\b` is a boundary of ASCII words, and counts count bytes. Unicode's own tables, repeated in every
/// counted part of every pattern, would cost more than reading the page.
#[derive(Debug)]
pub(crate) struct Pattern(Regex);

/// Where a pattern fits.
#[derive(Debug, Clone)]
pub(crate) struct Fit<'t> {
    text: &'t str,
    range: Range<usize>,
}

/// Where a pattern fits, group by group.
pub(crate) struct Groups<'t> {
    text: &'t str,
    inner: regex::bytes::Captures<'t>,
}

/// Compiles a pattern of this crate.
pub(crate) fn pattern(source: &str) -> Pattern {
    let built = RegexBuilder::new(&in_bytes(source)).unicode(false).build();
    Pattern(built.expect("a valid pattern"))
}

impl Pattern {
    /// Whether it fits anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }

    /// The first place where it fits.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Fit<'t>> {
        self.0.find(text.as_bytes()).map(|found| Fit::new(text, found.range()))
    }

    /// All places where it fits.
    pub(crate) fn find_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Fit<'t>> {
        self.0.find_iter(text.as_bytes()).map(move |found| Fit::new(text, found.range()))
    }

    /// The first place where it fits, group by group.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Groups<'t>> {
        self.0.captures(text.as_bytes()).map(|inner| Groups { text, inner })
    }

    /// All places where it fits, group by group.
    pub(crate) fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Groups<'t>> {
        self.0.captures_iter(text.as_bytes()).map(move |inner| Groups { text, inner })
    }
}

impl<'t> Fit<'t> {
    /// Bytes that end within a character are widened to all of it.
    fn new(text: &'t str, range: Range<usize>) -> Self {
        Self { text, range: text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end) }
    }

    pub(crate) fn start(&self) -> usize {
        self.range.start
    }

    pub(crate) fn end(&self) -> usize {
        self.range.end
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    pub(crate) fn as_str(&self) -> &'t str {
        &self.text[self.range.clone()]
    }
}

impl<'t> Groups<'t> {
    /// A group by its number; 0 is the whole.
    pub(crate) fn get(&self, index: usize) -> Option<Fit<'t>> {
        self.inner.get(index).map(|found| Fit::new(self.text, found.range()))
    }

    /// A group by its name.
    pub(crate) fn name(&self, name: &str) -> Option<Fit<'t>> {
        self.inner.name(name).map(|found| Fit::new(self.text, found.range()))
    }

    /// The groups that fit, the whole left out.
    pub(crate) fn inner(&self) -> impl Iterator<Item = Fit<'t>> + '_ {
        self.inner.iter().skip(1).flatten().map(|found| Fit::new(self.text, found.range()))
    }
}

/// Writes the classes of a pattern for bytes.
fn in_bytes(source: &str) -> String {
    let mut written = String::with_capacity(source.len() * 2);
    let mut in_class = false;
    let folds = source.contains("(?i");
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            escaped(chars.next(), in_class, &mut written);
        } else {
            in_class = if in_class { c != ']' } else { c == '[' };
            plain(c, folds && !in_class, &mut written);
        }
    }
    written
}

fn plain(c: char, folds: bool, written: &mut String) {
    match other_case(c).filter(|_| folds) {
        Some(other) => written.extend(["(?:", c.encode_utf8(&mut [0; 4]), "|", &other, ")"]),
        None => written.push(c),
    }
}

fn escaped(c: Option<char>, in_class: bool, written: &mut String) {
    match c {
        Some('w') => written.push_str(WORD),
        Some('W') => written.push_str(OTHER),
        Some('d') => written.push_str("[0-9]"),
        Some('s') if in_class => written.push_str(r"\t-\r\x20"),
        Some('s') => written.push_str(SPACE),
        other => written.extend(['\\'].into_iter().chain(other)),
    }
}

/// The other case of a letter beyond ASCII, whose case the engine does not fold in bytes.
fn other_case(c: char) -> Option<String> {
    let upper: String = c.to_uppercase().collect();
    let folds = !c.is_ascii() && c.is_lowercase() && upper.chars().count() == 1;
    folds.then_some(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_scripts_stay_words_and_their_punctuation_is_none() {
        let word = pattern(r"^\w+$");
        for text in ["pod_1", "exécuté", "überprüfen", "проверить", "確認", "執行"] {
            assert!(word.is_match(text), "{text}");
        }
        let other = pattern(r"^\W+$");
        for text in ["-- ", "«»", "—", "。", "：", "（）", "→", "✓", "🚨"] {
            assert!(other.is_match(text), "{text}");
        }
        assert!(pattern(r"^[^\s:]+\s\S$").is_match("a\u{a0}b"));
    }

    #[test]
    fn letters_beyond_ascii_fold_their_case_too() {
        assert!(pattern(r"(?i)^если (?:é|ü)?").is_match("Если É"));
        assert!(!pattern(r"^если").is_match("Если"));
    }

    #[test]
    fn an_escaped_backslash_before_a_letter_is_no_class() {
        assert!(pattern(r"^\\w[\w-]\d$").is_match(r"\w-1"));
        assert!(!pattern(r"^\d$").is_match("٣"));
    }

    #[test]
    fn a_place_never_cuts_a_character() {
        let found = pattern(r"a.").find("xaé").expect("it fits");
        assert_eq!((found.as_str(), found.range()), ("aé", 1..4));
    }
}
