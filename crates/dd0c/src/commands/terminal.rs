//! How wide the terminal is, and text that fits it.

use dd0c_types::visible::{Piece, pieces, visible};

/// The columns that are used when standard output is no terminal.
const WITHOUT_TERMINAL: usize = 100;
/// The least and the most columns that lines are made for.
const BOUNDS: (usize, usize) = (40, 160);

/// How many columns a line may have: those of the terminal, between 40 and 160; 100 when there is none.
pub fn width() -> usize {
    let found = terminal_size::terminal_size().map_or(WITHOUT_TERMINAL, |(columns, _)| columns.0.into());
    found.clamp(BOUNDS.0, BOUNDS.1)
}

/// How many columns a text takes. Of the characters that are drawn as they are, those of East Asia take two.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Words of a page for a terminal: whatever could steer the terminal or hide in it becomes a visible token.
pub fn prose(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !c.is_whitespace())
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|c| if hidden(c) { visible(c.encode_utf8(&mut [0; 4])) } else { c.to_string() })
        .collect()
}

/// Breaks a sentence into lines of at most `width` columns, at spaces; a word that is longer than a line is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| columns(line));
        if line > 0 && line + 1 + columns(word) > width {
            lines.push(String::new());
        } else if line > 0 {
            append(&mut lines, " ");
        }
        for part in cut(word, width) {
            if lines.last().is_some_and(|line| !line.is_empty() && columns(line) + columns(&part) > width) {
                lines.push(String::new());
            }
            append(&mut lines, &part);
        }
    }
    lines
}

fn append(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// A command for reading, not for deciding: as [`visible`] draws it, but with its blanks and its lines as they stand.
pub fn readable(command: &str) -> String {
    let drawn = |piece: Piece<'_>| match command.get(piece.start..piece.end) {
        Some(blank) if blank.starts_with([' ', '\n']) => blank.to_owned(),
        _ => piece.text.into_owned(),
    };
    pieces(command).map(drawn).collect()
}

/// Breaks a line at blanks, without changing any, into parts of at most `width` columns.
pub fn broken(line: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let taken = parts.last().map_or(0, |part| columns(part));
        if taken > 0 && taken + columns(word.trim_end()) > width {
            parts.push(String::new());
        }
        for (at, piece) in cut(word.trim_end(), width).iter().enumerate() {
            if at > 0 {
                parts.push(String::new());
            }
            append(&mut parts, piece);
        }
        append(&mut parts, if word.ends_with(' ') { " " } else { "" });
    }
    parts
}

/// Cuts a text into parts of at most `width` columns.
pub fn cut(text: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut taken = 0;
    for c in text.chars() {
        let own = columns(c.encode_utf8(&mut [0; 4]));
        if taken + own > width && taken > 0 {
            parts.push(String::new());
            taken = 0;
        }
        taken += own;
        append(&mut parts, c.encode_utf8(&mut [0; 4]));
    }
    parts
}

/// A text and as many blanks as it lacks of `width` columns.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Puts `first` before the first line and as many blanks before the others.
pub fn hanging(first: &str, lines: &[String]) -> String {
    let blanks = " ".repeat(columns(first));
    let at = |index: usize| if index == 0 { first } else { blanks.as_str() };
    let lines: Vec<_> = lines.iter().enumerate().map(|(i, line)| format!("{}{line}", at(i))).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_of_east_asia_take_two_columns() {
        assert_eq!(columns("kubectl"), 7);
        assert_eq!(columns("重启"), 4);
        assert_eq!(padded("é", 3), "é  ");
    }

    #[test]
    fn a_page_cannot_steer_the_terminal() {
        assert_eq!(prose("a\u{1b}[2Jb\u{202e}c é重"), "a⟨U+001B⟩[2Jb⟨U+202E⟩c é重");
    }

    #[test]
    fn a_command_is_read_with_its_own_blanks_and_nothing_hidden() {
        assert_eq!(readable("a \\\n    -n\u{200b}"), "a \\\n    -n⟨U+200B⟩");
        assert_eq!(broken("ab  cd efg", 4), ["ab  ", "cd ", "efg"]);
        assert_eq!(broken("abcdefgh i", 4), ["abcd", "efgh ", "i"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_word_is_lost(text in "[a-z重é ]{0,80}", width in 2_usize..30) {
            let lines = wrapped(&text, width);
            prop_assert!(lines.iter().all(|line| columns(line) <= width), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
