//! The matching rules that people write beside a runbook.

use dd0c_types::{Alert, MatchRule};

use crate::words;

/// Why a rule holds, part by part; none when it does not, or when it has no part.
pub fn holds(rule: &MatchRule, alert: &Alert) -> Option<Vec<String>> {
    let mut said = Vec::new();
    let places = [
        ("service", &rule.services, &alert.service),
        ("region", &rule.regions, &alert.region),
        ("environment", &rule.environments, &alert.environment),
    ];
    for (name, wanted, is) in places {
        if !wanted.is_empty() {
            let is = is.as_deref().filter(|is| wanted.iter().any(|wanted| looks_like(wanted, is)))?;
            said.push(format!("{name} {is}"));
        }
    }
    if let Some(worst_to) = rule.worst_to {
        (alert.severity <= worst_to).then_some(())?;
        said.push(format!("severity {}", alert.severity.level()));
    }
    for (name, wanted) in &rule.labels {
        let is = alert.labels.get(name).filter(|is| looks_like(wanted, is))?;
        said.push(format!("{name}={is}"));
    }
    if !rule.keywords.is_empty() {
        let text = format!("{} {}", alert.title, alert.text);
        let there = words::of(&text);
        rule.keywords
            .iter()
            .all(|word| words::of(word).iter().all(|part| there.contains(part)))
            .then_some(())?;
        said.push(format!("keywords {}", rule.keywords.join(", ")));
    }
    (!said.is_empty()).then_some(said)
}

/// `*` stands for any run of characters; case does not matter.
fn looks_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn a_star_stands_for_any_run_and_case_does_not_matter() {
        for (pattern, text) in
            [("checkout-*", "Checkout-api"), ("*", ""), ("a*b*c", "aXbYc"), ("eu-*-1", "eu-west-1")]
        {
            assert!(looks_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("checkout", "checkout-api"), ("a*bc", "abbd"), ("ab*ba", "aba"), ("", "x")] {
            assert!(!looks_like(pattern, text), "{pattern} {text}");
        }
    }
}
