//! Readers: from a page in some markup to one [`Document`]. No reader recurses on the depth of its input, none
//! strips by pattern, and each keeps the place of every byte it passes on.

pub(crate) mod asciidoc;
mod containers;
pub(crate) mod format;
pub(crate) mod html;
mod html_tokens;
mod inline;
mod lines;
mod mail;
pub(crate) mod markdown;
pub(crate) mod plain;
pub(crate) mod rst;
mod wiki;

use dd0c_types::runbook::Format;

use crate::document::{Block, BlockKind, Builder, Document};
use crate::mapped::Mapped;

/// Reads a page in the given format.
pub(crate) fn read(text: &str, format: Format) -> Document {
    let document = match format {
        Format::Markdown => markdown::read(text),
        Format::Confluence if format::is_notation(text) => wiki::read(text),
        Format::Html | Format::Confluence => html::read(text),
        Format::Asciidoc => asciidoc::read(text),
        Format::Rst => rst::read(text),
        Format::Text => plain::read(text),
    };
    unfold(document)
}

/// Reads a piece of a page with a reader, and keeps places in the whole page.
pub(crate) fn within(piece: &Mapped, reader: impl Fn(&str) -> Document) -> Document {
    let mut inner = reader(piece.text());
    for block in &mut inner.blocks {
        block.text = std::mem::take(&mut block.text).through(piece);
    }
    inner
}

/// A whole runbook pasted inside one fence (a template for an issue) is read as the markdown it is.
fn unfold(document: Document) -> Document {
    if !document.blocks.iter().any(holds_markdown) {
        return document;
    }
    let mut builder = Builder::default();
    let title = document.title;
    let mut flat = Document { title: None, blocks: Vec::new(), items: document.items, flat: document.flat };
    for block in document.blocks {
        if holds_markdown(&block) {
            let inner = within(&block.text, markdown::read);
            let base = flat.items.len();
            let parent = block.item;
            let place = |item: Option<usize>| item.map_or(parent, |at| Some(at + base));
            flat.items.extend(
                inner.items.iter().map(|item| crate::document::Item { parent: place(item.parent), ..*item }),
            );
            flat.blocks
                .extend(inner.blocks.into_iter().map(|inside| Block { item: place(inside.item), ..inside }));
        } else {
            flat.blocks.push(block);
        }
    }
    builder.embed(flat);
    let mut whole = builder.finish();
    whole.title = title;
    whole.flat = document.flat;
    whole
}

/// An untagged block whose lines are mostly items of a checklist.
fn holds_markdown(block: &Block) -> bool {
    let BlockKind::Code(language) = &block.kind else { return false };
    let tagged = matches!(language.as_deref(), Some("md" | "markdown"));
    if !tagged && language.is_some() {
        return false;
    }
    let lines = block.text.text().lines().filter(|line| !line.trim().is_empty());
    let items = lines.clone().filter(|line| is_checklist_item(line.trim_start())).count();
    items >= 2 && items * 3 >= lines.count()
}

fn is_checklist_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = if digits > 0 { line[digits..].strip_prefix('.') } else { line.strip_prefix(['-', '*']) };
    rest.is_some_and(|rest| rest.starts_with(" [ ]") || rest.starts_with(" [x]"))
}

/// The language an info string or a macro's parameter names: `bash` in ` ```bash tab="x" `, `{.bash}`, `language-sh`.
pub(crate) fn language_name(info: &str) -> Option<String> {
    let first = info.trim().split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    let name = first.trim_matches(|c| matches!(c, '{' | '}' | '.' | ';' | '`' | '"'));
    let name = name.strip_prefix("language-").or_else(|| name.strip_prefix("lang-")).unwrap_or(name);
    let plain = !name.is_empty() && !name.contains(['=', '"', '/']) && name.len() <= 32;
    plain.then(|| name.to_ascii_lowercase())
}
