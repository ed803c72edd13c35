//! Lines with their places, and the nesting of list items by indentation: for the formats that are read by line.

use std::ops::Range;

use crate::document::Builder;

/// One line without its end.
#[derive(Debug, Clone)]
pub(crate) struct Line<'t> {
    pub(crate) text: &'t str,
    pub(crate) range: Range<usize>,
    /// Columns before the first character, a tab counted as four.
    pub(crate) indent: usize,
}

impl<'t> Line<'t> {
    /// The line without white space at both ends.
    pub(crate) fn body(&self) -> &'t str {
        self.text.trim()
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Where the next line starts.
    pub(crate) fn end(&self, text: &str) -> usize {
        let rest = &text[self.range.end..];
        self.range.end + rest.find('\n').map_or(rest.len(), |at| at + 1)
    }

    /// The range of the line from its first character on.
    pub(crate) fn body_range(&self) -> Range<usize> {
        crate::mapped::trim(self.text, 0..self.text.len()).start + self.range.start
            ..self.range.start
                + self.text.trim_end().len().max(self.text.len() - self.text.trim_start().len())
    }

    /// The range after `columns` of indentation, for code.
    pub(crate) fn dedented(&self, columns: usize) -> Range<usize> {
        let mut width = 0;
        let mut at = self.range.start;
        for byte in self.text.bytes() {
            if width >= columns || !matches!(byte, b' ' | b'\t') {
                break;
            }
            width += if byte == b'\t' { 4 } else { 1 };
            at += 1;
        }
        at..self.range.end
    }
}

/// The lines of a text.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive('\n') {
        let line = piece.trim_end_matches(['\n', '\r']);
        let indent = line
            .bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .map(|byte| if byte == b'\t' { 4 } else { 1 })
            .sum();
        found.push(Line { text: line, range: at..at + line.len(), indent });
        at += piece.len();
    }
    found
}

/// The open list items, by the column of their markers.
#[derive(Debug, Default)]
pub(crate) struct Nesting(Vec<usize>);

impl Nesting {
    /// Starts an item whose marker stands at `column`.
    pub(crate) fn begin(&mut self, builder: &mut Builder, column: usize, ordered: bool, body: &str) {
        self.close_from(builder, column);
        builder.begin_item(ordered);
        let digits: String =
            body.trim_start_matches('(').chars().take_while(char::is_ascii_digit).take(4).collect();
        builder.number(digits.parse().ok());
        self.0.push(column);
    }

    /// Ends the items whose marker stands at `column` or further right.
    pub(crate) fn close_from(&mut self, builder: &mut Builder, column: usize) {
        while self.0.last().is_some_and(|&open| open >= column) {
            self.0.pop();
            builder.end_item();
        }
    }

    /// Ends all items.
    pub(crate) fn close_all(&mut self, builder: &mut Builder) {
        self.close_from(builder, 0);
    }

    /// The column of the innermost item's marker.
    pub(crate) fn column(&self) -> Option<usize> {
        self.0.last().copied()
    }
}

/// A list marker at the start of `body`: its length in bytes and whether it counts.
pub(crate) fn marker(body: &str) -> Option<(usize, bool)> {
    let bullets = ["- ", "* ", "+ ", "• ", "‣ ", "▪ ", "◦ ", "– ", "●\t", "•\t", "-\t", "*\t", "· ", "● "];
    if let Some(bullet) = bullets.iter().find(|bullet| body.starts_with(**bullet)) {
        return Some((bullet.len(), false));
    }
    if let Some(length) = roman(body) {
        return Some((length, true));
    }
    let open = usize::from(body.starts_with('('));
    let number = body[open..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'#').count();
    let letter = usize::from(number == 0 && body[open..].starts_with(|c: char| c.is_ascii_lowercase()));
    let length = open + number + letter;
    if number + letter == 0 || number > 3 {
        return None;
    }
    let rest = &body[length..];
    let dot = rest.starts_with('.') && letter == 0 || rest.starts_with(')');
    let gap = rest.get(1..).is_some_and(|rest| rest.starts_with([' ', '\t']));
    (dot && gap).then_some((length + 2, true))
}

/// `ii. `, `iv) `: the length of a small Roman number of a list.
fn roman(body: &str) -> Option<usize> {
    let length = body.bytes().take_while(|byte| matches!(byte, b'i' | b'v' | b'x')).count();
    let signed = body[length..].starts_with(['.', ')']) && body[length + 1..].starts_with([' ', '\t']);
    ((1..=4).contains(&length) && signed).then_some(length + 2)
}
