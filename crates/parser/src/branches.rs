//! Conditions: `If X, do Y` and its kin, in the words of the text.

use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
use crate::sentences::{self, Asks};

static OPENING: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:or|and|but|otherwise|however|also|then|note that|in the event|et|mais|ou|und|aber|oder|y|pero|o|e|mas|ou)[, ]+)*(if|in case(?: of)?(?: that)?|in the case(?: when| that| where| of)?|in the event (?:that|of)|unless|when|should|where|wenn|falls|sollten?|si|s'|en cas d(?:e|')|au cas o(?:ù|u)|dans le cas o(?:ù|u)|en caso de(?: que)?|se|caso|in caso di|als|indien|je(?:ś|s)li|если)(?:\s|[\x80-\xff]|il)",
    )
});
static TRAILING: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)[\s,(](only when|only if|if|unless|in case) "));
static LOOKING: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:check|see|verify|confirm|determine|know|ask|sure|wonder|test|even|as|only|tell|whether|decide|what|and|examine|investigate|identify|find out)\s*$",
    )
});
static WISH: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:you|we) (?:want|wish|prefer|decide|like|would like|are interested|choose)\b|^\s*(?:vous (?:souhaitez|voulez|pr(?:é|e)f(?:é|e)rez)|du (?:m(?:ö|oe)chtest|willst)|quieres|desea|voc(?:ê|e) quiser)\b|^\s*(?:necessary|needed|possible|required|desired|applicable|so|not)\b[\s.,]*",
    )
});

/// The condition under which a sentence asks for something.
pub(crate) fn condition(sentence: &str) -> Option<String> {
    if let Some(found) = sentences::condition_without_spaces(sentence) {
        let text = sentences::collapsed(found);
        return (text.chars().count() >= 3).then_some(text);
    }
    let found = opening(sentence)
        .or_else(|| trailing(sentence))
        .or_else(|| opening(labelled(sentence)?))
        .or_else(|| embedded(sentence))?;
    let text =
        sentences::collapsed(found.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, ',' | '，' | '.' | ':' | '：' | ')' | ';')
        }));
    let text = [" just", " then", " please", " simply"]
        .iter()
        .find_map(|word| text.strip_suffix(word))
        .unwrap_or(&text)
        .to_owned();
    let text = if PRONOUN.is_match(&text) { antecedent(sentence, &text).unwrap_or(text) } else { text };
    let wish = WISH.is_match(&text);
    (!wish && text.chars().count() >= 4).then_some(text)
}

static PRONOUN: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)^(?:they|it|so|this|that) (?:do|does|is|are|has|have)$|^(?:so|yes)$"));
static ENSURED: LazyLock<Pattern> = LazyLock::new(|| {
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

static BARE: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)^\W*(?:if|in case|wenn|falls|si|se|caso|если)\s[^,.]*:\s*$"));

/// `If the controller does not start:`: a condition that only announces what follows.
pub(crate) fn is_bare(sentence: &str) -> bool {
    BARE.is_match(sentence)
}

/// Whether a sentence opens with a condition.
pub(crate) fn opens(sentence: &str) -> bool {
    sentences::condition_without_spaces(sentence).is_some() || opening(sentence).is_some()
}

static OTHERWISE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:or else|else|otherwise|if not|if so not|in all other cases|in any other case|sinon|dans le cas contraire|autrement|andernfalls|ansonsten|sonst|wenn nicht|falls nicht|en caso contrario|de lo contrario|si no|caso contr(?:á|a)rio|sen(?:ã|a)o|do contr(?:á|a)rio|se n(?:ã|a)o|altrimenti|in caso contrario|anders|zo niet|w przeciwnym razie|иначе|в противном случае)(?:[\s,:;-]|$)",
    )
});

/// Whether a sentence is the other way of the condition before it.
pub(crate) fn is_otherwise(sentence: &str) -> bool {
    OTHERWISE.is_match(sentence) || sentences::is_otherwise_without_spaces(sentence)
}

static SPLIT: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:[,;.-]|–|—) *(?:and |or )?(?:otherwise|or else|else|if not|sinon|andernfalls|ansonsten|sonst|de lo contrario|en caso contrario|caso contr(?:á|a)rio|sen(?:ã|a)o|altrimenti)[, ]",
    )
});

/// Where `If X, do Y, otherwise do Z` turns to its other way.
pub(crate) fn turn(sentence: &str) -> Option<usize> {
    let found = SPLIT.find(sentence)?;
    let head = &sentence[..found.start()];
    (opens(head) && sentences::asks(&sentence[found.start() + 1..]) != Asks::Nothing)
        .then(|| found.start() + 1)
}

static NOTHING: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:no|without) (?:further |other |more )?(?:action|steps?|intervention)|nothing (?:else |more |further )?(?:to do|needs|is needed|is required|has to)|(?:can|may|should|will) (?:also |then |safely )?(?:be (?:safely )?ignored|automatically|resolve|recover|clear|heal|restart|go away|disappear)|safe to ignore|you(?:'re| are) (?:done|finished)|stop here|(?:do not|don't) (?:continue|proceed|go on)|we are done|resolves? itself|ignore (?:it|this|the alert))\b",
    )
});

/// Whether the clause after a condition says that nothing is to be done.
pub(crate) fn ends_well(sentence: &str) -> bool {
    opens(sentence) && NOTHING.is_match(sentences::main_clause(sentence))
}

fn opening(sentence: &str) -> Option<&str> {
    let captures = OPENING.captures(sentence)?;
    let word = captures.get(1)?;
    let rest = &sentence[word.end()..];
    if is_question(word.as_str(), rest) {
        return None;
    }
    let main = sentences::main_clause(&sentence[word.start()..]);
    let end = sentence.len() - main.len();
    if end <= word.end() || main.len() >= sentence.len() - word.start() {
        // No clause follows: `If the command hangs:`.
        return sentence.trim_end().ends_with([':', '：', '?', '？']).then_some(rest);
    }
    if is_time(word.as_str()) && !leads_on(main) {
        return None;
    }
    sentence.get(word.end()..end)
}

/// `Should we restart it?`, `If this fails?`: asked of the reader, and `should` before anything but its subject.
fn is_question(word: &str, rest: &str) -> bool {
    const SUBJECTS: &str = "the you your this any it a an there";
    let subject = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    let asked = rest.trim_end().ends_with('?');
    let should = word.eq_ignore_ascii_case("should");
    should && (asked || !crate::words::listed(SUBJECTS, &subject)) || subject.ends_with("this") && asked
}

/// Words that tell a time as often as a condition.
fn is_time(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "when" | "where" | "should" | "als" | "sollte")
}

/// Whether the clause behind such a word asks for something, or says that nothing is to be done.
fn leads_on(main: &str) -> bool {
    sentences::asks(main) != Asks::Nothing || main.contains("advisable") || NOTHING.is_match(main)
}

/// `Stale lease: If the lease exists but …`: what follows a label of a few words.
fn labelled(sentence: &str) -> Option<&str> {
    let (label, rest) = sentence.split_once(": ")?;
    (label.split_whitespace().count() <= 8).then_some(rest)
}

/// `Ask the owner if the data can go`: whether, not when.
fn asks_whether(sentence: &str) -> bool {
    let first = sentences::main_clause(sentence).split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(
        first.as_str(),
        "ask" | "decide" | "find" | "check" | "verify" | "determine" | "confirm" | "see" | "test"
    )
}

fn trailing(sentence: &str) -> Option<&str> {
    if asks_whether(sentence) {
        return None;
    }
    if sentences::asks(sentence) != Asks::Act && !sentence.contains("if they") && !sentence.contains("only ")
    {
        return None;
    }
    let found = TRAILING.find_iter(sentence).find(|found| {
        let before = &sentence[..found.start()];
        !LOOKING.is_match(before)
    })?;
    let rest = &sentence[found.end()..];
    let end = [",", ";", ")", ": ", " – ", " — "].iter().filter_map(|mark| rest.find(mark)).min();
    Some(&rest[..end.unwrap_or(rest.len())])
}

static EMBEDDED: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)(?:[,;:(]|–|—| -| and| but| then) (if|unless) "));

/// `Check the page – if they report an incident, skip to step 6`: a condition after another clause.
fn embedded(sentence: &str) -> Option<&str> {
    let found = EMBEDDED.captures_iter(sentence).take(4).filter_map(|groups| groups.get(1));
    let rests = found.map(|word| &sentence[word.start()..]);
    rests.filter(|rest| sentences::asks(rest) != Asks::Nothing).find_map(|rest| opening(rest))
}
