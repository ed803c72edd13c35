//! Patterns, compiled so that the first page of a process does not wait for them.

use regex::Regex;

/// What `\w` stands for: letters and digits of ASCII, and beyond it whole stretches of Unicode that hold letters.
const WORD: &str = r"[0-9A-Za-z_\u{AA}\u{B5}\u{BA}\u{C0}-\u{1FFF}\u{2C00}-\u{2DFF}\u{3005}-\u{3007}\u{3021}-\u{FDFF}\u{FE70}-\u{FEFE}\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{FF66}-\u{FFDC}\u{20000}-\u{3FFFF}]";
/// What `\W` stands for: the rest.
const OTHER: &str = r"[^0-9A-Za-z_\u{AA}\u{B5}\u{BA}\u{C0}-\u{1FFF}\u{2C00}-\u{2DFF}\u{3005}-\u{3007}\u{3021}-\u{FDFF}\u{FE70}-\u{FEFE}\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{FF66}-\u{FFDC}\u{20000}-\u{3FFFF}]";

/// What `\s` stands for: the white space that pages hold.
const SPACE: &str = r"[\t-\r\x20\u{A0}\u{3000}]";

/// Compiles a pattern of this crate. Its `\w`, `\W`, `\d`, `\s` and `\b` are coarser than Unicode's own: those
/// tables have hundreds of ranges, and repeated forty times they cost more than reading the page.
pub(crate) fn pattern(source: &str) -> Regex {
    Regex::new(&with_coarse_classes(source)).expect("a valid pattern")
}

fn with_coarse_classes(source: &str) -> String {
    let mut written = String::with_capacity(source.len() * 2);
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            written.push(c);
            continue;
        }
        match chars.next() {
            Some('w') => written.push_str(WORD),
            Some('W') => written.push_str(OTHER),
            Some('d') => written.push_str("[0-9]"),
            Some('s') => written.push_str(SPACE),
            // A boundary of Unicode's words costs a second automaton; patterns of ASCII words need none.
            Some('b') if source.is_ascii() => written.push_str(r"(?-u:\b)"),
            escaped => written.extend(['\\'].into_iter().chain(escaped)),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_scripts_stay_words_and_their_punctuation_stays_punctuation() {
        let word = pattern(r"^\w+$");
        for text in ["pod_1", "exécuté", "überprüfen", "проверить", "確認", "執行"] {
            assert!(word.is_match(text), "{text}");
        }
        let other = pattern(r"^\W+$");
        for text in ["-- ", "«»", "—", "。", "：", "（）", "→", "✓", "🚨"] {
            assert!(other.is_match(text), "{text}");
        }
    }

    #[test]
    fn an_escaped_backslash_before_a_letter_is_no_class() {
        assert!(pattern(r"^\\w[\w-]\d$").is_match(r"\w-1"));
        assert!(!pattern(r"^\d$").is_match("٣"));
    }
}
