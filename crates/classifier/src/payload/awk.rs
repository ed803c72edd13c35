//! awk scripts: only those that compute and print.

use dd0c_types::ScannerRisk;

/// Words with effects, or that read programs from elsewhere.
const EFFECTS: &[&str] = &["system", "getline", "close", "fflush"];

/// Whether the script only prints. Strings and patterns are taken out before its operators are looked at.
pub(crate) fn judge(script: &str) -> Result<(), (ScannerRisk, &'static str)> {
    if script.contains('@') && (script.contains("@load") || script.contains("@include")) {
        return Err((ScannerRisk::Caution, "the awk script loads other code"));
    }
    let bare = bare(script);
    let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    if bare.split(part).any(|word| EFFECTS.contains(&word)) {
        return Err((ScannerRisk::Caution, "the awk script runs commands or reads other files"));
    }
    if bare.replace("||", "  ").contains('|') {
        return Err((ScannerRisk::Caution, "the awk script pipes to a command"));
    }
    if prints_to_file(&bare) {
        return Err((ScannerRisk::Caution, "the awk script writes to a file"));
    }
    // An indirect call can name any function.
    if bare.contains('@') {
        return Err((ScannerRisk::Unknown, "the awk script calls functions by computed names"));
    }
    Ok(())
}

/// A `>` in a print statement, outside parentheses, is a redirection.
fn prints_to_file(bare: &str) -> bool {
    bare.split([';', '{', '}', '\n']).any(|statement| {
        let Some(at) = statement.find("print") else { return false };
        let mut depth = 0_i32;
        statement[at..].chars().any(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == '>' && depth <= 0
        })
    })
}

/// The script with the inside of strings, patterns and comments blanked.
fn bare(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut inside: Option<char> = None;
    let mut last = '{';
    let mut chars = script.chars();
    while let Some(c) = chars.next() {
        if let Some(end) = inside {
            if c == '\\' {
                chars.next();
            } else if c == end {
                inside = None;
            }
        } else {
            inside = opens(c, last);
            if inside.is_none() {
                out.push(c);
            }
        }
        if inside.is_none() && !c.is_whitespace() {
            last = c;
        }
    }
    out
}

/// What ends the string, pattern or comment that `c` opens after `last`. A `/` after a value divides.
fn opens(c: char, last: char) -> Option<char> {
    match c {
        '"' => Some('"'),
        '/' if "{(,~!&|;\n}".contains(last) => Some('/'),
        '#' => Some('\n'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_only_print_pass() {
        for script in [
            "{print $1}",
            "NR==1{ print $2 }",
            "$3 > 80 {print}",
            "/a|b/ {print $1}",
            "{s+=$1} END {print s/NR}",
        ] {
            assert_eq!(judge(script), Ok(()), "{script}");
        }
    }

    #[test]
    fn scripts_with_effects_do_not() {
        for script in [
            "BEGIN{system(\"id\")}",
            "{print > \"f\"}",
            "{print $1 | \"sh\"}",
            "{\"date\" | getline d}",
            "{print $1 >> f}",
            "{ print $1, $2 > $3 }",
        ] {
            assert!(judge(script).is_err(), "{script}");
        }
    }
}
