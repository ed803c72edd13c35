//! What kind of step a sentence or a command is.

use std::sync::LazyLock;

use dd0c_types::runbook::StepKind;

use crate::candidates::{Statement, shape};
use crate::patterns::{Pattern, pattern};
use crate::sentences::{self, Asks};

static GOTO: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:go|skip|jump|proceed|return|move|continue)\b.{0,20}\b(?:to|with|at) (?:the )?(?:step|section|next|previous|part|chapter|above|below)|^\W*(?:choose|decide|select one|pick one)\b",
    )
});
static STATES: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)\b(?:should|will|must|appears?|shows?|contains?)\b"));

/// The kind of a step without a command.
pub(crate) fn manual_kind(sentence: &str, bare: bool) -> StepKind {
    let jumps = GOTO.is_match(sentence);
    match sentences::asks(sentence) {
        _ if jumps => StepKind::Decision,
        Asks::Look => StepKind::Check,
        Asks::Nothing if bare || STATES.is_match(sentence) => StepKind::Check,
        _ => StepKind::Manual,
    }
}

/// Whether a command looks or acts: by the title's verb, and never `check` for a command that plainly acts.
pub(crate) fn kind_of(title: &str, statement: &Statement) -> StepKind {
    let text = statement.text.text();
    let name = shape::program(text);
    let acts = shape::is_assignment(text)
        || text.split_whitespace().any(|word| {
            matches!(
                word,
                "delete"
                    | "rm"
                    | "apply"
                    | "create"
                    | "restart"
                    | "stop"
                    | "start"
                    | "scale"
                    | "patch"
                    | "drain"
                    | "edit"
                    | "set"
                    | "install"
                    | "upgrade"
                    | "rollback"
                    | "kill"
                    | "destroy"
                    | "taint"
                    | "put"
                    | "update"
            )
        })
        || matches!(name, "export" | "cd" | "vim" | "vi" | "nano" | "ssh" | "rm" | "mv" | "cp" | "kill");
    match sentences::asks(title) {
        Asks::Look if !acts => StepKind::Check,
        Asks::Nothing if !acts && looks(text) => StepKind::Check,
        _ => StepKind::Command,
    }
}

fn looks(text: &str) -> bool {
    let looking = [
        "get", "describe", "logs", "status", "list", "show", "cat", "ls", "grep", "top", "df", "ps", "tail",
        "head", "version", "info", "SELECT", "SHOW",
    ];
    text.split_whitespace().take(3).any(|word| looking.contains(&word))
}
