//! Places on a machine: system programs, secrets, what a machine lives on.

use std::borrow::Cow;

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::call::Call;
use crate::report::{Report, Scope};
use crate::shell::word::Word;
use crate::table::{
    CRITICAL_PATHS, DECODERS, HARMLESS_DEVICES, Opens, PRINTS_OPERANDS, SECRET_NAMES, SECRET_PARTS,
    SYSTEM_FOLDERS,
};

/// The last part of a program's path.
pub(crate) fn program_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether the path points into a folder that only the system's packages fill.
pub(crate) fn is_system_program(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, _)| SYSTEM_FOLDERS.contains(&folder))
}

/// Whether a text fits a pattern that may be open (`*`) at either end.
pub(crate) fn looks_like(text: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

/// Whether a file of this name holds secrets.
pub(crate) fn is_secret(path: &str) -> bool {
    let name = program_name(path);
    SECRET_PARTS.iter().any(|part| path.contains(part))
        || SECRET_NAMES.iter().any(|want| looks_like(name, want))
}

/// Whether an unquoted pattern could mean a secret file.
fn may_mean_secret(word: &Word<'_>) -> bool {
    let name = program_name(&word.text);
    let known = name.bytes().filter(|byte| !b"*?[]".contains(byte)).count();
    let names = SECRET_NAMES.iter().chain(&["shadow", "gshadow"]).filter(|name| !name.contains('*'));
    word.glob && known > 2 && names.into_iter().any(|secret| glob_fits(name.as_bytes(), secret.as_bytes()))
}

/// Whether a pattern, as find's `-name` takes it, could mean a secret file.
pub(crate) fn seeks_secret(word: &Word<'_>) -> bool {
    is_secret(&word.text) || may_mean_secret(&Word { glob: true, ..word.clone() })
}

/// Most secrets that a text is said to look for.
const MOST_SOUGHT: usize = 4;

/// The names of secrets among the words of a text, such as those that find or grep look for.
pub(crate) fn sought(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "'\"`$(){};|&<>=,^".contains(c));
    let names = words.filter_map(|word| match word {
        "secret" | "secrets" => Some("secret/x"),
        _ if word.starts_with("secret/") => Some(word),
        _ if word.len() > 2 && seeks_secret(&Word::known(word, 0, 0)) => Some(word),
        _ => None,
    });
    names.take(MOST_SOUGHT).map(str::to_owned).collect()
}

/// The names that fit a shell pattern with enough known letters.
pub(crate) fn fitting<'n>(pattern: &str, names: &'n [&'n str]) -> impl Iterator<Item = &'n str> {
    let known = pattern.bytes().filter(|byte| byte.is_ascii_alphanumeric()).count();
    names.iter().copied().filter(move |name| known > 0 && glob_fits(pattern.as_bytes(), name.as_bytes()))
}

/// Shell patterns; a bracket fits any one character. What the last `*` took grows until the rest fits: no more than
/// the product of both lengths, which are short.
fn glob_fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                retry = Some((at, here));
                continue;
            }
            None if here == name.len() => return true,
            Some(&wanted) if here < name.len() && fits_one(wanted, name[here]) => {
                at += element_length(&pattern[at..]);
                here += 1;
                continue;
            }
            _ => {}
        }
        let Some((after, taken)) = retry.filter(|(_, taken)| *taken < name.len()) else { return false };
        (at, here) = (after, taken + 1);
        retry = Some((after, taken + 1));
    }
}

fn fits_one(wanted: u8, byte: u8) -> bool {
    matches!(wanted, b'?' | b'[') || wanted == byte
}

/// A bracket ends behind its `]`, or is a character of its own where it has none.
fn element_length(pattern: &[u8]) -> usize {
    let bracket = pattern[0] == b'[';
    1 + if bracket { pattern.iter().position(|byte| *byte == b']').unwrap_or(0) } else { 0 }
}

/// Whether the machine, its accounts or its boot depend on what is at this path.
pub(crate) fn is_critical(path: &str) -> bool {
    let path = lexical(path);
    if HARMLESS_DEVICES.iter().any(|device| looks_like(&path, device)) {
        return false;
    }
    CRITICAL_PATHS.iter().any(|want| match want.strip_prefix('*') {
        Some(part) => path.contains(part),
        None => path == *want || (path.starts_with(want) && path.as_bytes().get(want.len()) == Some(&b'/')),
    })
}

/// A path as seen from a folder.
pub(crate) fn within<'p>(folder: Option<&str>, path: &'p str) -> Cow<'p, str> {
    match folder {
        Some(folder) if !path.starts_with(['/', '~', '-', '$']) => {
            Cow::Owned(lexical(&format!("{folder}/{path}")))
        }
        _ => Cow::Borrowed(path),
    }
}

fn is_secret_within(folder: Option<&str>, path: &str) -> bool {
    folder.is_some() && is_secret(&within(folder, path))
}

/// The path with `//`, `.` and `..` taken out.
pub(crate) fn lexical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// Adds a finding for each operand or flag value that names a secret, when the program shows what it opens.
pub(crate) fn secrets(call: &Call<'_>, folder: Option<&str>, scope: &Scope<'_>, report: &mut Report) {
    decoded_operands(call, scope, report);
    let skip = match call.program.opens {
        Opens::None => return,
        // With `-e` or `-f` the pattern is a flag's value, and the first operand is a file.
        Opens::AfterFirst => usize::from(!call.flags.iter().any(|seen| is_pattern_flag(&seen.name))),
        Opens::All => 0,
    };
    for word in call.operand_words().skip(skip) {
        if is_secret(&word.text) || may_mean_secret(word) || is_secret_within(folder, &word.text) {
            secret(word, scope, report);
        }
    }
    for seen in &call.flags {
        let value = seen.value.as_deref().unwrap_or_default();
        if is_secret(value.strip_prefix('@').unwrap_or(value)) {
            secret(seen.word, scope, report);
        }
    }
}

fn is_pattern_flag(name: &str) -> bool {
    matches!(name, "-e" | "-f" | "--files" | "--regexp" | "--file" | "--expression")
}

fn decoded_operands(call: &Call<'_>, scope: &Scope<'_>, report: &mut Report) {
    if PRINTS_OPERANDS.contains(&program_name(&call.words[0].text)) {
        return;
    }
    for word in call.operand_words().filter(|word| word.opaque) {
        decoded(scope.text.get(word.start..word.end).unwrap_or_default(), scope.span_of(word), report);
    }
}

/// Adds a finding when a substitution in this text decodes or encodes: nobody sees which file or name comes of it,
/// or what it carries away.
pub(crate) fn decoded(source: &str, span: CommandSpan, report: &mut Report) {
    let mut words = source.split(|c: char| !c.is_alphanumeric());
    if (source.contains("$(") || source.contains('`')) && words.any(|word| DECODERS.contains(&word)) {
        let why = "this is decoded or encoded only when it runs: nobody sees beforehand what it is";
        report.note("secret.decoded", ScannerRisk::Unknown, span, why);
    }
}

/// The finding for reading a secret.
pub(crate) fn secret(word: &Word<'_>, scope: &Scope<'_>, report: &mut Report) {
    let why = "shows a secret: whoever reads the output or the log has it";
    report.note("secret.read", ScannerRisk::Caution, scope.span_of(word), why);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by trying everything.
    fn fits_somehow(pattern: &[u8], name: &[u8]) -> bool {
        let Some(&wanted) = pattern.first() else { return name.is_empty() };
        if wanted == b'*' {
            return (0..=name.len()).any(|taken| fits_somehow(&pattern[1..], &name[taken..]));
        }
        let rest = &pattern[element_length(pattern)..];
        name.first().is_some_and(|&byte| fits_one(wanted, byte) && fits_somehow(rest, &name[1..]))
    }

    proptest! {
        #[test]
        fn a_pattern_fits_what_it_fits_somehow(pattern in "[ab*?\\[\\]]{0,8}", name in "[ab]{0,8}") {
            let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(glob_fits(pattern, name), fits_somehow(pattern, name));
        }
    }
}
