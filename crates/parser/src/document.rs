//! What every reader makes of a page: a flat list of blocks in order, with the list item each belongs to.

use std::ops::Range;

use crate::mapped::Mapped;

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The title it names apart from its headings (front matter, `<title>`).
    pub(crate) title: Option<String>,
    /// Its blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// Its list items, in order; blocks refer to them by index.
    pub(crate) items: Vec<Item>,
    /// Its indentation is lost: nothing shows where a list ends.
    pub(crate) flat: bool,
}

/// One block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    pub(crate) text: Mapped,
    /// Marked ranges of the text, in order.
    pub(crate) marks: Vec<Mark>,
    /// The innermost list item.
    pub(crate) item: Option<usize>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Heading(u8),
    Paragraph,
    /// A cell of a table.
    Cell,
    /// Code; with the language its author named.
    Code(Option<String>),
    /// Ends what stands before it: a rule, or the end of a list.
    Break,
}

/// A list item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) parent: Option<usize>,
    pub(crate) ordered: bool,
    /// The number it carries in the text.
    pub(crate) number: Option<u32>,
}

/// A marked range of a block's text.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) range: Range<usize>,
    pub(crate) kind: MarkKind,
}

/// How it is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    Code,
    Link,
    Strong,
}

impl Block {
    /// The ranges of inline code.
    pub(crate) fn inline_code(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.marks.iter().filter(|mark| mark.kind == MarkKind::Code).map(|mark| mark.range.clone())
    }

    /// Whether it is running text.
    pub(crate) fn is_prose(&self) -> bool {
        matches!(self.kind, BlockKind::Paragraph | BlockKind::Cell)
    }
}

/// Deeper list items count as items of this depth.
const DEPTH_CAP: usize = 64;

/// Builds a document from a reader's events.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    document: Document,
    open: Option<Block>,
    items: Vec<usize>,
    beyond_cap: usize,
    marks: Vec<(MarkKind, usize)>,
}

impl Builder {
    /// Closes what is open and gives the page.
    pub(crate) fn finish(mut self) -> Document {
        self.close();
        self.document
    }

    /// Names the page.
    pub(crate) fn title(&mut self, title: &str) {
        let title = title.trim();
        if !title.is_empty() && self.document.title.is_none() {
            self.document.title = Some(title.to_owned());
        }
    }

    /// Opens a block, closing the one that is open.
    pub(crate) fn open(&mut self, kind: BlockKind) {
        self.close();
        self.open = Some(Block {
            kind,
            text: Mapped::default(),
            marks: Vec::new(),
            item: self.items.last().copied(),
        });
    }

    /// Closes the open block; a blank one is dropped.
    pub(crate) fn close(&mut self) {
        while let Some((kind, _)) = self.marks.last().copied() {
            self.end_mark(kind);
        }
        let block = self.open.take().filter(|block| !block.text.is_blank() || block.kind == BlockKind::Break);
        self.document.blocks.extend(block);
    }

    /// The kind of the open block.
    pub(crate) fn open_kind(&self) -> Option<&BlockKind> {
        self.open.as_ref().map(|block| &block.kind)
    }

    /// The text of the open block; opens a paragraph when none is open.
    pub(crate) fn text(&mut self) -> &mut Mapped {
        if self.open.is_none() {
            self.open(BlockKind::Paragraph);
        }
        &mut self.open.as_mut().expect("a block was opened").text
    }

    /// Adds a whole block.
    pub(crate) fn block(&mut self, kind: BlockKind, text: Mapped, marks: Vec<Mark>) {
        self.open(kind);
        if let Some(block) = self.open.as_mut() {
            block.text = text;
            block.marks = marks;
        }
        self.close();
    }

    /// Starts a marked range.
    pub(crate) fn begin_mark(&mut self, kind: MarkKind) {
        let at = self.text().len();
        if self.marks.len() < DEPTH_CAP {
            self.marks.push((kind, at));
        }
    }

    /// Ends the innermost marked range of a kind.
    pub(crate) fn end_mark(&mut self, kind: MarkKind) {
        let Some(index) = self.marks.iter().rposition(|(open, _)| *open == kind) else { return };
        let (kind, start) = self.marks.remove(index);
        if let Some(block) = self.open.as_mut() {
            let end = block.text.len();
            if start < end {
                block.marks.push(Mark { range: start..end, kind });
            }
        }
    }

    /// Starts a list item.
    pub(crate) fn begin_item(&mut self, ordered: bool) {
        self.close();
        if self.items.len() >= DEPTH_CAP {
            self.beyond_cap += 1;
            return;
        }
        self.items.push(self.document.items.len());
        let parent = self.items.iter().rev().nth(1).copied();
        self.document.items.push(Item { parent, ordered, number: None });
    }

    /// Names the number of the innermost list item.
    pub(crate) fn number(&mut self, number: Option<u32>) {
        if let Some(&at) = self.items.last().filter(|_| self.beyond_cap == 0) {
            self.document.items[at].number = number;
        }
    }

    /// Ends the innermost list item.
    pub(crate) fn end_item(&mut self) {
        self.close();
        if self.beyond_cap > 0 {
            self.beyond_cap -= 1;
        } else {
            self.items.pop();
        }
    }

    /// How many list items are open.
    pub(crate) fn item_depth(&self) -> usize {
        self.items.len()
    }

    /// Takes over the blocks of a page that was read inside this one.
    pub(crate) fn embed(&mut self, inner: Document) {
        self.close();
        let base = self.document.items.len();
        let parent = self.items.last().copied();
        self.document.items.extend(
            inner
                .items
                .iter()
                .map(|item| Item { parent: item.parent.map_or(parent, |at| Some(at + base)), ..*item }),
        );
        self.document.blocks.extend(
            inner
                .blocks
                .into_iter()
                .map(|block| Block { item: block.item.map_or(parent, |at| Some(at + base)), ..block }),
        );
    }
}
