//! Places in a page: bytes for programs, lines and columns for people.

use serde::Serialize;

/// A range of a page. Lines and columns count from 1, columns in Unicode code points; `end_column` is the one behind
/// the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Region {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

/// Where the lines of a text begin.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The region of a range of bytes; bytes inside a character count as its first.
    pub(crate) fn region(&self, start: usize, end: usize) -> Region {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.floor_char_boundary(end).max(start);
        let ((line, column), (end_line, end_column)) = (self.place(start), self.place(end));
        Region { start, end, line, column, end_line, end_column }
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..at).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_offsets_count_bytes() {
        let region = Lines::of("é\nüb rm x\n").region(7, 9);
        assert_eq!(region, Region { start: 7, end: 9, line: 2, column: 4, end_line: 2, end_column: 6 });
        let whole = Lines::of("a\nb").region(0, 3);
        assert_eq!((whole.line, whole.end_line, whole.end_column), (1, 2, 2));
        assert_eq!(Lines::of("").region(5, 9).line, 1);
    }
}
