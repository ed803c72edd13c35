//! Variables: those that hold secrets, those that change what programs do, and values that are known.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::call::Call;
use crate::paths;
use crate::report::{Report, Scope};
use crate::shell::text::OPAQUE;
use crate::shell::tree::MOST_BYTES;
use crate::shell::word::Word;
use crate::table::{PRINTS_OPERANDS, RISKY_VARIABLES, SECRET_VARIABLES};

/// Most values that are remembered of one variable.
const MOST_VALUES: usize = 8;
/// Most variables whose values are remembered.
const MOST_VARIABLES: usize = 32;

/// Adds a finding for each such variable among the operands of a program that prints them.
pub(crate) fn printed(name: &str, call: &Call<'_>, scope: &Scope<'_>, report: &mut Report) {
    if PRINTS_OPERANDS.contains(&name) {
        call.operand_words().for_each(|word| shown(word, scope, report));
    }
}

/// Adds a finding when the word holds such a variable.
pub(crate) fn shown(word: &Word<'_>, scope: &Scope<'_>, report: &mut Report) {
    if word.opaque && holds_secret(scope.text.get(word.start..word.end).unwrap_or_default()) {
        paths::secret(word, scope, report);
    }
}

/// Whether the text as written holds a variable that is named like a secret.
pub(crate) fn holds_secret(written: &str) -> bool {
    names(written).any(is_secret)
}

/// Commands that set the variables they name.
const SETTERS: &[&str] =
    &["read", "mapfile", "readarray", "getopts", "let", "unset", "printf", "export", "declare"];

/// Adds a finding for each risky variable that a command sets by its operands.
pub(crate) fn set(name: &str, call: &Call<'_>, scope: &Scope<'_>, report: &mut Report) {
    if !SETTERS.contains(&name) {
        return;
    }
    // Of printf, only what follows `-v`.
    let start = if name == "printf" { call.words.iter().position(|word| word.text == "-v") } else { Some(0) };
    let count = if name == "printf" { 1 } else { call.words.len() };
    let Some(start) = start else { return };
    for word in call.words.iter().skip(start + 1).take(count) {
        named(word, scope, report);
    }
}

/// A finding when this word, as an operand of `export` or `read`, names a risky variable or may name any.
pub(crate) fn named(word: &Word<'_>, scope: &Scope<'_>, report: &mut Report) {
    let name = word.text.split(['=', '+', '[']).next().unwrap_or_default();
    if name.contains(OPAQUE) {
        let why = "which variable this sets is only known when it runs";
        report.note("shell.dynamic-variable", ScannerRisk::Unknown, scope.span_of(word), why);
    } else {
        assigned(name, scope.span_of(word), report);
    }
}

/// A finding when a variable changes what programs do.
pub(crate) fn assigned(name: &str, span: CommandSpan, report: &mut Report) {
    if is_risky(name) {
        let why = format!("`{name}` changes which code the programs after it run, or whom they speak to");
        report.note("shell.risky-variable", ScannerRisk::Caution, span, why);
    }
}

/// Whether a variable changes what programs do.
pub(crate) fn is_risky(name: &str) -> bool {
    RISKY_VARIABLES.iter().any(|risky| paths::looks_like(name, risky))
}

/// The names behind each `$` and `${`.
fn names(written: &str) -> impl Iterator<Item = &str> {
    written.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches(['{', '!', '#']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        &rest[..end]
    })
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_VARIABLES.iter().any(|known| paths::looks_like(&name, known))
}

/// Values that variables were given in this command, each a value it may have.
#[derive(Default)]
pub(crate) struct Variables(Vec<(String, Vec<String>)>);

impl Variables {
    /// Remembers one more value.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if let Some((_, values)) = self.0.iter_mut().find(|(known, _)| known == name) {
            if values.len() < MOST_VALUES && !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        } else if self.0.len() < MOST_VARIABLES {
            self.0.push((name.to_owned(), vec![value.to_owned()]));
        }
    }

    /// How many values the variable with the most of them has.
    pub(crate) fn most_values(&self) -> usize {
        self.0.iter().map(|(_, values)| values.len()).max().unwrap_or(0)
    }

    /// The words that a word becomes with every `$name` of known value put in, and with the names of secrets
    /// that a command in it looks for. None when nothing is known, or something else in it is dynamic.
    pub(crate) fn put_into(&self, source: &str, choice: usize) -> Option<Vec<String>> {
        let mut text = source.to_owned();
        let mut by_length: Vec<_> = self.0.iter().collect();
        by_length.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, values) in by_length {
            let value = values.get(choice).or(values.last())?;
            text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
            if text.len() > MOST_BYTES {
                return None;
            }
        }
        if text.contains("$(") || text.contains('`') {
            let sought = paths::sought(&text);
            return (!sought.is_empty()).then_some(sought);
        }
        let known = text != source && !text.contains(['$', '`']);
        known.then(|| {
            text.split_ascii_whitespace().map(|part| part.trim_matches(['"', '\'']).to_owned()).collect()
        })
    }
}
