//! Secrets that stand in a text in the clear.

use std::ops::Range;
use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};

/// Keys whose shape alone gives them away.
static SHAPED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{18,}|\bxox[abprs]-[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}|\bsk_live_\w{16,}|\bAIza[\w-]{30,}|\bhvs\.[\w-]{20,}|\bdop_v1_[0-9a-f]{40,}",
    )
});
/// A name that says secret, and a value beside it.
static NAMED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:password|passwd|passwort|mot de passe|secret|token|api[_-]?key|access[_-]?key)[\x22']?\s*[=:]\s*[\x22']?([A-Za-z0-9+/!@#%^*_-]{8,})",
    )
});
/// A password between a user and a host.
static IN_ADDRESS: LazyLock<Pattern> = LazyLock::new(|| pattern(r"://[^/\s:<\x24{]+:([^@/\s<\x24{]{4,})@"));
/// `mysql -pSecret`.
static OPTION: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"\b(?:mysql\w*|mariadb\w*|mongo\w*|sshpass)\b[^|;&\n]{0,120}\s-p([^\s<\x24=-]\S{5,})")
});
/// A value that stands for one.
static HOLDER: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:your|my_|xxx|change|example|\*|test|dummy|redacted|todo|none|null|true|false|required|secret|password|placeholder)|^[A-Z_]+$|^[a-z]+(?:[-_][a-z]+)*$",
    )
});

/// The places of secrets in a text, in order.
pub(crate) fn places(text: &str) -> Vec<Range<usize>> {
    if !may_hold(text) {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = SHAPED.find_iter(text).map(|fit| fit.range()).collect();
    for rule in [&*NAMED, &*IN_ADDRESS, &*OPTION] {
        let values = rule.captures_iter(text).filter_map(|groups| groups.get(1));
        found.extend(values.filter(|value| is_value(value.as_str())).map(|value| value.range()));
    }
    found.sort_by_key(|range| (range.start, range.end));
    found.dedup_by(|next, before| next.start < before.end);
    found
}

/// Signs without which no rule fits: they cost less than the rules.
fn may_hold(text: &str) -> bool {
    const SIGNS: [&str; 22] = [
        "AKIA",
        "ASIA",
        "gh",
        "glpat",
        "xox",
        "PRIVATE KEY",
        "eyJ",
        "sk_live",
        "AIza",
        "hvs.",
        "dop_v1",
        "assw",
        "PASSW",
        "ecret",
        "SECRET",
        "oken",
        "TOKEN",
        "ey=",
        "KEY",
        "key",
        "://",
        " -p",
    ];
    text.len() >= 8 && SIGNS.iter().any(|sign| text.contains(sign))
}

/// Not a placeholder, and not a plain word.
fn is_value(value: &str) -> bool {
    !HOLDER.is_match(value)
}
