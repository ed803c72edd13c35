//! CommonMark and its dialects, by pulldown-cmark's events with their places.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{containers, html, plain};
use crate::document::{BlockKind, Builder, Document, MarkKind};
use crate::mapped::Mapped;

/// More container markers than this on one line is not a page that a person wrote; it is read as plain text.
const NESTING_CAP: usize = 48;

/// Reads markdown.
pub(crate) fn read(text: &str) -> Document {
    match containers::flattened(text) {
        Some(flat) => super::within(&flat, read_flat),
        None => read_flat(text),
    }
}

fn read_flat(text: &str) -> Document {
    let (title, body) = front_matter(text);
    let mut document = if nested_beyond_reason(&text[body..]) {
        plain::read(text)
    } else {
        Reader::new(text, body).run(body)
    };
    if document.title.is_none() {
        document.title = title;
    }
    document
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    /// The open lists: the next number of each, when its items are numbered.
    ordered: Vec<Option<u64>>,
    html: Option<Range<usize>>,
    metadata: bool,
    base: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, base: usize) -> Self {
        Self { text, builder: Builder::default(), ordered: Vec::new(), html: None, metadata: false, base }
    }

    fn run(mut self, body: usize) -> Document {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        for (event, range) in Parser::new_ext(&self.text[body..], options).into_offset_iter() {
            let range = range.start + self.base..range.end + self.base;
            self.event(event, range);
        }
        self.flush_html();
        self.builder.finish()
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::HtmlBlock) => {}
            Event::Html(_) => self.html(range),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::SoftBreak | Event::HardBreak => self.builder.text().push_replaced("\n", range),
            Event::Rule => self.builder.open(BlockKind::Break),
            Event::TaskListMarker(_) => {}
            inline => self.inline(inline, range),
        }
    }

    fn inline(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.metadata {
            return;
        }
        match event {
            Event::Text(content) => {
                let mapped = Mapped::aligned(&content, self.text, range);
                self.push(&mapped);
            }
            Event::Code(content) => self.inline_code(&content, range),
            Event::InlineHtml(content) => {
                if html::is_tag(&content) {
                    if html::is_line_break(&content) {
                        self.builder.text().push_replaced("\n", range);
                    }
                } else {
                    self.builder.text().push_verbatim(self.text, range);
                }
            }
            _ => {}
        }
    }

    fn inline_code(&mut self, content: &str, range: Range<usize>) {
        let raw = &self.text[range.clone()];
        let ticks = raw.bytes().take_while(|&byte| byte == b'`').count();
        let inner = range.start + ticks..(range.end - ticks).max(range.start + ticks);
        self.builder.begin_mark(MarkKind::Code);
        let mapped = Mapped::aligned(content, self.text, inner);
        self.push(&mapped);
        self.builder.end_mark(MarkKind::Code);
    }

    fn push(&mut self, mapped: &Mapped) {
        self.builder.text().push_part(mapped, 0..mapped.len());
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.builder.open(BlockKind::Heading(depth(*level))),
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) => {
                self.builder.open(BlockKind::Paragraph);
            }
            Tag::TableCell => self.builder.open(BlockKind::Cell),
            Tag::CodeBlock(kind) => self.builder.open(BlockKind::Code(language(kind))),
            Tag::List(first) => self.list(*first),
            Tag::Item => self.item(),
            Tag::Strong | Tag::Emphasis => self.builder.begin_mark(MarkKind::Strong),
            Tag::Link { .. } => self.builder.begin_mark(MarkKind::Link),
            Tag::MetadataBlock(_) => self.metadata = true,
            _ => {}
        }
    }

    fn list(&mut self, first: Option<u64>) {
        self.builder.close();
        self.ordered.push(first);
    }

    fn item(&mut self) {
        let number = self.ordered.last().copied().flatten();
        self.builder.begin_item(number.is_some());
        self.builder.number(number.and_then(|number| u32::try_from(number).ok()));
        if let Some(next) = self.ordered.last_mut().and_then(Option::as_mut) {
            *next += 1;
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => self.flush_html(),
            TagEnd::Item => self.builder.end_item(),
            TagEnd::List(_) => {
                self.builder.close();
                self.ordered.pop();
            }
            TagEnd::Strong | TagEnd::Emphasis => self.builder.end_mark(MarkKind::Strong),
            TagEnd::Link => self.builder.end_mark(MarkKind::Link),
            TagEnd::MetadataBlock(_) => self.metadata = false,
            TagEnd::Image | TagEnd::Strikethrough => {}
            _ => self.builder.close(),
        }
    }

    fn html(&mut self, range: Range<usize>) {
        match &mut self.html {
            Some(open) if open.end == range.start => open.end = range.end,
            _ => {
                self.flush_html();
                self.html = Some(range);
            }
        }
    }

    fn flush_html(&mut self) {
        let Some(range) = self.html.take() else { return };
        let piece = Mapped::verbatim(self.text, range);
        self.builder.embed(super::within(&piece, html::read));
    }
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

fn language(kind: &CodeBlockKind<'_>) -> Option<String> {
    match kind {
        CodeBlockKind::Indented => None,
        CodeBlockKind::Fenced(info) => super::language_name(info),
    }
}

/// The title of a YAML front matter, and where the body starts.
fn front_matter(text: &str) -> (Option<String>, usize) {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return (None, 0);
    };
    let mut at = text.len() - rest.len();
    let mut title = None;
    for line in rest.split_inclusive('\n').take(200) {
        at += line.len();
        let line = line.trim_end();
        if line == "---" || line == "..." {
            return (title, at);
        }
        if let Some(value) = line.strip_prefix("title:") {
            title = Some(value.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    (None, 0)
}

/// Container markers nest without bound and cost time for each line; people nest a few.
fn nested_beyond_reason(text: &str) -> bool {
    text.lines().any(|line| {
        let markers = line
            .bytes()
            .take_while(|byte| {
                matches!(byte, b'>' | b'-' | b'*' | b'+' | b' ' | b'\t' | b'.' | b')' | b'0'..=b'9')
            })
            .filter(|byte| matches!(byte, b'>' | b'-' | b'*' | b'+' | b'.' | b')'))
            .count();
        markers > NESTING_CAP && line.bytes().any(|byte| byte == b' ' || byte == b'>')
            || line.len() - line.trim_start().len() > 400
    })
}
