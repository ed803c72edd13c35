//! Edits of a text, by place.

use std::ops::Range;

/// Bytes that go, and what comes in their place. No `Debug`: it is part of a command.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}

/// Whether two edits touch the same bytes, so that one would undo the place of the other. Two insertions at one place
/// stand behind each other.
pub(super) fn collide(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (&one.range, &other.range);
    a.start < b.end && b.start < a.end || (a.is_empty() != b.is_empty() && inside(a, b))
}

/// Makes the edits, which must not collide; those at one place in their own order.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for edit in &edits {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.with);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    out
}

fn inside(a: &Range<usize>, b: &Range<usize>) -> bool {
    let (point, range) = if a.is_empty() { (a.start, b) } else { (b.start, a) };
    range.start < point && point < range.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, with: &str) -> Edit {
        Edit { range, with: with.to_owned() }
    }

    #[test]
    fn edits_are_made_at_their_places_whatever_their_order() {
        let edits = vec![edit(6..9, "C"), edit(3..3, "x"), edit(0..3, "A"), edit(3..3, "y")];
        assert!(apply("aaabbbccc", edits) == "AxybbbC");
    }

    #[test]
    fn only_edits_that_touch_the_same_bytes_collide() {
        assert!(collide(&edit(0..4, ""), &edit(3..6, "")));
        assert!(collide(&edit(2..2, "x"), &edit(0..4, "")));
        assert!(!collide(&edit(4..4, "x"), &edit(0..4, "")));
        assert!(!collide(&edit(4..4, "x"), &edit(4..4, "y")));
        assert!(!collide(&edit(0..2, ""), &edit(2..4, "")));
    }
}
