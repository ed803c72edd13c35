//! The shell variables that a statement sets.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
static ASSIGNED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?m)(?:^|[;&|({\n]|\b(?:do|then|else|export|local|declare|readonly|typeset)\b)\s*(?:(?:export|local|declare|readonly|typeset)\s+)?(?:-\w+\s+)*([A-Za-z_]\w*)(?:\[[^\]\n]*\])?\+?=",
    )
});
static EXPORTED: LazyLock<Pattern> = LazyLock::new(|| pattern(r"\s([A-Za-z_]\w*)="));
static READ: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r#"\b(?:read|mapfile|readarray)\s+(?:-\w+\s+|"[^"]*"\s+|'[^']*'\s+)*([A-Za-z_]\w*)"#)
});
static LOOP: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"\b(?:for|select)\s+([A-Za-z_]\w*)\s+in\b|\b(?:foreach)\s*\(\s*\$(\w+)\s+in|--arg(?:json)?\s+(\w+)|printf\s+-v\s+(\w+)",
    )
});
static PREFIX: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r#"(?:^|\s)([A-Za-z_]\w*)=(?:"[^"]*"|'[^']*'|[^\s"']*)\s+[\w./]"#));
static POWERSHELL: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?m)^\s*\$(?:env:)?([A-Za-z_]\w*)\s*=[^=]"));

/// What a statement leaves behind for later ones.
pub(crate) fn sets(statement: &str, language: &str) -> BTreeSet<String> {
    let pattern = match language {
        "bash" => &ASSIGNED,
        "powershell" => &POWERSHELL,
        _ => return BTreeSet::new(),
    };
    let mut names: BTreeSet<String> = pattern
        .captures_iter(statement)
        .filter_map(|captures| captures.get(1))
        .map(|name| name.as_str().to_owned())
        .collect();
    if statement.trim_start().starts_with("export ") {
        let head = statement.split(['$', '"', '\'', '`']).next().unwrap_or_default();
        names.extend(
            EXPORTED
                .captures_iter(head)
                .filter_map(|captures| captures.get(1))
                .map(|name| name.as_str().to_owned()),
        );
    }
    names.extend(
        READ.captures_iter(statement)
            .filter_map(|captures| captures.get(1))
            .map(|name| name.as_str().to_owned()),
    );
    if language == "bash" && is_prefix_only(statement) {
        names.clear();
    }
    names
}

/// `ETCDCTL_API=3 etcdctl …` sets nothing for later.
fn is_prefix_only(statement: &str) -> bool {
    let body = statement.trim_start();
    let assigned = crate::candidates::shape::is_assignment(body);
    assigned
        && !crate::candidates::shape::is_assignment(crate::candidates::shape::program(body))
        && !body.contains([';', '\n'])
}

/// Names that are the statement's own: loop variables and prefixes of one command.
pub(crate) fn internal(statement: &str) -> BTreeSet<String> {
    let loops = LOOP
        .captures_iter(statement)
        .flat_map(|captures| captures.inner().map(|name| name.as_str().to_owned()).collect::<Vec<_>>());
    let prefixes = PREFIX
        .captures_iter(statement)
        .filter_map(|captures| captures.get(1))
        .map(|name| name.as_str().to_owned());
    loops.chain(prefixes).collect()
}
