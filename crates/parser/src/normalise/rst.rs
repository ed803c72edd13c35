//! reStructuredText: underlined headings, directives, literal blocks, lists by indentation.

use std::sync::LazyLock;

use super::inline::{Dialect, marked};
use super::lines::{Line, Nesting, lines, marker};
use crate::document::{BlockKind, Builder, Document};
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};

static DIRECTIVE: LazyLock<Pattern> = LazyLock::new(|| pattern(r"^\.\. ([A-Za-z][\w:-]*)::[ \t]*(.*)$"));
static OPTION: LazyLock<Pattern> = LazyLock::new(|| pattern(r"^\s*:[\w-]+:"));

/// Directives whose body is code; the rest are read as running text or left out.
const CODE: &[&str] =
    &["code-block", "code", "sourcecode", "prompt", "parsed-literal", "console", "shell", "literalinclude"];
const HIDDEN: &[&str] = &[
    "toctree",
    "contents",
    "image",
    "figure",
    "index",
    "highlight",
    "raw",
    "include",
    "meta",
    "graphviz",
    "uml",
    "mermaid",
];

/// Reads reStructuredText.
pub(crate) fn read(text: &str) -> Document {
    let lines = lines(text);
    let mut reader = Reader { text, ..Reader::default() };
    let mut at = 0;
    while at < lines.len() {
        at = reader.take(&lines, at).max(at + 1);
    }
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
    blank_before: bool,
}

impl Reader<'_> {
    /// Takes what starts at line `at`; gives the line after it.
    fn take(&mut self, lines: &[Line<'_>], at: usize) -> usize {
        let line = &lines[at];
        if line.is_blank() {
            let literal = self.paragraph.text().trim_end().ends_with("::");
            let indent = paragraph_indent(lines, at);
            self.flush();
            self.blank_before = true;
            return if literal { self.indented_code(lines, at + 1, indent, None) } else { at + 1 };
        }
        if let Some(end) = table(lines, at) {
            self.flush();
            self.table(&lines[at..end]);
            return end;
        }
        if let Some(length) = heading(lines, at) {
            self.heading(&lines[at + length - 2]);
            return at + length;
        }
        if line.body().starts_with("..") {
            return self.explicit(lines, at);
        }
        self.words(line);
        at + 1
    }

    fn heading(&mut self, line: &Line<'_>) {
        self.flush();
        self.nesting.close_all(&mut self.builder);
        let (text, marks) = marked(&Mapped::verbatim(self.text, line.body_range()), Dialect::Rst);
        self.builder.block(BlockKind::Heading(2), text, marks);
        self.blank_before = true;
    }

    /// A directive, comment, target or footnote.
    fn explicit(&mut self, lines: &[Line<'_>], at: usize) -> usize {
        let line = &lines[at];
        self.flush();
        self.nesting.close_from(&mut self.builder, line.indent);
        let Some(captures) = DIRECTIVE.captures(line.body()) else {
            return end_of_indented(lines, at + 1, line.indent);
        };
        let name = captures.get(1).map_or("", |name| name.as_str());
        let argument = captures.get(2).map_or("", |argument| argument.as_str());
        if matches!(name, "list-table" | "csv-table") {
            return self.listed_table(lines, at + 1, line.indent, name);
        }
        if CODE.contains(&name) {
            let start = after_options(lines, at + 1);
            let language =
                super::language_name(argument).or_else(|| (name == "prompt").then(|| "bash".to_owned()));
            return self.indented_code(lines, start, line.indent, language);
        }
        if HIDDEN.contains(&name) {
            return end_of_indented(lines, at + 1, line.indent);
        }
        // An admonition: its argument and its body are running text.
        if !argument.is_empty() {
            let end = line.range.start + line.text.trim_end().len();
            self.push(end - argument.trim_end().len()..end);
        }
        after_options(lines, at + 1)
    }

    /// The cells of a `list-table` or `csv-table`, one block each.
    fn listed_table(&mut self, lines: &[Line<'_>], start: usize, indent: usize, name: &str) -> usize {
        let end = end_of_indented(lines, start, indent);
        let first = after_options(lines, start).min(end);
        let mut cell: Option<Mapped> = None;
        for line in lines[first..end].iter().filter(|line| !line.is_blank()) {
            let range = line.body_range();
            if name == "csv-table" {
                self.split_cells(line, ',');
                continue;
            }
            let skip = ["* - ", "* -", "- ", "-"]
                .iter()
                .find_map(|mark| line.body().starts_with(mark).then_some(mark.len()));
            if let Some(skip) = skip {
                self.cell(cell.take());
                cell = Some(Mapped::verbatim(self.text, range.start + skip..range.end));
            } else if let Some(open) = cell.as_mut() {
                let at = open.whole().end;
                open.push_replaced("\n", at..range.start.max(at));
                open.push_verbatim(self.text, range);
            }
        }
        self.cell(cell);
        end
    }

    fn cell(&mut self, raw: Option<Mapped>) {
        let Some(raw) = raw.filter(|raw| !raw.is_blank()) else { return };
        let (text, marks) = marked(&raw, Dialect::Rst);
        self.builder.block(BlockKind::Cell, text, marks);
    }

    fn split_cells(&mut self, line: &Line<'_>, separator: char) {
        let mut at = line.range.start;
        for piece in line.text.split(separator) {
            let range = crate::mapped::trim(self.text, at..at + piece.len());
            self.cell(Some(Mapped::verbatim(self.text, range)));
            at += piece.len() + separator.len_utf8();
        }
    }

    /// A table drawn with rules: each line gives its cells, which keeps those of one line apart.
    fn table(&mut self, lines: &[Line<'_>]) {
        let columns = rule_columns(lines[0].text);
        for line in lines.iter().filter(|line| !is_table_rule(line.body()) && !line.is_blank()) {
            if line.body().starts_with('|') {
                self.split_cells(line, '|');
                continue;
            }
            for (index, &start) in columns.iter().enumerate() {
                let end = columns.get(index + 1).copied().unwrap_or(line.text.len()).min(line.text.len());
                let bounded = line.text.is_char_boundary(start.min(end)) && line.text.is_char_boundary(end);
                if start < end && bounded {
                    let range =
                        crate::mapped::trim(self.text, line.range.start + start..line.range.start + end);
                    self.cell(Some(Mapped::verbatim(self.text, range)));
                }
            }
        }
    }

    fn indented_code(
        &mut self,
        lines: &[Line<'_>],
        start: usize,
        indent: usize,
        language: Option<String>,
    ) -> usize {
        let end = end_of_indented(lines, start, indent);
        let body = &lines[start.min(end)..end];
        let Some(columns) = body.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min() else {
            return start;
        };
        let mut code = Mapped::default();
        for line in body {
            let range = line.dedented(columns);
            self.code_line(&mut code, range.start..(line.range.end + 1).min(self.text.len()));
        }
        self.builder.block(BlockKind::Code(language), code, Vec::new());
        end
    }

    /// In literals that are still parsed, a doubled backslash at the end of a line stands for one.
    fn code_line(&self, code: &mut Mapped, range: std::ops::Range<usize>) {
        let slice = self.text.get(range.clone()).unwrap_or_default();
        let body = slice.trim_end();
        if body.ends_with("\\\\") && !body.ends_with("\\\\\\") {
            let end = range.start + body.len();
            code.push_verbatim(self.text, range.start..end - 2);
            code.push_replaced("\\", end - 2..end);
            code.push_verbatim(
                self.text,
                range.start + slice.trim_end_matches(['\n', '\r']).len()..range.end,
            );
        } else {
            code.push_verbatim(self.text, range);
        }
    }

    fn words(&mut self, line: &Line<'_>) {
        if let Some((length, ordered)) =
            marker(line.body()).filter(|_| self.paragraph.len() == 0 || self.nesting.column().is_some())
        {
            self.flush();
            self.nesting.begin(&mut self.builder, line.indent, ordered, line.body());
            let range = line.body_range();
            self.push(range.start + length..range.end);
        } else {
            if self.paragraph.len() == 0 {
                self.nesting.close_from(&mut self.builder, line.indent);
            }
            self.push(line.body_range());
        }
        self.blank_before = false;
    }

    fn push(&mut self, range: std::ops::Range<usize>) {
        self.paragraph.push_line(self.text, range);
    }

    fn flush(&mut self) {
        let raw = std::mem::take(&mut self.paragraph);
        if raw.is_blank() {
            return;
        }
        let end = raw.text().trim_end().trim_end_matches(':').len();
        let keep = if raw.text().trim_end().ends_with("::") { (end + 1).min(raw.len()) } else { raw.len() };
        let (text, marks) = marked(&raw.part(0..keep), Dialect::Rst);
        self.builder.block(BlockKind::Paragraph, text, marks);
    }
}

/// The indentation of the paragraph that ends before line `at`: in a list item, of its text when what follows
/// stands further in than that, and of its marker otherwise.
fn paragraph_indent(lines: &[Line<'_>], at: usize) -> usize {
    let Some(line) = lines[..at].last() else { return 0 };
    let text = line.indent + marker(line.body()).map_or(0, |(length, _)| length);
    let next = lines[at..].iter().find(|line| !line.is_blank()).map_or(0, |line| line.indent);
    if next > text { text } else { line.indent }
}

/// How many lines a heading at `at` takes: title and underline, or overline, title and underline.
fn heading(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let rule = |index: usize| lines.get(index).is_some_and(|line| is_rule(line.body()) && line.indent == 0);
    let words = |index: usize| lines.get(index).is_some_and(|line| !line.is_blank() && !is_rule(line.body()));
    if rule(at) && words(at + 1) && rule(at + 2) {
        return Some(3);
    }
    let wide = || lines[at + 1].body().len() + 2 >= lines[at].body().chars().count();
    (lines[at].indent == 0 && words(at) && rule(at + 1) && wide()).then_some(2)
}

fn is_rule(body: &str) -> bool {
    let Some(first) = body.chars().next() else { return false };
    body.len() >= 3
        && first.is_ascii_punctuation()
        && body.chars().all(|c| c == first)
        && first != ':'
        && first != '.'
}

/// Where the table that starts at line `at` ends: drawn as `+---+` or as `=== ===`.
fn table(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let first = lines[at].body();
    if !is_table_rule(first) {
        return None;
    }
    let grid = first.starts_with('+');
    let inside = |line: &Line<'_>| if grid { line.body().starts_with(['+', '|']) } else { !line.is_blank() };
    let length = lines[at..].iter().take_while(|line| inside(line)).count();
    let last = (at..at + length).rev().find(|&index| is_table_rule(lines[index].body()))?;
    (last > at + 1).then_some(last + 1)
}

/// `+-----+----+` or `=====  ====`: two columns at least, so that no heading's rule is meant.
fn is_table_rule(body: &str) -> bool {
    let grid = body.starts_with('+')
        && body.ends_with('+')
        && body.matches('+').count() >= 3
        && body.chars().all(|c| matches!(c, '+' | '-' | '='));
    let simple = body.starts_with('=') && body.contains(" =") && body.chars().all(|c| matches!(c, '=' | ' '));
    grid || simple
}

/// Where the columns of a `=== ===` rule start.
fn rule_columns(rule: &str) -> Vec<usize> {
    let bytes = rule.as_bytes();
    (0..bytes.len()).filter(|&at| bytes[at] == b'=' && (at == 0 || bytes[at - 1] != b'=')).collect()
}

/// The line after the block that is indented more than `indent`.
fn end_of_indented(lines: &[Line<'_>], start: usize, indent: usize) -> usize {
    let mut end = start;
    for (index, line) in lines.iter().enumerate().skip(start) {
        if line.is_blank() {
            continue;
        }
        if line.indent <= indent {
            break;
        }
        end = index + 1;
    }
    end
}

fn after_options(lines: &[Line<'_>], start: usize) -> usize {
    start + lines.iter().skip(start).take_while(|line| OPTION.is_match(line.text)).count()
}
