//! The notation of Jira and of Confluence's older editor: `h2.` headings, `{code}` macros, lists by `#` and `*`,
//! tables by `|`, `{{code}}` in running text.

use super::inline::{Dialect, marked};
use super::lines::{Line, Nesting, lines};
use crate::document::{BlockKind, Builder, Document};
use crate::mapped::Mapped;

/// Reads the notation.
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
    /// The name of the open macro of code, `code` or `noformat`.
    fence: Option<&'static str>,
    language: Option<String>,
    code: Mapped,
    /// The next number at each depth of the open list.
    numbers: Vec<u32>,
}

/// Macros whose body is read as running text.
const PANELS: [&str; 9] = ["info", "note", "tip", "warning", "panel", "expand", "quote", "section", "column"];

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) {
        if let Some(name) = self.fence {
            return self.code_line(line, name);
        }
        let body = line.body();
        if body.is_empty() || is_panel(body) {
            self.flush();
        } else if let Some(level) = heading(body) {
            self.heading(line, level);
        } else if let Some((name, length)) = code(body) {
            self.open_code(line, name, length);
        } else if is_row(body) {
            self.cells(line);
        } else if is_rule(body) {
            self.leave_list();
            self.builder.open(BlockKind::Break);
        } else {
            self.item_or_words(line, body);
        }
    }

    fn heading(&mut self, line: &Line<'_>, level: u8) {
        self.leave_list();
        let range = line.body_range();
        let (text, marks) = self.inline(range.start + 4..range.end);
        self.builder.block(BlockKind::Heading(level), text, marks);
    }

    fn item_or_words(&mut self, line: &Line<'_>, body: &str) {
        let range = line.body_range();
        let Some((depth, ordered)) = item(body) else { return self.push(range) };
        self.flush();
        self.numbers.resize(depth, 0);
        self.numbers[depth - 1] += 1;
        let number = self.numbers[depth - 1];
        self.nesting.begin(&mut self.builder, depth, ordered, "");
        self.builder.number(ordered.then_some(number));
        self.push(range.start + depth + 1..range.end);
    }

    fn open_code(&mut self, line: &Line<'_>, name: &'static str, length: usize) {
        self.flush();
        let body = line.body();
        self.language = parameters(&body[..length]);
        self.fence = Some(name);
        let start = line.body_range().start + length;
        // `{code}ls -l{code}` on one line.
        let close = self.text[start..line.range.end].find(&closing(name));
        match close {
            Some(at) => {
                self.code.push_verbatim(self.text, start..start + at);
                self.end_code();
            }
            None if !self.text[start..line.range.end].trim().is_empty() => {
                self.code.push_verbatim(self.text, start..line.end(self.text));
            }
            None => {}
        }
    }

    fn code_line(&mut self, line: &Line<'_>, name: &str) {
        match line.text.find(&closing(name)) {
            Some(at) => {
                self.code.push_verbatim(self.text, line.range.start..line.range.start + at);
                self.end_code();
            }
            None => self.code.push_verbatim(self.text, line.range.start..line.end(self.text)),
        }
    }

    fn end_code(&mut self) {
        if self.fence.take().is_some() {
            let code = std::mem::take(&mut self.code);
            self.builder.block(BlockKind::Code(self.language.take()), code, Vec::new());
        }
    }

    fn cells(&mut self, line: &Line<'_>) {
        self.flush();
        let mut at = line.range.start;
        for cell in line.text.split('|') {
            let (text, marks) = self.inline(at..at + cell.len());
            at += cell.len() + 1;
            self.builder.block(BlockKind::Cell, text, marks);
        }
    }

    fn leave_list(&mut self) {
        self.flush();
        self.nesting.close_all(&mut self.builder);
        self.numbers.clear();
    }

    fn inline(&self, range: std::ops::Range<usize>) -> (Mapped, Vec<crate::document::Mark>) {
        marked(&Mapped::verbatim(self.text, range), Dialect::Wiki)
    }

    fn push(&mut self, range: std::ops::Range<usize>) {
        self.paragraph.push_line(self.text, range);
    }

    fn flush(&mut self) {
        let raw = std::mem::take(&mut self.paragraph);
        if !raw.is_blank() {
            let (text, marks) = marked(&raw, Dialect::Wiki);
            self.builder.block(BlockKind::Paragraph, text, marks);
        }
    }
}

fn closing(name: &str) -> String {
    format!("{{{name}}}")
}

fn is_row(body: &str) -> bool {
    body.len() > 1 && body.starts_with('|') && body.ends_with('|')
}

fn is_rule(body: &str) -> bool {
    body.len() >= 4 && body.bytes().all(|byte| byte == b'-')
}

/// `h2. Steps`.
fn heading(body: &str) -> Option<u8> {
    let level = body.strip_prefix('h')?.chars().next()?.to_digit(10)?;
    let marked = body.get(2..4) == Some(". ") && (1..=6).contains(&level);
    marked.then(|| u8::try_from(level).unwrap_or(6))
}

/// `{code:bash}` at the start of a line: the macro and the length of its tag.
fn code(body: &str) -> Option<(&'static str, usize)> {
    let name = ["code", "noformat"].into_iter().find(|name| {
        body.strip_prefix('{')
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(['}', ':']))
    })?;
    body.find('}').map(|end| (name, end + 1))
}

/// The language that a tag such as `{code:language=bash|title=x}` names.
fn parameters(tag: &str) -> Option<String> {
    let list = tag.trim_matches(['{', '}']).split_once(':')?.1;
    let named = list.split('|').find_map(|pair| pair.trim().strip_prefix("language="));
    let first = || list.split('|').next().filter(|first| !first.contains('='));
    named.or_else(first).and_then(super::language_name)
}

/// A line that only opens or closes a panel.
fn is_panel(body: &str) -> bool {
    let Some(tag) = body.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let name = tag.split(':').next().unwrap_or_default();
    PANELS.contains(&name) && !tag.contains(['{', '}'])
}

/// `# `, `** `, `#* `: the depth of an item, and whether it counts.
fn item(body: &str) -> Option<(usize, bool)> {
    let depth = body.bytes().take_while(|byte| matches!(byte, b'#' | b'*' | b'-')).count();
    let marked = (1..=6).contains(&depth) && body[depth..].starts_with(' ');
    marked.then(|| (depth, body.as_bytes()[depth - 1] == b'#'))
}
