//! Line numbers that a page copied along with its code.

use super::statement::code_lines;
use crate::mapped::Mapped;

/// The text without its line numbers, when every line that is not blank carries the next one.
pub(crate) fn without_numbers(text: &Mapped) -> Option<Mapped> {
    let body = text.text();
    if !body.trim_start().starts_with('1') {
        return None;
    }
    let mut bare = Mapped::default();
    let mut next = 1;
    for line in code_lines(body) {
        let end = line.start + line.text.len();
        let start = if line.text.trim().is_empty() {
            line.start
        } else {
            let number = numbered(line.text, next)?;
            next += 1;
            line.start + number
        };
        bare.push_part(text, start..end);
        bare.push_part(text, end..(end + 1).min(body.len()));
    }
    (next > 2 || marked(body)).then_some(bare)
}

/// The bytes that the number of a line takes, with its sign and one space behind it.
fn numbered(line: &str, number: usize) -> Option<usize> {
    let body = line.trim_start();
    let rest = body.strip_prefix(&number.to_string())?;
    let signed = rest.trim_start().strip_prefix([':', '|', ')', '.']);
    let code = match signed {
        Some(code) if code.is_empty() || code.starts_with([' ', '\t']) => code,
        _ if rest.starts_with([' ', '\t']) => &rest[1..],
        _ if rest.is_empty() => rest,
        _ => return None,
    };
    let code = code.strip_prefix([' ', '\t']).unwrap_or(code);
    Some(line.len() - code.len())
}

/// Whether a sign follows the first number: one line alone may be anything without it.
fn marked(body: &str) -> bool {
    body.trim_start().strip_prefix('1').is_some_and(|rest| rest.trim_start().starts_with([':', '|', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> Option<String> {
        without_numbers(&Mapped::verbatim(text, 0..text.len())).map(|bare| bare.text().to_owned())
    }

    #[test]
    fn numbers_that_count_the_lines_are_left_out() {
        assert_eq!(bare("1  a\n2    b\n\n3 c").as_deref(), Some("a\n  b\n\nc"));
        assert_eq!(bare(" 9 | a"), None);
        assert_eq!(bare("1: a").as_deref(), Some("a"));
        assert_eq!(bare(" 1 | for x\n 2 |   a\n").as_deref(), Some("for x\n  a\n"));
    }

    #[test]
    fn numbers_that_do_not_count_the_lines_stay() {
        assert_eq!(bare("1 row in set"), None);
        assert_eq!(bare("1 a\n3 b"), None);
        assert_eq!(bare("1.5 a\n2 b"), None);
    }
}
