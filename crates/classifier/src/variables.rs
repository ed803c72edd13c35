//! Variables whose name says that they hold a secret, where their value is shown.

use crate::call::Call;
use crate::paths;
use crate::report::{Report, Scope};
use crate::shell::word::Word;
use crate::table::{PRINTS_OPERANDS, SECRET_VARIABLES};

/// Adds a finding for each such variable among the operands of a program that prints them.
pub(crate) fn printed(name: &str, call: &Call<'_>, scope: &Scope<'_>, report: &mut Report) {
    if PRINTS_OPERANDS.contains(&name) {
        call.operand_words().for_each(|word| shown(word, scope, report));
    }
}

/// Adds a finding when the word holds such a variable.
pub(crate) fn shown(word: &Word<'_>, scope: &Scope<'_>, report: &mut Report) {
    let written = scope.text.get(word.start..word.end).unwrap_or_default();
    if word.opaque && names(written).any(is_secret) {
        paths::secret(word, scope, report);
    }
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
