//! A look at text that could not be read properly: words that destroy in any language. It can only raise the risk.

use std::sync::LazyLock;

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::report::Report;
use crate::table::{DEADLY_WORDS, FETCHERS};

/// Most bytes that are looked at.
const MOST_BYTES: usize = 1024 * 1024;

/// Words in the longest destroying phrase.
const LONGEST_PHRASE: usize = 3;

/// Adds a finding for the first destroying phrase. One pass over the text, in any letter case.
pub(crate) fn read(text: &str, span: CommandSpan, report: &mut Report) {
    read_words(text, usize::MAX, span, report);
}

/// The same for a phrase that begins with the text: enough where all that follows has been looked at.
pub(crate) fn read_start(text: &str, span: CommandSpan, report: &mut Report) {
    read_words(text, LONGEST_PHRASE, span, report);
}

fn read_words(text: &str, most: usize, span: CommandSpan, report: &mut Report) {
    let mut words: Vec<String> = Vec::new();
    let part = |c: char| !(c.is_alphanumeric() || "-_.$/".contains(c));
    let start = text.get(..MOST_BYTES).unwrap_or(text);
    for word in start.split(part).filter(|word| !word.is_empty()).take(most) {
        words.push(word.to_lowercase());
        if words.len() > LONGEST_PHRASE {
            words.remove(0);
        }
        if let Some(phrase) = deadly(&words) {
            let why = format!("could not be read, and holds `{phrase}`, which destroys");
            return report.note("coarse.deadly", ScannerRisk::Dangerous, span, why);
        }
    }
}

/// A destroying phrase, and its words from the last to the first.
type Phrase = (&'static str, Vec<&'static str>);

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    DEADLY_WORDS.iter().map(|phrase| (*phrase, phrase.split(' ').rev().collect())).collect()
});

/// The deadly phrase at the end of these words.
fn deadly(words: &[String]) -> Option<&'static str> {
    let ends_here = |(_, wanted): &&Phrase| {
        let mut last = words.iter().rev();
        wanted.iter().all(|want| last.next().is_some_and(|word| fits(word, want)))
    };
    PHRASES.iter().find(ends_here).map(|(phrase, _)| *phrase)
}

fn fits(word: &str, want: &str) -> bool {
    match want.strip_prefix("..") {
        Some(end) => word == end || word.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')),
        None => word == want,
    }
}

/// Whether the text names a program that downloads or decodes.
pub(crate) fn fetches(text: &str) -> bool {
    let part = |c: char| !(c.is_alphanumeric() || c == '-' || c == '_');
    text.split(part).any(|word| FETCHERS.binary_search(&word).is_ok())
}
