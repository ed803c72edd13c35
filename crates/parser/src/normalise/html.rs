//! HTML, Confluence's storage format and its export. Known tags shape the page; anything else in angle brackets
//! is the author's text (`<namespace>` pasted without escaping) and stays.

use std::ops::Range;

use super::html_tokens::{Token, tokens};
use crate::document::{Block, BlockKind, Builder, Document, MarkKind};
use crate::mapped::Mapped;

/// Reads HTML.
pub(crate) fn read(text: &str) -> Document {
    let mut reader = Reader { text, ..Reader::default() };
    for token in tokens(text) {
        reader.token(token);
    }
    let mut document = reader.builder.finish();
    set_apart(&mut document);
    document
}

/// A paragraph that stands in a font for code as a whole is a line of code; such lines in a row are one block.
fn set_apart(document: &mut Document) {
    let mut blocks: Vec<Block> = Vec::with_capacity(document.blocks.len());
    for mut block in std::mem::take(&mut document.blocks) {
        if block.kind != BlockKind::Paragraph || !is_all_code(&block) {
            blocks.push(block);
            continue;
        }
        block.kind = BlockKind::Code(Some(SET_APART.to_owned()));
        block.marks.clear();
        match blocks.last_mut() {
            Some(last) if last.kind == block.kind && last.item == block.item => {
                let (end, start) = (last.text.whole().end, block.text.whole().start);
                last.text.push_replaced("\n", end..start.max(end));
                last.text.push_part(&block.text, 0..block.text.len());
            }
            _ => blocks.push(block),
        }
    }
    for block in &mut blocks {
        if block.kind == BlockKind::Code(Some(SET_APART.to_owned())) {
            block.kind = BlockKind::Code(None);
        }
    }
    document.blocks = blocks;
}

/// The mark of a block that [`set_apart`] made: no author can name it.
const SET_APART: &str = " ";

fn is_all_code(block: &Block) -> bool {
    let code: usize = block.inline_code().map(|range| range.len()).sum();
    let marked_code = block.marks.iter().any(|mark| mark.kind == MarkKind::Link);
    code > 0 && !marked_code && block.text.text().trim().len() <= code
}

/// Whether a piece such as `<br/>` or `</b>` is a known tag or a comment, not a placeholder.
pub(crate) fn is_tag(piece: &str) -> bool {
    let body = piece.trim_start_matches('<').trim_start_matches('/');
    if body.starts_with(['!', '?', '%']) {
        return true;
    }
    let name: String =
        body.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | ':' | '_')).collect();
    let rest = &body[name.len()..];
    let shaped = rest.trim_start().starts_with(['>', '/']) || rest.contains('=');
    is_known(&name.to_ascii_lowercase()) && shaped
}

/// Whether a piece is `<br>`.
pub(crate) fn is_line_break(piece: &str) -> bool {
    piece.to_ascii_lowercase().starts_with("<br")
}

#[rustfmt::skip]
const BLOCKS: &[&str] = &[
    "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "body", "html", "head", "blockquote",
    "figure", "figcaption", "details", "summary", "table", "thead", "tbody", "tfoot", "tr", "dl", "dt", "dd", "form",
    "fieldset", "center", "address", "colgroup", "col", "ac:rich-text-body", "ac:layout", "ac:layout-section",
    "ac:layout-cell", "ac:task-list", "ac:task-body",
];
#[rustfmt::skip]
const INLINE: &[&str] = &[
    "span", "i", "u", "s", "small", "big", "sub", "sup", "font", "mark", "del", "ins", "abbr", "cite", "q", "label",
    "img", "wbr", "input", "button", "svg", "path", "link", "meta", "time", "var", "dfn", "iframe", "video", "audio",
    "source", "picture", "caption", "acronym", "bdi", "bdo", "map", "area", "base", "embed", "object", "param",
    "ruby", "rt", "rp", "select", "option", "canvas", "strike", "nobr",
];
const CODE: &[&str] = &["code", "tt", "kbd", "samp"];
const STRONG: &[&str] = &["b", "strong", "em"];
const HIDDEN: &[&str] =
    &["script", "style", "template", "noscript", "ac:parameter", "ac:task-id", "ac:task-status"];
/// Tags that may stand inside code; others there are the author's text.
const INSIDE_CODE: &[&str] = &[
    "span", "code", "b", "i", "em", "strong", "a", "br", "div", "font", "mark", "u", "s", "tt", "samp",
    "kbd", "sub", "sup", "p", "ins", "del", "pre", "ol", "li",
];

fn is_known(name: &str) -> bool {
    let structural =
        ["h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "br", "hr", "a", "td", "th", "title"];
    [BLOCKS, INLINE, CODE, STRONG, HIDDEN, &structural].iter().any(|set| set.contains(&name))
        || ["ac:", "ri:", "o:", "w:", "v:", "m:", "st1:"].iter().any(|space| name.starts_with(space))
        || name == "xml"
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    /// `pre` elements that are open.
    pre: usize,
    /// The element whose content is left out, until it closes.
    hidden: Option<String>,
    lists: Vec<bool>,
    /// Open macros of Confluence: whether each is a code macro.
    macros: Vec<bool>,
    /// The macro parameter that is being read.
    parameter: Option<String>,
    /// The language of the open code macro.
    language: Option<String>,
    in_title: bool,
    /// Open `span` and `font` elements: what each marks its text as.
    spans: Vec<Spanned>,
    /// The next numbers of the open lists.
    numbers: Vec<Option<u32>>,
    /// A paragraph of Word's that stands for a list item is open.
    in_word_item: bool,
}

/// What a `span` marks its text as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spanned {
    Plain,
    /// In a font whose letters are all as wide.
    Code,
    /// The number or bullet that Word draws before a list item.
    Bullet,
}

/// Open macros beyond this depth are counted as one.
const MACRO_CAP: usize = 256;

impl Reader<'_> {
    fn token(&mut self, token: Token) {
        match token {
            Token::Open { name, attributes, range, self_closing } => {
                self.open(&name, &attributes, range, self_closing);
            }
            Token::Close { name, range } => self.close(&name, range),
            Token::Text(text) => self.text(&text),
            Token::Cdata(range) => self.cdata(range),
        }
    }

    fn text(&mut self, text: &Mapped) {
        if self.parameter.as_deref() == Some("language") {
            self.language = super::language_name(text.text());
        }
        if self.in_title {
            self.builder.title(text.text());
        }
        if self.spans.last() == Some(&Spanned::Bullet) {
            let digits: String =
                text.text().trim().chars().take_while(char::is_ascii_digit).take(4).collect();
            self.builder.number(digits.parse().ok());
            return;
        }
        if self.hidden.is_some() || self.in_title {
            return;
        }
        let in_flow = self.builder.open_kind().is_some();
        if in_flow || !text.is_blank() {
            self.builder.text().push_part(text, 0..text.len());
        }
    }

    fn cdata(&mut self, range: Range<usize>) {
        if self.hidden.is_some() {
            return;
        }
        let body = Mapped::verbatim(self.text, range);
        if self.macros.last() == Some(&true) {
            let language = self.language.take();
            self.builder.block(BlockKind::Code(language), body, Vec::new());
        } else {
            self.builder.text().push_part(&body, 0..body.len());
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)], range: Range<usize>, self_closing: bool) {
        if self.hidden.is_some() {
            return;
        }
        if self.pre > 0 && !INSIDE_CODE.contains(&name) || !is_known(name) {
            return self.literal(range);
        }
        if name.starts_with("ac:") || name.starts_with("ri:") {
            return self.open_macro(name, attributes, self_closing);
        }
        if HIDDEN.contains(&name) {
            self.hidden = (!self_closing).then(|| name.to_owned());
            return;
        }
        self.open_element(name, attributes, range);
    }

    fn literal(&mut self, range: Range<usize>) {
        self.builder.text().push_verbatim(self.text, range);
    }

    fn open_element(&mut self, name: &str, attributes: &[(String, String)], range: Range<usize>) {
        match name {
            "pre" => self.open_pre(attributes),
            "br" => self.builder.text().push_replaced("\n", range),
            "hr" => self.builder.open(BlockKind::Break),
            "ul" | "ol" | "li" if self.pre == 0 => self.open_list(name, attributes),
            "p" => self.open_paragraph(attributes),
            "span" | "font" => self.open_span(attributes),
            "td" | "th" => self.builder.open(BlockKind::Cell),
            _ => self.open_inline(name),
        }
    }

    fn open_inline(&mut self, name: &str) {
        match name {
            "a" => self.builder.begin_mark(MarkKind::Link),
            "title" => self.in_title = true,
            _ => self.open_styled(name),
        }
    }

    fn open_paragraph(&mut self, attributes: &[(String, String)]) {
        if is_word_item(attributes) {
            self.open_word_item();
        } else if self.in_word_item {
            self.builder.close();
        } else {
            self.open_styled("p");
        }
    }

    fn open_list(&mut self, name: &str, attributes: &[(String, String)]) {
        self.leave_word_item();
        if name == "li" {
            self.builder.begin_item(self.lists.last().copied().unwrap_or(false));
            let number = self.numbers.last().copied().flatten();
            self.builder.number(number);
            if let Some(Some(next)) = self.numbers.last_mut() {
                *next += 1;
            }
        } else {
            self.builder.close();
            self.lists.push(name == "ol");
            let start =
                attributes.iter().find(|(key, _)| key == "start").and_then(|(_, value)| value.parse().ok());
            self.numbers.push((name == "ol").then_some(start.unwrap_or(1).min(10_000)));
        }
    }

    /// Word writes list items as paragraphs: one is open until the next, or until a paragraph at the margin.
    fn open_word_item(&mut self) {
        self.leave_word_item();
        self.builder.begin_item(true);
        self.in_word_item = true;
    }

    fn leave_word_item(&mut self) {
        if std::mem::take(&mut self.in_word_item) {
            self.builder.end_item();
        }
    }

    fn open_span(&mut self, attributes: &[(String, String)]) {
        let spanned = if self.pre > 0 { Spanned::Plain } else { spanned(attributes) };
        if self.spans.len() < MACRO_CAP {
            self.spans.push(spanned);
        }
        if spanned == Spanned::Code && self.builder.open_kind() != Some(&BlockKind::Cell) {
            self.builder.begin_mark(MarkKind::Code);
        }
    }

    fn close_span(&mut self) {
        if self.spans.pop() == Some(Spanned::Code) {
            self.builder.end_mark(MarkKind::Code);
        }
    }

    fn close_list(&mut self, name: &str) {
        if name != "li" {
            self.builder.close();
            self.lists.pop();
            self.numbers.pop();
        } else if self.builder.item_depth() > 0 {
            self.builder.end_item();
        }
    }

    fn open_styled(&mut self, name: &str) {
        if self.pre > 0 {
        } else if let Some(level) = heading_level(name) {
            self.builder.open(BlockKind::Heading(level));
        } else if CODE.contains(&name) {
            self.builder.begin_mark(MarkKind::Code);
        } else if STRONG.contains(&name) {
            self.builder.begin_mark(MarkKind::Strong);
        } else if BLOCKS.contains(&name) && !self.inside_cell(name) {
            self.builder.close();
        }
    }

    /// A paragraph inside a cell belongs to the cell.
    fn inside_cell(&self, name: &str) -> bool {
        matches!(name, "p" | "div") && self.builder.open_kind() == Some(&BlockKind::Cell)
    }

    fn open_pre(&mut self, attributes: &[(String, String)]) {
        if self.pre == 0 {
            self.builder.open(BlockKind::Code(pre_language(attributes)));
        }
        self.pre += 1;
    }

    fn open_macro(&mut self, name: &str, attributes: &[(String, String)], self_closing: bool) {
        if self_closing {
            return;
        }
        let attribute =
            |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
        match name {
            "ac:structured-macro" | "ac:macro" => {
                let code = matches!(attribute("ac:name"), Some("code" | "noformat" | "code-block"));
                self.builder.close();
                if self.macros.len() < MACRO_CAP {
                    self.macros.push(code);
                }
                self.language = None;
            }
            "ac:parameter" => {
                self.parameter = attribute("ac:name").map(str::to_owned);
                self.hidden = Some(name.to_owned());
            }
            "ac:task" => self.builder.begin_item(false),
            "ac:task-id" | "ac:task-status" => self.hidden = Some(name.to_owned()),
            _ if BLOCKS.contains(&name) => self.builder.close(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, range: Range<usize>) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
                self.parameter = None;
            }
            return;
        }
        if self.pre > 0 && !INSIDE_CODE.contains(&name) || !is_known(name) {
            return self.literal(range);
        }
        self.close_element(name);
    }

    fn close_element(&mut self, name: &str) {
        match name {
            "pre" => self.close_pre(),
            "ul" | "ol" | "li" if self.pre == 0 => self.close_list(name),
            "ac:task" => self.builder.end_item(),
            "td" | "th" => self.builder.close(),
            "a" => self.builder.end_mark(MarkKind::Link),
            "span" | "font" => self.close_span(),
            "title" => self.in_title = false,
            "ac:structured-macro" | "ac:macro" => {
                self.builder.close();
                self.macros.pop();
            }
            _ => self.close_styled(name),
        }
    }

    fn close_styled(&mut self, name: &str) {
        if self.pre > 0 {
        } else if CODE.contains(&name) {
            self.builder.end_mark(MarkKind::Code);
        } else if STRONG.contains(&name) {
            self.builder.end_mark(MarkKind::Strong);
        } else if heading_level(name).is_some() || BLOCKS.contains(&name) && !self.inside_cell(name) {
            self.builder.close();
        }
    }

    fn close_pre(&mut self) {
        self.pre = self.pre.saturating_sub(1);
        if self.pre == 0 {
            self.builder.close();
        }
    }
}

/// `<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>`.
fn is_word_item(attributes: &[(String, String)]) -> bool {
    attributes
        .iter()
        .any(|(key, value)| key == "style" && value.contains("mso-list:") && !value.contains("Ignore"))
}

fn spanned(attributes: &[(String, String)]) -> Spanned {
    const FONTS: [&str; 7] =
        ["courier", "consolas", "monospace", "menlo", "monaco", "roboto mono", "source code pro"];
    let style = attributes
        .iter()
        .filter(|(key, _)| key == "style" || key == "face")
        .map(|(_, value)| value.to_ascii_lowercase())
        .collect::<String>();
    if style.contains("mso-list:ignore") {
        Spanned::Bullet
    } else if FONTS.iter().any(|font| style.contains(font)) {
        Spanned::Code
    } else {
        Spanned::Plain
    }
}

fn heading_level(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

/// `class="language-bash"`, `data-language="sh"`, or the brush of Confluence's export.
fn pre_language(attributes: &[(String, String)]) -> Option<String> {
    attributes.iter().find_map(|(key, value)| match key.as_str() {
        "data-language" | "lang" => super::language_name(value),
        "class" => {
            value.split_whitespace().find(|class| class.starts_with("lang")).and_then(super::language_name)
        }
        "data-syntaxhighlighter-params" => {
            let brush = value.split("brush:").nth(1)?.split(';').next()?;
            super::language_name(brush)
        }
        _ => None,
    })
}
