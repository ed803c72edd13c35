//! Secrets that can be recognised never leave the house: each is replaced before a text is sent.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A secret that was recognised in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The bytes that hold it.
    pub range: Range<usize>,
    /// What it looks like, for people: `an AWS access key`.
    pub looks_like: &'static str,
}

/// What stands in a secret's place.
pub(crate) const MASK: &str = "[secret]";

/// Each kind; the group `s`, or else the whole match, is the secret.
const KINDS: [(&str, &str); 9] = [
    (
        "a private key",
        r"(?:-----)?BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    ),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    (
        "a GitHub or GitLab token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{18,})",
    ),
    ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a model service's key", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("a signed token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?"),
    (
        "an authorisation header",
        r"(?i)\bauthorization:\s*(?:bearer|basic|token)\s+(?P<s>[A-Za-z0-9+/=._~-]{8,})",
    ),
    ("a password in a URL", r"://[^/\s:@<$\{]+:(?P<s>[^@\s/<$\{]{3,})@"),
    (
        "a password or key",
        r#"(?i)\b[\w-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key)[\w-]*["']?\s*[=:]\s*["']?(?P<s>[A-Za-z0-9+/!@#%^*_.~-]{8,})"#,
    ),
];

/// A name in capitals or a word for an example stands where a secret will be; it is none.
const NO_SECRET: &str = r"(?i)^(?:(?-i:[A-Z][A-Z_]*)|(?:your|my|example)[a-z_-]*|change[_-]?me|x{4,}|\*+|redacted|placeholder|null|true|false)$";

static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    KINDS
        .iter()
        .map(|(kind, pattern)| {
            (*kind, Regex::new(pattern).expect("invariant: the patterns are fixed and tested"))
        })
        .collect()
});
static EXAMPLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(NO_SECRET).expect("invariant: the pattern is fixed and tested"));

/// The secrets in a text, in order and apart.
pub fn mask(text: &str) -> Vec<Secret> {
    let mut found: Vec<Secret> = PATTERNS
        .iter()
        .flat_map(|(kind, pattern)| {
            pattern.captures_iter(text).filter_map(move |captures| {
                let secret = captures.name("s").or_else(|| captures.get(0))?;
                let is_example = captures.name("s").is_some() && EXAMPLE.is_match(secret.as_str());
                (!is_example).then_some(Secret { range: secret.range(), looks_like: kind })
            })
        })
        .collect();
    found.sort_by_key(|secret| (secret.range.start, std::cmp::Reverse(secret.range.end)));
    let mut end = 0;
    found.retain(|secret| {
        let apart = secret.range.start >= end;
        end = end.max(secret.range.end);
        apart
    });
    found
}

/// The text with every secret in it replaced.
pub(crate) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for secret in mask(text) {
        out.push_str(&text[at..secret.range.start]);
        out.push_str(MASK);
        at = secret.range.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_replaced_and_named() {
        let cases = [
            ("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7ABCDEFG", "AKIAIOSFODNN7ABCDEFG"),
            ("curl -H 'Authorization: Bearer abcdef0123456789'", "abcdef0123456789"),
            ("psql postgres://app:hunter22@db/prod", "hunter22"),
            ("mysql --password=correcthorse1", "correcthorse1"),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "wJalrXUtnFEMI/K7MDENG"),
            ("token: ghp_0123456789abcdefghijABCDEFGHIJ456789", "ghp_0123456789"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ];
        for (text, secret) in cases {
            let sent = masked(text);
            assert!(!sent.contains(secret) && sent.contains(MASK), "{text} was sent as {sent}");
        }
    }

    #[test]
    fn placeholders_and_ordinary_commands_are_left_as_they_are() {
        for text in [
            "mysql --password=$DB_PASSWORD",
            "export TOKEN=YOUR_TOKEN_HERE",
            "password: <password>",
            "kubectl get secret -n shop",
            "psql postgres://app:${PASS}@db/prod",
            "docker run registry.example/app:1.2@sha256:abc",
            "token=PLACEHOLDER_VALUE",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
