//! Prepares a command's text for the shell parser: placeholders become opaque words, line continuations are joined.
//!
//! A placeholder is overwritten in place, byte for byte, so that it moves nothing; joined lines leave cuts,
//! from which every position is mapped back to the text as written.

use std::borrow::Cow;

/// The byte that stands for text nobody knows yet. It cannot be typed: a command that holds it is deceptive.
pub(crate) const OPAQUE: char = '\u{1}';

const LONGEST_PLACEHOLDER: usize = 64;

/// Text made ready, and the way back.
pub(crate) struct Prepared<'a> {
    pub(crate) text: Cow<'a, str>,
    /// (position in `text`, bytes removed up to and including there).
    cuts: Vec<(usize, usize)>,
}

impl Prepared<'_> {
    /// The position in the original text of a start position here.
    pub(crate) fn start(&self, at: usize) -> usize {
        self.shift(at, self.cuts.partition_point(|&(cut, _)| cut <= at))
    }

    /// The position in the original text of an end position here.
    pub(crate) fn end(&self, at: usize) -> usize {
        self.shift(at, self.cuts.partition_point(|&(cut, _)| cut < at))
    }

    fn shift(&self, at: usize, before: usize) -> usize {
        at + before.checked_sub(1).map_or(0, |last| self.cuts[last].1)
    }
}

/// Plain words that runbooks write in angle brackets and nobody names a file.
const PLACEHOLDER_NOUNS: &[&str] = &[
    "namespace",
    "ns",
    "pod",
    "podname",
    "node",
    "nodename",
    "name",
    "host",
    "hostname",
    "service",
    "container",
    "cluster",
    "user",
    "username",
    "database",
    "bucket",
    "region",
    "instance",
    "deployment",
    "project",
    "kind",
    "pvc",
    "pv",
    "vm",
    "id",
    "ip",
    "port",
    "version",
    "release",
    "resource",
];

/// Makes the text ready.
pub(crate) fn prepare(original: &str) -> Prepared<'_> {
    let needs_work =
        original.bytes().any(|byte| matches!(byte, b'<' | b'{' | b'[')) || original.contains("\\\n");
    if !needs_work {
        return Prepared { text: Cow::Borrowed(original), cuts: Vec::new() };
    }
    let mut work =
        Work { from: original.as_bytes(), at: 0, out: Vec::with_capacity(original.len()), cuts: vec![] };
    let mut quote = Quote::None;
    while work.at < work.from.len() {
        quote = work.step(quote);
    }
    // Whole placeholders and whole two-byte pairs were replaced by ASCII, so the bytes are still UTF-8.
    match String::from_utf8(work.out) {
        Ok(text) => Prepared { text: Cow::Owned(text), cuts: work.cuts },
        Err(_) => Prepared { text: Cow::Borrowed(original), cuts: Vec::new() },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Ansi,
    Double,
    Comment,
}

struct Work<'a> {
    from: &'a [u8],
    at: usize,
    out: Vec<u8>,
    cuts: Vec<(usize, usize)>,
}

impl Work<'_> {
    fn step(&mut self, quote: Quote) -> Quote {
        match quote {
            Quote::None => self.plain(),
            Quote::Double => self.double(),
            Quote::Single => self.until(b'\'', false, Quote::Single),
            Quote::Ansi => self.until(b'\'', true, Quote::Ansi),
            Quote::Comment => self.until(b'\n', false, Quote::Comment),
        }
    }

    fn plain(&mut self) -> Quote {
        match self.from[self.at] {
            b'\\' => self.escape(),
            b'\'' => return self.opened_by_apostrophe(),
            b'"' => return self.copy(1, Quote::Double),
            b'#' if self.at_word_start() => return self.copy(1, Quote::Comment),
            b'<' | b'{' | b'[' => self.placeholder(true),
            _ => return self.copy(1, Quote::None),
        }
        Quote::None
    }

    fn double(&mut self) -> Quote {
        match self.from[self.at] {
            b'\\' => self.escape(),
            b'"' => return self.copy(1, Quote::None),
            b'<' | b'{' => self.placeholder(false),
            _ => return self.copy(1, Quote::Double),
        }
        Quote::Double
    }

    fn until(&mut self, end: u8, escapes: bool, quote: Quote) -> Quote {
        let byte = self.from[self.at];
        if escapes && byte == b'\\' {
            return self.copy(2, quote);
        }
        self.copy(1, if byte == end { Quote::None } else { quote })
    }

    fn opened_by_apostrophe(&mut self) -> Quote {
        let quote = if self.before() == Some(b'$') { Quote::Ansi } else { Quote::Single };
        self.copy(1, quote)
    }

    fn copy(&mut self, count: usize, next: Quote) -> Quote {
        let end = (self.at + count).min(self.from.len());
        self.out.extend_from_slice(&self.from[self.at..end]);
        self.at = end;
        next
    }

    /// A backslash: with a line feed it joins two lines, else it carries the next byte along.
    fn escape(&mut self) {
        if self.from.get(self.at + 1) == Some(&b'\n') {
            self.at += 2;
            let removed = self.cuts.last().map_or(0, |cut| cut.1) + 2;
            self.cuts.push((self.out.len(), removed));
        } else {
            self.copy(2, Quote::None);
        }
    }

    fn before(&self) -> Option<u8> {
        self.at.checked_sub(1).map(|at| self.from[at])
    }

    fn at_word_start(&self) -> bool {
        self.before()
            .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'|' | b'&' | b'('))
    }

    fn placeholder(&mut self, bare: bool) {
        let length = placeholder_length(self.from, self.at, bare);
        if length == 0 {
            self.copy(1, Quote::None);
        } else {
            self.out.resize(self.out.len() + length, OPAQUE as u8);
            self.at += length;
        }
    }
}

/// The length of the placeholder at this place, 0 when it is something else.
fn placeholder_length(text: &[u8], at: usize, bare: bool) -> usize {
    match text[at] {
        b'<' => angle(text, at, bare),
        b'{' => curly(text, at, bare),
        _ => square(text, at),
    }
}

/// `<pod-name>`. In shell grammar it is two redirections; a name that could be a plain file read followed by
/// a plain word, as in `sort <data> out`, stays one.
fn angle(text: &[u8], at: usize, bare: bool) -> usize {
    let inside = inside(text, at + 1, b'>', |byte| is_name(byte) || b" /:,'".contains(&byte));
    let Some(inside) = inside else { return 0 };
    let before = at.checked_sub(1).map(|before| text[before]);
    let next = &text[at + inside.len() + 2..];
    // `<<name>`, `<name>>` and `<name>&` are grammar.
    let grammar = before == Some(b'<') || next.first().is_some_and(|byte| b"&>".contains(byte));
    if grammar || !is_well_named(inside) {
        return 0;
    }
    let glued = before.is_some_and(|byte| b"/:=@-.,_'\"\x01".contains(&byte));
    if bare && !glued && reads_as_files(inside, next) { 0 } else { inside.len() + 2 }
}

fn is_well_named(inside: &[u8]) -> bool {
    inside.first().is_some_and(|byte| is_initial(*byte))
        && inside.last().is_some_and(|byte| !byte.is_ascii_whitespace())
}

/// Whether `<inside>next` is as likely "read this file, write that one".
fn reads_as_files(inside: &[u8], next: &[u8]) -> bool {
    let noun = PLACEHOLDER_NOUNS.iter().any(|noun| noun.as_bytes() == inside);
    let plain = !noun && inside.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'/'));
    let rest = next.trim_ascii_start();
    let has_word = rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"./~$\"'".contains(byte));
    let glued_word =
        next.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"/~$\"'".contains(byte));
    (plain && has_word) || glued_word
}

/// `{name}` and `{{ name }}`.
fn curly(text: &[u8], at: usize, bare: bool) -> usize {
    if at.checked_sub(1).is_some_and(|before| matches!(text[before], b'$' | b'{')) {
        return 0;
    }
    if text.get(at + 1) == Some(&b'{') {
        let Some(name) = inside(text, at + 2, b'}', |byte| is_name(byte) || byte == b' ') else { return 0 };
        let closed = text.get(at + 3 + name.len()) == Some(&b'}');
        let good = name.trim_ascii().first().is_some_and(|byte| is_initial(*byte) || *byte == b'.');
        return if closed && good && !is_range(name) { name.len() + 4 } else { 0 };
    }
    let name = if bare { inside(text, at + 1, b'}', is_name) } else { None };
    name.filter(|name| name.first().is_some_and(|byte| is_initial(*byte)) && !is_range(name))
        .map_or(0, |name| name.len() + 2)
}

/// `a..e`: braces around it expand.
fn is_range(name: &[u8]) -> bool {
    name.windows(2).any(|pair| pair == b"..")
}

/// `[name]` standing alone.
fn square(text: &[u8], at: usize) -> usize {
    let alone = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let Some(name) = inside(text, at + 1, b']', is_name) else { return 0 };
    let good = name.len() > 1 && name.first().is_some_and(|byte| is_initial(*byte));
    let before = at.checked_sub(1).map(|before| &text[before]);
    if good && before.is_some() && alone(before) && alone(text.get(at + name.len() + 2)) {
        name.len() + 2
    } else {
        0
    }
}

fn inside(text: &[u8], from: usize, end: u8, allowed: impl Fn(u8) -> bool) -> Option<&[u8]> {
    let rest = text.get(from..)?;
    let length = rest.iter().take(LONGEST_PLACEHOLDER).position(|byte| *byte == end)?;
    let name = &rest[..length];
    (!name.is_empty() && name.iter().all(|byte| allowed(*byte))).then_some(name)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn is_initial(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        prepare(text).text.replace(OPAQUE, "?")
    }

    #[test]
    fn placeholders_become_opaque_in_place() {
        assert_eq!(shown("oc logs <pod> -n <my ns>"), "oc logs ????? -n ???????");
        assert_eq!(shown("get {name} {{ ns }} [pod-name]"), "get ?????? ???????? ??????????");
        assert_eq!(shown("curl http://<host>:9090/x"), "curl http://??????:9090/x");
        assert_eq!(shown("grep \"<SA>\" '<y>'"), "grep \"????\" '<y>'");
    }

    #[test]
    fn shell_grammar_is_not_mistaken_for_a_placeholder() {
        for text in [
            "sort <in >out",
            "sort <data> out",
            "cat <in>out",
            "cat <<EOF\nx\nEOF",
            "diff <(ls) <(ls)",
            "echo ${x}",
            "find . -exec ls {} +",
            "rm {a,b}",
            "find . -delet{e..e}",
            "[ -f x ]",
            "ls [ab]*",
            "{ ls; }",
            "cat <a|rm b>",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn joined_lines_map_back_to_what_was_written() {
        let text = "find . -delet\\\ne x";
        let prepared = prepare(text);
        assert_eq!(prepared.text, "find . -delete x");
        assert_eq!((prepared.start(15), prepared.end(16)), (17, 18));
        assert_eq!((prepared.start(7), prepared.end(14)), (7, 16));
    }

    #[test]
    fn a_comment_does_not_go_on_behind_its_line() {
        assert_eq!(shown("ls # x \\\nrm {ns}"), "ls # x \\\nrm ????");
    }
}
