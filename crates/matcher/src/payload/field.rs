//! Looking for fields in JSON that others wrote, and keeping what is found within bounds.

use std::collections::BTreeMap;

use chrono::DateTime;
use dd0c_types::{Alert, Severity, Timestamp};
use serde_json::Value;

const KEY: usize = 255;
const TITLE: usize = 500;
const TEXT: usize = 4_000;
const SHORT: usize = 100;
const URL: usize = 2_000;
const LABELS: usize = 64;

/// The text at a dotted path; empty text is none.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    at(value, path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The value at a dotted path.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// The first of these that is there.
pub(super) fn first<'a>(value: &'a Value, paths: &[&str]) -> Option<&'a str> {
    paths.iter().find_map(|path| text(value, path))
}

/// Text, number or truth as text.
pub(super) fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The members of an object that are text, numbers or truths.
pub(super) fn labels(value: Option<&Value>) -> BTreeMap<String, String> {
    let members = value.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), spelled(value)?))).collect()
}

/// A moment in RFC 3339.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// A moment as a number since 1970 in seconds, milliseconds, microseconds or nanoseconds: which, its size tells.
pub(super) fn epoch(number: i64) -> Option<Timestamp> {
    match number {
        ..=0 => None,
        1..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000..100_000_000_000_000_000 => DateTime::from_timestamp_micros(number),
        _ => Some(DateTime::from_timestamp_nanos(number)),
    }
}

/// `P1`, `SEV-2`, `critical`, `3`: one scale.
pub(super) fn severity(text: &str) -> Option<Severity> {
    const WORDS: &[(&str, u8)] = &[
        ("critical", 1),
        ("emergency", 1),
        ("page", 1),
        ("fatal", 1),
        ("high", 2),
        ("error", 2),
        ("major", 2),
        ("warning", 3),
        ("warn", 3),
        ("medium", 3),
        ("moderate", 3),
        ("low", 4),
        ("minor", 4),
        ("ticket", 4),
        ("info", 5),
        ("informational", 5),
        ("none", 5),
    ];
    let text = text.trim().to_lowercase();
    let known = WORDS.iter().find(|(word, _)| *word == text).map(|(_, level)| *level);
    let number = || text.trim_start_matches(|c: char| !c.is_ascii_digit()).get(..1)?.parse().ok();
    let numbered = text.len() <= 6 && text.chars().any(|c| c.is_ascii_digit());
    known.or_else(|| numbered.then(number).flatten()).map(Severity::new)
}

/// Cuts every text to its length, drops links that are none, and finds the region in the labels or the title.
pub(super) fn tidy(alert: &mut Alert) {
    cut(&mut alert.key, KEY);
    cut(&mut alert.number, SHORT);
    cut(&mut alert.title, TITLE);
    cut(&mut alert.text, TEXT);
    for place in [&mut alert.service, &mut alert.region, &mut alert.environment].into_iter().flatten() {
        cut(place, SHORT);
    }
    while alert.labels.len() > LABELS {
        alert.labels.pop_last();
    }
    alert.labels.values_mut().for_each(|value| cut(value, TITLE));
    alert.labels.retain(|name, _| !name.is_empty() && name.len() <= SHORT);
    alert.url = alert.url.take().filter(|url| is_link(url));
    fill(
        &mut alert.service,
        &alert.labels,
        &["service", "service_name", "app", "application", "job", "component"],
    );
    fill(
        &mut alert.region,
        &alert.labels,
        &["region", "aws_region", "zone", "datacenter", "dc", "cluster_region"],
    );
    fill(&mut alert.environment, &alert.labels, &["environment", "env", "stage", "tier"]);
    if alert.region.is_none() {
        alert.region = region_in(&alert.title).or_else(|| region_in(&alert.text));
    }
}

fn fill(place: &mut Option<String>, labels: &BTreeMap<String, String>, names: &[&str]) {
    if place.is_none() {
        *place = names.iter().find_map(|name| labels.get(*name)).filter(|text| !text.is_empty()).cloned();
    }
}

fn is_link(url: &str) -> bool {
    url.len() <= URL
        && (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '|' | '"'))
}

/// Cut at a character, with control characters but line breaks taken out: they have no place in a message.
fn cut(text: &mut String, most: usize) {
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

/// `us-east-1`, `europe-west4-b`, `ap-southeast-2a`: a word of the shape that clouds give their regions.
fn region_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .find(|word| is_region(word))
        .map(str::to_owned)
}

fn is_region(word: &str) -> bool {
    const AREAS: &[&str] = &[
        "us",
        "eu",
        "ap",
        "sa",
        "ca",
        "me",
        "af",
        "il",
        "mx",
        "cn",
        "europe",
        "asia",
        "australia",
        "northamerica",
        "southamerica",
        "africa",
    ];
    let mut parts = word.split('-');
    let area = parts.next().is_some_and(|part| AREAS.contains(&part));
    let place: Vec<&str> = parts.collect();
    let numbered = place.iter().any(|part| part.chars().any(|c| c.is_ascii_digit()) && part.len() <= 12);
    let worded =
        place.iter().any(|part| part.len() >= 4 && part.chars().take(4).all(|c| c.is_ascii_lowercase()));
    area && (1..=3).contains(&place.len()) && numbered && worded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_say_how_bad_come_to_one_scale() {
        for (said, level) in
            [("P1", 1), ("sev-2", 2), ("critical", 1), ("warning", 3), ("5", 5), ("SEV1", 1), ("P9", 5)]
        {
            assert_eq!(severity(said).map(Severity::level), Some(level), "{said}");
        }
        assert_eq!(severity("whatever"), None);
        assert_eq!(severity("since 2024-01-01"), None);
    }

    #[test]
    fn a_moment_is_the_same_in_every_unit() {
        let at = moment("2026-03-01T03:00:00Z").unwrap();
        let seconds = at.timestamp();
        for number in [seconds, seconds * 1_000, seconds * 1_000_000, seconds * 1_000_000_000] {
            assert_eq!(epoch(number), Some(at), "{number}");
        }
        assert_eq!((epoch(0), epoch(-5)), (None, None));
    }

    #[test]
    fn regions_are_found_among_other_words_with_hyphens() {
        let region = |text: &str| region_in(text);
        assert_eq!(region("5xx on checkout-api in us-east-1!"), Some("us-east-1".into()));
        assert_eq!(region("disk full (europe-west4-b)"), Some("europe-west4-b".into()));
        for text in ["us-checkout", "web-01 is down", "eu-1", "ap-1-2", "node ip-10-0-0-1"] {
            assert_eq!(region(text), None, "{text}");
        }
    }

    #[test]
    fn only_plain_links_are_kept() {
        assert!(is_link("https://x.pagerduty.com/incidents/Q1"));
        for url in ["javascript:alert(1)", "https://x|<@U1>", "https://x y", "//x", "https://x\u{7}"] {
            assert!(!is_link(url), "{url}");
        }
    }
}
