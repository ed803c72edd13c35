//! Conditions: `If X, do Y` and its kin, in the words of the text.

use std::sync::LazyLock;

use regex::Regex;

use crate::patterns::pattern;
use crate::sentences::{self, Asks};

static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:or|and|but|otherwise|however|also|then|note that|in the event)[, ]+)*(if|in case(?: of)?(?: that)?|in the case(?: when| that| where)?|in the event that|unless|when|should|where|wenn|falls|si|en cas de|se|如果|若|当)(?:\s|(?:[^\x00-\x7f]))",
    )
});
static TRAILING: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)[\s,(](if|unless|in case) "));
static LOOKING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:check|see|verify|confirm|determine|know|ask|sure|wonder|test|even|as|only|tell|whether|decide|what|and|examine|investigate|identify|find out)\s*$",
    )
});
static WISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:you|we) (?:want|wish|prefer|decide|like|would like|are interested|choose)\b|^\s*(?:necessary|needed|possible|required|desired|applicable|so|not)\b[\s.,]*",
    )
});

/// The condition under which a sentence asks for something.
pub(crate) fn condition(sentence: &str) -> Option<String> {
    let found = opening(sentence).or_else(|| trailing(sentence))?;
    let text =
        sentences::collapsed(found.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, ',' | '，' | '.' | ':' | '：' | ')' | ';')
        }));
    let text = if PRONOUN.is_match(&text) { antecedent(sentence, &text).unwrap_or(text) } else { text };
    let wish = WISH.is_match(&text);
    (!wish && text.chars().count() >= 4).then_some(text)
}

static PRONOUN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(?:they|it|so|this|that) (?:do|does|is|are|has|have)$|^(?:so|yes)$"));
static ENSURED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:ensure|verify|check|confirm|make sure|see|validate)(?: that| whether| if)? ")
});

/// `… ensure changes match, if they do, …`: what the pronoun stands for.
fn antecedent(sentence: &str, pronoun: &str) -> Option<String> {
    let at = sentence.find(pronoun)?;
    let before = &sentence[..at];
    let start = ENSURED.find_iter(before).last()?.end();
    let clause = before[start..].trim_end().trim_end_matches("if").trim_end_matches([' ', ',', '.', ';']);
    let text = sentences::collapsed(clause);
    (text.len() >= 4).then_some(text)
}

/// Whether a sentence opens with a condition.
pub(crate) fn opens(sentence: &str) -> bool {
    opening(sentence).is_some()
}

fn opening(sentence: &str) -> Option<&str> {
    let captures = OPENING.captures(sentence)?;
    let word = captures.get(1)?;
    let rest = &sentence[word.end()..];
    let subject = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    if word.as_str().eq_ignore_ascii_case("should")
        && !matches!(subject.as_str(), "the" | "you" | "your" | "this" | "any" | "it" | "a" | "an" | "there")
    {
        return None;
    }
    let main = sentences::main_clause(&sentence[word.start()..]);
    let end = sentence.len() - main.len();
    if end <= word.end() || main.len() >= sentence.len() - word.start() {
        // No clause follows: `If the command hangs:`.
        return sentence.trim_end().ends_with([':', '：', '?', '？']).then_some(rest);
    }
    let vague_time =
        matches!(word.as_str().to_lowercase().as_str(), "when" | "where" | "should" | "当" | "se");
    if vague_time && sentences::asks(main) == Asks::Nothing && !main.contains("advisable") {
        return None;
    }
    sentence.get(word.end()..end)
}

fn trailing(sentence: &str) -> Option<&str> {
    if sentences::asks(sentence) != Asks::Act && !sentence.contains("if they") && !sentence.contains("only ")
    {
        return None;
    }
    let found = TRAILING.find_iter(sentence).find(|found| {
        let before = &sentence[..found.start()];
        !LOOKING.is_match(before)
    })?;
    let rest = &sentence[found.end()..];
    let end = rest.find([',', ';', ')']).unwrap_or(rest.len());
    Some(&rest[..end])
}
