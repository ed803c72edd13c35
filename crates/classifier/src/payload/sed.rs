//! sed scripts: only those that print, delete from the stream and substitute.

use dd0c_types::ScannerRisk;

type Verdict = Result<(), (ScannerRisk, &'static str)>;

const UNREAD: (ScannerRisk, &str) = (ScannerRisk::Unknown, "a sed script that is not understood");
const WRITES: (ScannerRisk, &str) = (ScannerRisk::Caution, "the sed script writes to a file");
const RUNS: (ScannerRisk, &str) = (ScannerRisk::Caution, "the sed script runs a command");
const READS: (ScannerRisk, &str) = (ScannerRisk::Unknown, "the sed script reads another file");

/// Whether the script only edits its stream. Anything not understood is an error.
pub(crate) fn judge(script: &str) -> Verdict {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}'));
        if rest.is_empty() {
            return Ok(());
        }
        rest = command(address(rest)?)?;
    }
}

/// Skips `1,5`, `$`, `/re/`, `\%re%`, `!`.
fn address(mut rest: &str) -> Result<&str, (ScannerRisk, &'static str)> {
    loop {
        let Some(c) = rest.chars().next() else { return Err(UNREAD) };
        rest = match c {
            '/' => delimited(&rest[1..], '/')?,
            '\\' => {
                let end = rest[1..].chars().next().ok_or(UNREAD)?;
                delimited(&rest[1 + end.len_utf8()..], end)?
            }
            'I' | 'M' if rest[1..].starts_with([',', 'p', 'd', 's', '!', '{']) => &rest[1..],
            c if c.is_ascii_digit() || " \t,$!~+".contains(c) => &rest[1..],
            _ => return Ok(rest),
        };
    }
}

/// The text behind the next delimiter that is not escaped.
fn delimited(text: &str, end: char) -> Result<&str, (ScannerRisk, &'static str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == end {
            return Ok(&text[at + c.len_utf8()..]);
        }
    }
    Err(UNREAD)
}

fn command(rest: &str) -> Result<&str, (ScannerRisk, &'static str)> {
    let Some(c) = rest.chars().next() else { return Err(UNREAD) };
    let after = &rest[c.len_utf8()..];
    match c {
        '{' | '}' => Ok(after),
        'p' | 'd' | 'q' | 'Q' | '=' | 'n' | 'N' | 'D' | 'P' | 'h' | 'H' | 'g' | 'G' | 'x' | 'l' | 'z' => {
            ends(after)
        }
        's' => substitute(after),
        'y' => {
            let end = after.chars().next().ok_or(UNREAD)?;
            ends(delimited(delimited(&after[end.len_utf8()..], end)?, end)?)
        }
        'w' | 'W' => Err(WRITES),
        'e' => Err(RUNS),
        'r' | 'R' => Err(READS),
        _ => Err(UNREAD),
    }
}

fn substitute(after: &str) -> Result<&str, (ScannerRisk, &'static str)> {
    let end = after.chars().next().filter(|c| !c.is_alphanumeric() && *c != '\\').ok_or(UNREAD)?;
    let mut rest = delimited(delimited(&after[end.len_utf8()..], end)?, end)?;
    while let Some(c) = rest.chars().next() {
        match c {
            'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => rest = &rest[1..],
            'w' => return Err(WRITES),
            'e' => return Err(RUNS),
            _ => break,
        }
    }
    ends(rest)
}

/// A command ends at a blank, `;`, `}` or the end; digits may follow `q` and `l`.
fn ends(rest: &str) -> Result<&str, (ScannerRisk, &'static str)> {
    let rest = rest.trim_start_matches([' ', '\t']).trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.trim_start_matches([' ', '\t', '\r']);
    if rest.is_empty() || rest.starts_with([';', '}', '\n', '#']) {
        Ok(rest
            .split_once('#')
            .filter(|_| rest.starts_with('#'))
            .map_or(rest, |(_, tail)| tail.split_once('\n').map_or("", |(_, next)| next)))
    } else {
        Err(UNREAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_edit_the_stream_pass() {
        for script in
            ["1,5p", "s/a/b/g", "s|a|b|2p", "/x/d", "$!N;P;D", "/a/,/b/{p;q}", "10q", "y/ab/cd/", "s/a\\/b//"]
        {
            assert_eq!(judge(script), Ok(()), "{script}");
        }
    }

    #[test]
    fn scripts_with_effects_do_not() {
        for script in [
            "1e date",
            "w f",
            "s/a/b/e",
            "s/a/b/w out",
            "s/x/y/gw out",
            "r /etc/shadow",
            "1,3w f",
            "/x/e",
            "s/a/b/;w o",
            "p;e",
        ] {
            assert!(judge(script).is_err(), "{script}");
        }
    }
}
