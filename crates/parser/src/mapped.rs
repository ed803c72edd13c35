//! Text that remembers where each of its bytes stands in the pasted text.

use std::ops::Range;

use dd0c_types::Span;

/// A text and, for every byte of it, the bytes of the source it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mapped {
    text: String,
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Mapped {
    /// A slice of the source, byte for byte.
    pub(crate) fn verbatim(source: &str, range: Range<usize>) -> Self {
        let mut mapped = Self::default();
        mapped.push_verbatim(source, range);
        mapped
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing but white space is in it.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Appends a slice of the source.
    pub(crate) fn push_verbatim(&mut self, source: &str, range: Range<usize>) {
        let Some(slice) = source.get(range.clone()) else { return };
        self.text.push_str(slice);
        self.starts.extend(range.clone().map(narrow));
        self.ends.extend(range.map(|at| narrow(at + 1)));
    }

    /// Appends a slice of the source as a line of its own.
    pub(crate) fn push_line(&mut self, source: &str, range: Range<usize>) {
        if self.len() > 0 {
            let at = self.whole().end;
            self.push_replaced("\n", at..range.start.max(at));
        }
        self.push_verbatim(source, range);
    }

    /// Appends text that stands for a range of the source without being equal to it.
    pub(crate) fn push_replaced(&mut self, text: &str, range: Range<usize>) {
        self.text.push_str(text);
        self.starts.extend(std::iter::repeat_n(narrow(range.start), text.len()));
        self.ends.extend(std::iter::repeat_n(narrow(range.end), text.len()));
    }

    /// Appends a part of another mapped text.
    pub(crate) fn push_part(&mut self, other: &Mapped, range: Range<usize>) {
        let Some(slice) = other.text.get(range.clone()) else { return };
        self.text.push_str(slice);
        self.starts.extend_from_slice(&other.starts[range.clone()]);
        self.ends.extend_from_slice(&other.ends[range]);
    }

    /// A part of it.
    pub(crate) fn part(&self, range: Range<usize>) -> Mapped {
        let mut part = Mapped::default();
        part.push_part(self, range);
        part
    }

    /// The part without white space at both ends.
    pub(crate) fn trimmed(&self) -> Mapped {
        self.part(trim(&self.text, 0..self.text.len()))
    }

    /// The bytes of the source that a part stands for; empty when the part is.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        if range.start >= range.end || range.end > self.text.len() {
            let at = self.starts.get(range.start).or(self.ends.last()).map_or(0, |&at| at as usize);
            return Span { start: at, end: at };
        }
        let start = self.starts[range.start] as usize;
        Span { start, end: (self.ends[range.end - 1] as usize).max(start) }
    }

    /// The bytes of the source that the whole stands for.
    pub(crate) fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }

    /// Reads its places, which are places in `outer`'s text, as places in `outer`'s source.
    pub(crate) fn through(mut self, outer: &Mapped) -> Mapped {
        for at in 0..self.text.len() {
            let span = outer.span(self.starts[at] as usize..self.ends[at] as usize);
            self.starts[at] = narrow(span.start);
            self.ends[at] = narrow(span.end);
        }
        self
    }

    /// Aligns `text`, which a reader made of `source[range]`, with it: equal characters stand for themselves,
    /// the rest (entities, escapes, container prefixes) for what was read between them.
    pub(crate) fn aligned(text: &str, source: &str, range: Range<usize>) -> Mapped {
        let raw = source.get(range.clone()).unwrap_or_default();
        let mut mapped = Mapped::default();
        if raw == text {
            mapped.push_verbatim(source, range);
            return mapped;
        }
        let mut at = 0;
        for (index, wanted) in text.char_indices() {
            let piece = &text[index..index + wanted.len_utf8()];
            let (skip, take) = next_match(wanted, &raw[at..]);
            if take == 0 && at == raw.len() {
                // What was read ends before what was made of it: the rest stands for the last character.
                let last = raw.floor_char_boundary(raw.len().saturating_sub(1));
                mapped.push_replaced(piece, range.start + last..range.end);
                continue;
            }
            let from = range.start + at + skip;
            let continued =
                wanted == ' ' && raw[at + skip..].starts_with('\n') && mapped.text.ends_with('\\');
            let same = raw[at + skip..].starts_with(wanted) && take == wanted.len_utf8();
            if same || continued {
                // A line end behind a backslash stays one: `\ ` would be another command.
                mapped.push_verbatim(source, from..from + take);
            } else {
                mapped.push_replaced(piece, from..from + take);
            }
            at += skip + take;
        }
        mapped
    }
}

/// The range without white space at both ends.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(slice) = text.get(range.clone()) else { return range.start..range.start };
    let start = range.start + (slice.len() - slice.trim_start().len());
    start..(start + slice.trim().len())
}

/// How many bytes of `raw` to pass over, and how many stand for `wanted`.
fn next_match(wanted: char, raw: &str) -> (usize, usize) {
    let Some(first) = raw.chars().next() else { return (0, 0) };
    let reference = entity(raw).filter(|&length| wanted != '&' || is_ampersand(&raw[..length]));
    if let Some(length) = reference.or_else(|| unended(wanted, raw)) {
        return (0, length);
    }
    if first == wanted {
        return (0, first.len_utf8());
    }
    if wanted == ' ' && first == '\n' {
        return (0, 1);
    }
    // A container's prefix (`> `, indentation), an escape or a carriage return was left out: look a little ahead.
    let mut ahead = raw.char_indices().take(24);
    let found = if wanted.is_whitespace() {
        // A space that the reader made of nothing must not be looked for behind words.
        let passed = |c: char| c.is_whitespace() || matches!(c, '>' | '\\');
        ahead.take_while(|&(_, c)| passed(c)).find(|&(_, c)| c == wanted || wanted == ' ' && c == '\n')
    } else {
        ahead.find(|&(_, c)| c == wanted)
    };
    found.map_or((0, 0), |(at, found)| (at, found.len_utf8()))
}

/// The length of a character reference at the start of `raw`.
fn entity(raw: &str) -> Option<usize> {
    let raw = raw.strip_prefix('&').map(|_| raw)?;
    let end = raw.bytes().take(34).position(|byte| byte == b';')?;
    let name = &raw[1..end];
    let body = name.strip_prefix('#').unwrap_or(name);
    (!body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(end + 1)
}

/// The length of a reference without its semicolon, as old pages have them: `&quot` for `"`.
fn unended(wanted: char, raw: &str) -> Option<usize> {
    const OLD: [(&str, char); 6] =
        [("&quot", '"'), ("&amp", '&'), ("&lt", '<'), ("&gt", '>'), ("&nbsp", '\u{a0}'), ("&shy", '\u{ad}')];
    OLD.iter()
        .find(|(name, stands_for)| *stands_for == wanted && raw.starts_with(name))
        .map(|(name, _)| name.len())
}

fn is_ampersand(reference: &str) -> bool {
    matches!(reference, "&amp;" | "&AMP;" | "&#38;" | "&#x26;" | "&#X26;")
}

/// Offsets fit in 32 bits: texts are at most [`crate::LIMIT`] bytes long.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_that_stands_for_nothing_is_not_looked_for_behind_words() {
        let source = "\r\ncat <<EOF";
        let mapped = Mapped::aligned("  cat <<EOF", source, 0..source.len());
        let at = mapped.text().find("cat").unwrap();
        assert_eq!(mapped.span(at..at + 9).slice(source), Some("cat <<EOF"));
    }

    #[test]
    fn references_without_their_semicolon_keep_what_follows_in_place() {
        let source = r#"psql -c &quot-pre" data="x">ls &quot;a"#;
        let mapped = Mapped::aligned(r#"psql -c "-pre" data="x">ls "a"#, source, 0..source.len());
        let at = mapped.text().rfind('a').unwrap();
        assert_eq!(mapped.span(at..at + 1).slice(source), Some("a"));
        assert_eq!(mapped.span(8..9).slice(source), Some("&quot"));
    }
}
