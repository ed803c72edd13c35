//! Mails: the marks of quoting before each line are left out, so that what was quoted is read like the rest.

use std::sync::LazyLock;

use super::lines::lines;
use crate::mapped::Mapped;
use crate::patterns::{Pattern, pattern};

static HEADER: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"(?m)^(?:From|Von|De|Da|Subject|Betreff|Objet|Asunto|Assunto|Sent|Gesendet): \S")
});
static WROTE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?m)^[^\n]{0,200}\b(?:wrote|writes|schrieb|a (?:é|e)crit|escribi(?:ó|o)|escreveu|ha scritto) ?:[ \t]*\r?$",
    )
});
static QUOTED: LazyLock<Pattern> = LazyLock::new(|| pattern(r"(?m)^>"));
static SUBJECT: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?m)^(?:Subject|Betreff|Objet|Asunto|Assunto):[ \t]+(?:(?:Re|RE|AW|Fwd?|FW|TR|RV): *)*(\S[^\n]*?)[ \t\r]*$",
    )
});

/// The text without the marks of quoting; none when it is no mail or quotes nothing.
pub(crate) fn unquoted(text: &str) -> Option<Mapped> {
    if !QUOTED.is_match(text) || !HEADER.is_match(text) && !WROTE.is_match(text) {
        return None;
    }
    let mut plain = Mapped::default();
    for line in lines(text) {
        let marks = quoting(line.text);
        plain.push_verbatim(text, line.range.start + marks..line.end(text));
    }
    Some(plain)
}

/// What a mail is about.
pub(crate) fn subject(text: &str) -> Option<&str> {
    let subject = SUBJECT.captures(text).filter(|_| HEADER.is_match(text))?.get(1)?;
    Some(subject.as_str())
}

/// The bytes of `> `, `>> ` and `> > ` at the start of a line.
fn quoting(line: &str) -> usize {
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >")) {
        rest = inner;
    }
    let marks = line.len() - rest.len();
    if marks > 0 && rest.starts_with(' ') { marks + 1 } else { marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_lose_their_marks_and_keep_their_place() {
        let mail = "From: a@example.com\nSubject: Re: AW: disk full\n\n>> ls -l\n> b\nc\n";
        let plain = unquoted(mail).unwrap();
        assert!(plain.text().ends_with("\n\nls -l\nb\nc\n"));
        let at = plain.text().find("ls -l").unwrap();
        assert_eq!(plain.span(at..at + 5).slice(mail), Some("ls -l"));
        assert_eq!(subject(mail), Some("disk full"));
        assert!(unquoted("> ls -l\n").is_none());
    }
}
