//! Text without markup: paragraphs, list items by their markers, headings by their shape. Commands that stand
//! among the words are found later, as in every format.

use super::inline::{Dialect, marked};
use super::lines::{Line, Nesting, lines, marker};
use super::mail;
use crate::candidates::prompts;
use crate::document::{BlockKind, Builder, Document};
use crate::mapped::Mapped;

/// Reads plain text.
pub(crate) fn read(text: &str) -> Document {
    let mut document = match mail::unquoted(text) {
        Some(plain) => super::within(&plain, read_lines),
        None => read_lines(text),
    };
    document.title = mail::subject(text).map(str::to_owned);
    document
}

fn read_lines(text: &str) -> Document {
    let mut reader = Reader { text, blank_before: true, ..Reader::default() };
    let lines = lines(text);
    for (index, line) in lines.iter().enumerate() {
        let alone = neighbour_is_blank(&lines, index);
        reader.line(line, alone, lines.get(index + 1));
    }
    reader.flush();
    reader.nesting.close_all(&mut reader.builder);
    Document { flat: true, ..reader.builder.finish() }
}

/// Whether the lines before and after are blank or absent.
fn neighbour_is_blank(lines: &[Line<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|at| lines.get(at)).is_none_or(Line::is_blank);
    before && lines.get(index + 1).is_none_or(Line::is_blank)
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
    fn line(&mut self, line: &Line<'_>, alone: bool, next: Option<&Line<'_>>) {
        if line.is_blank() {
            self.flush();
            self.blank_before = true;
            return;
        }
        if let Some((length, ordered)) = marker(line.body()) {
            self.flush();
            self.nesting.begin(&mut self.builder, line.indent, ordered, line.body());
            let range = line.body_range();
            self.push(range.start + length..range.end);
        } else if alone && is_heading(line) || self.blank_before && introduces(line, next) {
            self.flush();
            self.nesting.close_all(&mut self.builder);
            self.builder.block(
                BlockKind::Heading(2),
                Mapped::verbatim(self.text, line.body_range()),
                Vec::new(),
            );
        } else {
            if self.blank_before && self.nesting.column().is_some_and(|column| line.indent <= column) {
                self.nesting.close_from(&mut self.builder, line.indent);
            }
            self.push(line.range.clone());
        }
        self.blank_before = false;
    }

    fn push(&mut self, range: std::ops::Range<usize>) {
        self.paragraph.push_line(self.text, range);
    }

    fn flush(&mut self) {
        let raw = std::mem::take(&mut self.paragraph);
        if !raw.is_blank() {
            let (text, marks) = marked(&raw, Dialect::Plain);
            self.builder.block(BlockKind::Paragraph, text, marks);
        }
    }
}

/// A heading-like line right above a list, or above a caution.
fn introduces(line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    let Some(next) = next else { return false };
    let aside = ["Important:", "Note:", "Warning:", "Caution:", "NOTE:", "WARNING:"]
        .iter()
        .any(|word| next.body().starts_with(word));
    is_heading(line) && (aside || marker(next.body()).is_some())
}

/// A short line of words that stands alone, without the end of a sentence and without the look of a command.
fn is_heading(line: &Line<'_>) -> bool {
    let body = line.body();
    let words = body.split_whitespace().count();
    let shaped = line.indent == 0
        && words <= 8
        && body.len() <= 80
        && body.starts_with(|c: char| c.is_uppercase())
        && !body.ends_with(['.', ',', ';', ')', '!', '?'])
        && !body.contains(['$', '=', '|', '`', '<']);
    let shaped = shaped && prompts::prompt(body).is_none();
    shaped && !body.ends_with(':') || body.chars().all(|c| matches!(c, '=' | '-' | '*' | '~'))
}
