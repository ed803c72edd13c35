//! Draws a command so that what a person sees is what runs (reliability.md 4.5).

use std::borrow::Cow;

/// A piece of a drawing: `start..end` are the bytes of the text that `text` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'t> {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What is drawn.
    pub text: Cow<'t, str>,
    /// Whether something else is drawn than what stands in the text.
    pub token: bool,
}

/// Every code point that could hide or deceive becomes a visible token `⟨U+XXXX⟩`; TAB and LF become `⇥` and `⏎`
/// (LF also ends the line); runs of two or more spaces carry their count. The drawing is injective:
/// two commands that look alike are alike.
pub fn visible(text: &str) -> String {
    pieces(text).map(|piece| piece.text).collect()
}

/// The same drawing in pieces, each with the bytes it stands for: to underline some of them.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        while first == ' ' && chars.next_if(|(_, c)| *c == ' ').is_some() {}
        let end = chars.peek().map_or(text.len(), |(at, _)| *at);
        let token = match first {
            ' ' if end - start == 1 => None,
            ' ' => Some(format!("⟨{} spaces⟩", end - start).into()),
            '\n' => Some("⏎\n".into()),
            '\t' => Some("⇥".into()),
            c if is_plain(c) => None,
            c => Some(format!("⟨U+{:04X}⟩", u32::from(c)).into()),
        };
        let plain = text.get(start..end).unwrap_or_default();
        Some(Piece { start, end, token: token.is_some(), text: token.unwrap_or(Cow::Borrowed(plain)) })
    })
}

/// Whether the text holds a character that `visible` draws as a token.
pub fn is_deceptive(text: &str) -> bool {
    text.chars().any(|c| !is_plain(c) && !matches!(c, '\n' | '\t'))
}

/// Printable ASCII, and letters and digits of scripts that do not imitate ASCII.
fn is_plain(c: char) -> bool {
    c.is_ascii_graphic()
        || c == ' '
        || matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{17f}') // Latin letters with marks
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_drawn() {
        assert_eq!(visible("ls\u{200b} -a"), "ls⟨U+200B⟩ -a");
        assert_eq!(visible("a  b\tc\nd"), "a⟨2 spaces⟩b⇥c⏎\nd");
        assert_eq!(visible("\u{202e}mr"), "⟨U+202E⟩mr");
        assert_eq!(visible("r\u{0442}"), "r⟨U+0442⟩");
    }

    proptest! {
        #[test]
        fn commands_that_look_alike_are_alike(a in "[ -~\\t\\n\u{200b}\u{a0}⟨⟩⏎⇥é]{0,12}", b in "[ -~\\t\\n\u{200b}\u{a0}⟨⟩⏎⇥é]{0,12}") {
            prop_assert!(visible(&a) != visible(&b) || a == b);
        }
    }
}
