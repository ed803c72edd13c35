//! Text as words that compare: `etcdMembersDown`, `etcd members down` and `ETCD_MEMBER_DOWN` share their words.

use unicode_normalization::UnicodeNormalization;

/// Words that say nothing about which runbook is meant.
const EMPTY: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "for",
    "from",
    "has",
    "have",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "no",
    "not",
    "of",
    "on",
    "or",
    "our",
    "p1",
    "p2",
    "p3",
    "runbook",
    "alert",
    "alerts",
    "firing",
    "critical",
    "warning",
    "than",
    "that",
    "the",
    "then",
    "there",
    "this",
    "to",
    "too",
    "was",
    "we",
    "when",
    "which",
    "will",
    "with",
    "you",
    "your",
    "more",
    "over",
    "since",
    "due",
    "please",
    "incident",
    "prod",
    "production",
];

/// Longest text that is read, in bytes: more words make a page no more alike.
const MOST_BYTES: usize = 64 * 1024;

/// The words of a text in order, each at its stem, without those that say nothing.
pub(crate) fn of(text: &str) -> Vec<String> {
    let end = (0..=text.len().min(MOST_BYTES)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut words = Vec::new();
    let normal: String = text[..end].nfkc().collect();
    for run in normal.split(|c: char| !c.is_alphanumeric()) {
        for part in humps(run) {
            let word = stem(&part.to_lowercase());
            if !word.is_empty() && !EMPTY.contains(&word.as_str()) {
                words.push(word);
            }
        }
    }
    words
}

/// `etcdMembersDown` → `etcd`, `Members`, `Down`; `HTTPErrors` → `HTTP`, `Errors`; `5xx` stays.
fn humps(run: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    let mut cuts = vec![0];
    for i in 1..chars.len() {
        let (before, here) = (chars[i - 1].1, chars[i].1);
        let after = chars.get(i + 1).map(|(_, c)| *c);
        let up = before.is_lowercase() && here.is_uppercase();
        let acronym_ends =
            before.is_uppercase() && here.is_uppercase() && after.is_some_and(char::is_lowercase);
        if up || acronym_ends {
            cuts.push(chars[i].0);
        }
    }
    cuts.push(run.len());
    cuts.windows(2).map(|pair| &run[pair[0]..pair[1]]).filter(|part| !part.is_empty()).collect()
}

/// English endings that do not change what is meant. Light on purpose: two words wrongly made one cost more than two
/// kept apart.
fn stem(word: &str) -> String {
    const ENDINGS: &[(&str, &str, usize)] = &[
        ("ies", "y", 4),
        ("sses", "ss", 4),
        ("ings", "", 5),
        ("ing", "", 5),
        ("ation", "at", 6),
        ("ated", "at", 5),
        ("ate", "at", 5),
        ("ed", "", 5),
        ("es", "e", 4),
        ("s", "", 4),
    ];
    if word.ends_with("ss") || !word.is_ascii() {
        return word.to_owned();
    }
    for (ending, instead, least) in ENDINGS {
        if let Some(root) = word.strip_suffix(ending)
            && word.len() >= *least
            && root.len() >= 3
        {
            return silent(undouble(&format!("{root}{instead}")));
        }
    }
    silent(word)
}

/// A final `e` goes, so that `restore` and `restoring` meet.
fn silent(word: &str) -> String {
    word.strip_suffix('e').filter(|root| root.len() > 3).unwrap_or(word).to_owned()
}

/// `stopping` → `stopp` → `stop`.
fn undouble(root: &str) -> &str {
    let bytes = root.as_bytes();
    let doubled = bytes.len() > 3
        && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
        && !matches!(bytes[bytes.len() - 1], b'l' | b's' | b'z' | b'e' | b'o');
    if doubled { &root[..root.len() - 1] } else { root }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn one_name_in_three_spellings_has_the_same_words() {
        let words = of("etcdMembersDown");
        assert_eq!(words, ["etcd", "member", "down"]);
        assert_eq!(of("ETCD_MEMBER_DOWN"), words);
        assert_eq!(of("the etcd members are down"), words);
        assert_eq!(of("HTTPErrors 5xx"), ["http", "error", "5xx"]);
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in ["", "ß", "ẞẞa", "日本語の警告", "🔥Fire🔥", "ŁódźDown", "ss", "es", "ing"]
        {
            let _ = of(text);
        }
    }
}
