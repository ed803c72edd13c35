//! Units: a piece of running text and the code that belongs to it, with its section.

use crate::document::{BlockKind, Document};
use crate::sections::{self, Section};

/// One unit of a page.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The block of running text.
    pub(crate) lead: Option<usize>,
    /// The blocks of code that follow it.
    pub(crate) codes: Vec<usize>,
    /// The heading above.
    pub(crate) heading: Option<usize>,
    /// The list item.
    pub(crate) item: Option<usize>,
    pub(crate) section: Section,
    /// The next block is an item of a list under this unit.
    pub(crate) announces: bool,
}

/// The units of a page, in order.
pub(crate) fn units(document: &Document) -> Vec<Unit> {
    let mut reader =
        Reader { document, units: Vec::new(), headings: Vec::new(), open: false, prerequisites: false };
    for index in 0..document.blocks.len() {
        reader.block(index);
    }
    reader.units
}

struct Reader<'d> {
    document: &'d Document,
    units: Vec<Unit>,
    headings: Vec<(u8, usize, Section)>,
    open: bool,
    /// A line above announced a list of prerequisites.
    prerequisites: bool,
}

impl Reader<'_> {
    fn block(&mut self, index: usize) {
        let block = &self.document.blocks[index];
        match block.kind {
            BlockKind::Heading(level) => self.heading(index, level),
            BlockKind::Code(_) => self.code(index),
            BlockKind::Break => self.open = false,
            BlockKind::Paragraph | BlockKind::Cell => self.lead(index),
        }
    }

    fn heading(&mut self, index: usize, level: u8) {
        let section = sections::of(self.document.blocks[index].text.text());
        self.headings.retain(|(above, _, _)| *above < level);
        self.headings.push((level, index, section));
        self.open = false;
        self.prerequisites = false;
    }

    fn code(&mut self, index: usize) {
        let item = self.document.blocks[index].item;
        if !self.open || self.left_list(item) {
            self.start(None, item);
        }
        if let Some(unit) = self.units.last_mut() {
            unit.codes.push(index);
        }
    }

    /// A block after a list belongs to its last item when the item is a number or announces it; not to a bullet.
    fn left_list(&self, item: Option<usize>) -> bool {
        let Some(unit) = self.units.last() else { return false };
        let (Some(inside), None, Some(lead)) = (unit.item, item, unit.lead) else { return false };
        let text = self.document.blocks[lead].text.text().trim_end();
        let announces = text.ends_with([':', '：']) || text.contains("following") || text.contains("below");
        !self.document.flat && !self.document.items[inside].ordered && !announces
    }

    fn lead(&mut self, index: usize) {
        let block = &self.document.blocks[index];
        let announced = block.item.is_none() && sections::is_prerequisites(block.text.text());
        if block.item.is_none() {
            self.prerequisites = announced;
        }
        self.start(Some(index), block.item);
    }

    fn start(&mut self, lead: Option<usize>, item: Option<usize>) {
        self.mark_announcement(lead, item);
        let section = if self.prerequisites { Section::Prerequisites } else { self.section() };
        let heading = self.headings.last().map(|(_, index, _)| *index);
        self.units.push(Unit { lead, codes: Vec::new(), heading, item, section, announces: false });
        self.open = true;
    }

    /// A unit that ends in a colon and is followed by a deeper item only announces it.
    fn mark_announcement(&mut self, lead: Option<usize>, item: Option<usize>) {
        let document = self.document;
        let Some(before) = self.units.last_mut() else { return };
        let deeper = item.is_some()
            && (before.item.is_none() || item.and_then(|at| document.items[at].parent) == before.item);
        let colon =
            before.lead.is_some_and(|at| document.blocks[at].text.text().trim_end().ends_with([':', '：']));
        before.announces =
            self.open && deeper && colon && before.codes.is_empty() && lead.is_some() && item != before.item;
    }

    fn section(&self) -> Section {
        match self.headings.last() {
            Some((_, _, section)) if *section != Section::Work => *section,
            _ => self
                .headings
                .iter()
                .rev()
                .skip(1)
                .map(|(_, _, section)| *section)
                .find(|section| *section == Section::Background)
                .unwrap_or(Section::Work),
        }
    }
}
