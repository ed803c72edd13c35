//! What a sentence says must hold before starting.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::patterns::pattern;
static NEEDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\byou(?:'ll| will| must| should| need to| also)? (?:must |need to |should )?(?:have|need|require)\b|\brequires?\b|\bmake sure (?:that )?you have\b|\bensure (?:that )?you have\b|\bassum(?:es|ing)(?: that)? you(?: have)?\b|\bmust be (?:logged|connected|authenticated|run (?:from|as|on)|executed (?:from|as|on))\b|\bfrom a (?:machine|host|node|server|workstation) (?:with|where|that)\b|\bas an? \w+ (?:admin|administrator)\b|\b(?:you|someone) (?:with|must be) )",
    )
});
static KIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:access|roles?|permissions?|privileges?|credentials?|rights|vpn|admin(?:istrator)?|account|login|installed|cli|client|tools?|kubeconfig|token|scope|member(?:ship)?|group|profile|logged in|connected|authenticated|backup|sudo|root|cluster-admin)\b",
    )
});

/// The words of a sentence that name a requirement: what follows `you must have` and the like.
pub(crate) fn requirement(sentence: &str) -> Option<Range<usize>> {
    let found = NEEDS.find(sentence)?;
    let needs = found.as_str().to_lowercase();
    let start = if needs.contains("have")
        || needs.contains("need")
        || needs.starts_with("requir")
        || needs.starts_with("assum")
    {
        found.end()
    } else {
        0
    };
    let rest = &sentence[start..];
    let short = rest.split_whitespace().count() <= 40;
    let named = KIND.is_match(rest);
    let conditional = sentence.trim_start().to_lowercase().starts_with("if ");
    let doing = rest.trim_start().starts_with("to ");
    (named && short && !conditional && !doing).then(|| crate::mapped::trim(sentence, start..sentence.len()))
}
