//! AsciiDoc: headings, delimited blocks, lists with continuations, admonitions, tables, callouts.

use std::sync::LazyLock;

use super::inline::{Dialect, marked};
use super::lines::{Line, Nesting, lines};
use crate::document::{BlockKind, Builder, Document};
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};

static MARKER: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"^\s*(?:(\*{1,5}|-)|(\.{1,5}|\d{1,3}\.|[a-z]\.)) +(?:\[[ x*]\] )?"));
static ATTRIBUTE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"^(?::[!\w][\w-]*!?:|//|include::|ifdef::|ifndef::|endif::|image::|<\d+> |<\.> |toc::|\[\[)")
});
static ADMONITION: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"^(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION): "));

/// Reads AsciiDoc.
pub(crate) fn read(text: &str) -> Document {
    let mut reader = Reader { text, ..Reader::default() };
    for line in lines(text) {
        reader.line(&line);
    }
    reader.end_code();
    reader.flush();
    reader.nesting.close_all(&mut reader.builder);
    reader.builder.finish()
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    nesting: Nesting,
    paragraph: Mapped,
    /// The delimiter of the open verbatim block.
    fence: Option<String>,
    code: Mapped,
    language: Option<String>,
    source_style: bool,
    in_table: bool,
    continuation: bool,
    blank_before: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) {
        if let Some(fence) = self.fence.clone() {
            return self.code_line(line, &fence);
        }
        let body = line.body();
        if body.is_empty() {
            self.flush();
            self.blank_before = true;
        } else if !self.structure(line, body) {
            self.words(line);
        }
        let style = body.starts_with('[') && body.ends_with(']');
        if !body.is_empty() && !style {
            self.blank_before = false;
        }
    }

    fn code_line(&mut self, line: &Line<'_>, fence: &str) {
        if line.body() == fence {
            self.end_code();
        } else {
            let end = (line.range.end + 1).min(self.text.len());
            self.code.push_verbatim(self.text, line.range.start..end);
        }
    }

    fn end_code(&mut self) {
        if let Some(fence) = self.fence.take() {
            let code = std::mem::take(&mut self.code);
            if fence != "////" && fence != "++++" {
                self.builder.block(BlockKind::Code(self.language.take()), code, Vec::new());
            }
        }
        self.source_style = false;
    }

    /// Takes a line that shapes the page.
    fn structure(&mut self, line: &Line<'_>, body: &str) -> bool {
        if let Some(level) = heading(body) {
            self.flush();
            self.nesting.close_all(&mut self.builder);
            self.heading(line, level);
        } else if body == "+" {
            self.flush();
            self.continuation = true;
        } else if let Some(fence) = fence(body) {
            self.flush();
            self.leave_list(line);
            self.fence = Some(fence.to_owned());
        } else if body.starts_with("|===") {
            self.flush();
            self.in_table = !self.in_table;
        } else if is_transparent(body) {
            self.flush();
        } else {
            return self.attribute_or_item(line, body);
        }
        true
    }

    fn heading(&mut self, line: &Line<'_>, level: usize) {
        let range = line.body_range();
        let raw = Mapped::verbatim(self.text, range.start + level + 1..range.end);
        let (text, marks) = marked(&raw, Dialect::Asciidoc);
        self.builder.block(BlockKind::Heading(u8::try_from(level).unwrap_or(6)), text, marks);
    }

    fn attribute_or_item(&mut self, line: &Line<'_>, body: &str) -> bool {
        if body.starts_with('[') && body.ends_with(']') {
            self.flush();
            self.style(&body[1..body.len() - 1]);
            return true;
        }
        if self.in_table && body.starts_with('|') {
            self.cells(line);
            return true;
        }
        if ATTRIBUTE.is_match(body) {
            return true;
        }
        let Some(captures) = MARKER.captures(line.text) else { return false };
        self.flush();
        let depth = captures.get(1).or(captures.get(2)).map_or(0, |marker| {
            if marker.as_str().starts_with(['*', '.']) { marker.as_str().len() } else { 1 }
        });
        let kind = usize::from(captures.get(2).is_some());
        let column = column(depth, kind, line);
        self.nesting.begin(&mut self.builder, column, captures.get(2).is_some(), line.body());
        let start = line.range.start + captures.get(0).map_or(0, |whole| whole.end());
        self.push(start..line.range.end);
        true
    }

    fn style(&mut self, style: &str) {
        let mut parts = style.split(',').map(str::trim);
        let first = parts.next().unwrap_or_default();
        if first.starts_with("source") || first.starts_with("listing") {
            self.language = parts.next().and_then(super::language_name);
            self.source_style = true;
        }
    }

    fn cells(&mut self, line: &Line<'_>) {
        self.flush();
        let mut at = line.range.start;
        for cell in line.text.split('|') {
            let raw = Mapped::verbatim(self.text, at..at + cell.len());
            at += cell.len() + 1;
            if !raw.is_blank() {
                let (text, marks) = marked(&raw, Dialect::Asciidoc);
                self.builder.block(BlockKind::Cell, text, marks);
            }
        }
    }

    /// A block that no `+` joins to the list ends it.
    fn leave_list(&mut self, _line: &Line<'_>) {
        if !self.continuation && self.blank_before {
            self.nesting.close_all(&mut self.builder);
        }
        self.continuation = false;
    }

    fn words(&mut self, line: &Line<'_>) {
        if self.paragraph.len() == 0 && !self.continuation && self.blank_before {
            self.nesting.close_all(&mut self.builder);
        }
        self.continuation = false;
        let range = line.body_range();
        let skip = ADMONITION.find(line.body()).map_or(0, |found| found.end());
        self.push(range.start + skip..range.end);
        if self.source_style || line.indent > 0 && self.paragraph.len() == range.len() && self.blank_before {
            // A styled or literal paragraph is code, up to the next blank line.
            self.paragraph = Mapped::default();
            self.code =
                Mapped::verbatim(self.text, line.range.start..(line.range.end + 1).min(self.text.len()));
            self.fence = Some(String::new());
        }
    }

    fn push(&mut self, range: std::ops::Range<usize>) {
        self.paragraph.push_line(self.text, range);
    }

    fn flush(&mut self) {
        let raw = std::mem::take(&mut self.paragraph);
        if !raw.is_blank() {
            let (text, marks) = marked(&raw, Dialect::Asciidoc);
            self.builder.block(BlockKind::Paragraph, text, marks);
        }
    }
}

/// Items nest by the length of their markers, and bullets inside numbers.
fn column(depth: usize, ordered: usize, line: &Line<'_>) -> usize {
    let dash = usize::from(line.body().starts_with('-'));
    depth * 4 + 2 - ordered * 2 + dash
}

fn heading(body: &str) -> Option<usize> {
    let level = body.bytes().take_while(|&byte| byte == b'=').count();
    let marked = (1..=6).contains(&level) && body[level..].starts_with(' ');
    marked.then_some(level)
}

/// The delimiters of verbatim blocks.
fn fence(body: &str) -> Option<&str> {
    let of = |c: char| body.len() >= 4 && body.chars().all(|other| other == c);
    if body.starts_with("```") {
        return Some("```");
    }
    ['-', '.', '/', '+'].into_iter().any(of).then_some(body)
}

/// Delimiters whose content is read as usual.
fn is_transparent(body: &str) -> bool {
    let of = |c: char| body.len() >= 4 && body.chars().all(|other| other == c);
    of('=')
        || of('*')
        || of('_')
        || body == "--"
        || body == "'''"
        || body == "<<<"
        || body.starts_with('.') && is_block_title(body)
}

fn is_block_title(body: &str) -> bool {
    body.len() > 1 && body[1..].starts_with(|c: char| c.is_alphabetic())
}
