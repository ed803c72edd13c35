//! Sentences: where they end, and the words they open with.

mod cjk;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::patterns::{Pattern, pattern};
use crate::words::{self, List};

/// The sentences of a text, as ranges without white space at both ends.
pub(crate) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // Every sign that ends a sentence begins with one of these bytes.
    let signs = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'.' | b'!' | b'?' | 0xE3 | 0xEF));
    for (at, _) in signs {
        let Some(sign) = text.get(at..).and_then(|rest| rest.chars().next()) else { continue };
        let end = at + sign.len_utf8();
        if stops(sign, &text[start..at], &text[end..]) {
            push(text, start..end, &mut found);
            start = end;
        }
    }
    push(text, start..text.len(), &mut found);
    found
}

/// Whether a sign ends the sentence before it.
fn stops(sign: char, before: &str, after: &str) -> bool {
    match sign {
        '。' | '！' | '？' => true,
        '.' | '!' | '?' => {
            after.chars().next().is_none_or(char::is_whitespace)
                && !before.ends_with("..")
                && !before.ends_with(" .")
                && !is_abbreviation(before, after)
        }
        _ => false,
    }
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let range = crate::mapped::trim(text, range);
    if !range.is_empty() {
        found.push(range);
    }
}

/// `e.g.`, `i.e.`, `etc.` before a small letter, and the number of a list item.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let lower = after.trim_start().starts_with(|c: char| c.is_lowercase());
    matches!(word, "e.g" | "i.e" | "eg" | "ie" | "vs" | "cf" | "Fig" | "No") || word == "etc" && lower
}

/// The last sentence.
pub(crate) fn last(text: &str) -> &str {
    ranges(text).pop().map_or("", |range| &text[range])
}

/// White space collapsed to single spaces.
pub(crate) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a sentence asks for first: `If …,`, `Then`, `On the node,`, `Please` and the like are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    Look,
    Act,
    Nothing,
}

static FILLERS: List = List::new(
    "then next now finally first second third also please again afterwards lastly alternatively otherwise optionally \
 optional manually simply just once you we to can must should need have will need ensuite enfin puis bitte dann jetzt zunächst luego después \
 alors sinon d'abord veuillez zuerst anschließend danach schließlich sonst andernfalls ansonsten entonces primero finalmente favor por depois então primeiro \
 poi quindi infine prima per proceda potem najpierw następnie затем сначала потом пожалуйста далее nun also sino either or else just simply \
 only quickly immediately and so make it's it is a good idea recommended advised",
);

/// What a sentence asks for.
pub(crate) fn asks(sentence: &str) -> Asks {
    if cjk::is_written(sentence) {
        return cjk::asks(head(sentence));
    }
    let body = main_clause(without_label(sentence));
    if let Some(found) = leading(body) {
        return found;
    }
    match obligation(body) {
        Some(rest) => leading(rest).unwrap_or(Asks::Nothing),
        None => closing(body).unwrap_or(Asks::Nothing),
    }
}

static LABEL: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:method|option|variant|alternative|approach|solution|step|schritt|(?:é|e)tape|paso|passo|etapa|variante|opci(?:ó|o)n|m(?:é|e)thode|шаг) ?\(?[0-9A-Za-z]{1,2}\)?\s?(?::|\.|-|–|—)\s",
    )
});

/// `Method 2: use the console`: what stands behind the label.
fn without_label(sentence: &str) -> &str {
    LABEL.find(sentence).map_or(sentence, |label| &sentence[label.end()..])
}

/// `Zertifikat erneuern.`: German puts the verb of a short instruction last.
fn closing(body: &str) -> Option<Asks> {
    let last = body.trim_end_matches(|c: char| !c.is_alphanumeric()).rsplit(char::is_whitespace).next()?;
    let short = body.len() <= 160 && body.split_whitespace().count() <= 14;
    (short && words::is_closing_infinitive(last)).then(|| verb(&last.to_lowercase()).unwrap_or(Asks::Act))
}

fn leading(body: &str) -> Option<Asks> {
    let lower = head(body).to_lowercase();
    if let Some((_, asks)) = OPENINGS.iter().find(|(opening, _)| lower.starts_with(opening)) {
        return Some(*asks);
    }
    // `We run the clusters` tells who the writers are.
    let told = lower.strip_prefix("we ").and_then(|rest| rest.split_whitespace().next());
    if told.is_some_and(|next| verb(next).is_some()) {
        return None;
    }
    by_verb(&lower)
}

/// Openings that settle what a clause asks for.
const OPENINGS: [(&str, Asks); 15] = [
    ("make sure", Asks::Look),
    ("be sure", Asks::Look),
    ("don't forget to ", Asks::Act),
    ("don’t forget to ", Asks::Act),
    ("do not forget to ", Asks::Act),
    ("remember to ", Asks::Act),
    ("note that ", Asks::Nothing),
    ("note: ", Asks::Nothing),
    ("please note", Asks::Nothing),
    ("do not ", Asks::Nothing),
    ("don't ", Asks::Nothing),
    ("don’t ", Asks::Nothing),
    ("never ", Asks::Nothing),
    ("ne ", Asks::Nothing),
    ("no ", Asks::Nothing),
];

/// What the first verb behind fillers asks for.
fn by_verb(lower: &str) -> Option<Asks> {
    for word in lower.split_whitespace().take(4) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
        if matches!(bare, "don" | "don't" | "don’t" | "never" | "not") {
            return Some(Asks::Nothing);
        }
        if let Some(found) = verb(bare).filter(|_| !is_noun_use(lower, bare)) {
            return Some(found);
        }
        if !FILLERS.has(bare) || matches!(bare, "to" | "it") {
            return None;
        }
    }
    None
}

fn verb(word: &str) -> Option<Asks> {
    if words::is_check_verb(word) {
        Some(Asks::Look)
    } else {
        words::is_action_verb(word).then_some(Asks::Act)
    }
}

/// How far a clause is read, in bytes: what asks stands near its start, and the work stays linear.
const REACH: usize = 800;

fn head(text: &str) -> &str {
    let end = (0..=text.len().min(REACH)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

/// Verbs that are nouns or adjectives as often: they ask only before an object.
static AMBIGUOUS: List = List::new(
    "complete clear free force document record backup setup query search list test monitor report map label plan schedule \
 page issue release update upgrade status post track file message mark block write state drop call assign request backups log review watch post \
 increase decrease change import export commit tag build patch scale cost compare count find",
);
static DETERMINERS: List = List::new(
    "the a an any all your our this that these those it them each every both some which who whose to up out on in for if \
 whether how with by from and or new one two into at its their my more old only us off through as",
);

/// `Setup of …`, `Backup failed`: a noun that looks like a verb.
fn is_noun_use(lower: &str, verb: &str) -> bool {
    let after = lower.split_once(verb).map_or("", |(_, after)| after).trim_start();
    if AMBIGUOUS.has(verb) {
        let next = after.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
        return !DETERMINERS.has(next) && !next.starts_with(|c: char| c.is_ascii_digit());
    }
    [
        "of ", "is ", "are ", "was ", "were ", "will ", "has ", "have ", "can ", "may ", "failed", "must ",
        "should ", "does ",
    ]
    .iter()
    .any(|next| after.starts_with(next))
}

/// Words that lay something on the reader.
const MARKS: &[&str] = &[
    "you must ",
    "you need to ",
    "you should ",
    "you have to ",
    "you can ",
    "you may need to ",
    "you will need to ",
    "you'll need to ",
    "we need to ",
    "we should ",
    "we must ",
    "we have to ",
    "it is advisable to ",
    "it is recommended to ",
    "it's recommended to ",
    "is necessary to ",
    "is required to ",
    "needs to be ",
    "must be ",
    "you may ",
    "you might need to ",
    "you might want to ",
    "we can ",
    "it needs to ",
    "you'll want to ",
    "vous devez ",
    "il faut ",
    "vous pouvez ",
    "on peut ",
    "debes ",
    "debe ",
    "hay que ",
    "puedes ",
    "você deve ",
    "deve-se ",
    "é preciso ",
    "é necessário ",
    "bisogna ",
    "occorre ",
    "devi ",
    "необходимо ",
    "нужно ",
];

static OBLIGATIONS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(MARKS)
        .expect("a short list of words")
});

/// What follows `you must`, `it is advisable to` and the like.
fn obligation(body: &str) -> Option<&str> {
    OBLIGATIONS.find(head(body)).map(|found| &body[found.end()..])
}

/// The clause after a condition or a place: `If X, do Y` gives `do Y`.
pub(crate) fn main_clause(sentence: &str) -> &str {
    let body = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    if cjk::is_written(sentence) {
        return cjk::main_clause(sentence);
    }
    let first = body.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default().to_lowercase();
    static OPENERS: List = List::new(
        "if when in on once for from after before unless should as while with using at via to under within depending \
     because since during si s'il s'ils lorsque quand dans après avant pour sur wenn falls sobald sollte sollten ist nachdem bevor bei auf en im am \
     se caso cuando quando después antes tras después nel sul dopo als indien jeśli gdy если когда nadat wanneer in whenever assuming provided sobre no na em ao",
    );
    if !OPENERS.has(&first) {
        return body;
    }
    let comma = colon(body)
        .or_else(|| outer_comma(body))
        .or_else(|| body.find(" then ").map(|at| at + 5))
        .or_else(|| bare_verb(body));
    comma.map_or(body, |at| body[at..].trim_start_matches([',', '，', ' ', '\n', ':']))
}

/// `If console access is needed: create …`: a colon before the first comma ends the opening clause as well.
fn colon(body: &str) -> Option<usize> {
    let head = head(body);
    let at = head.find(": ")?;
    let rest = head[at + 2..].trim_start();
    let first = head.find([',', '，']).is_none_or(|comma| at < comma);
    (first && leading(rest).is_some()).then_some(at + 2)
}

/// Where the asking clause starts when no comma says so: `If it fails see the logs`.
fn bare_verb(body: &str) -> Option<usize> {
    static VERBS: List = List::new(
        "see check run use try restart execute contact verify go follow proceed start wait retry call ask open",
    );
    static LEADS: List = List::new("just please then simply");
    static BEFORE: List = List::new(
        "to you can will not the a an we they should could would may might must i or and cannot can't don't",
    );
    let mut before = "";
    let mut found = None;
    for (index, word) in body.split_whitespace().enumerate().take(40) {
        let reader =
            matches!(before, "you" | "we") && matches!(word, "can" | "may" | "should" | "must" | "could");
        if index >= 4 && reader {
            return Some(before.as_ptr() as usize - body.as_ptr() as usize);
        }
        let verb = VERBS.has(word);
        let led = LEADS.has(before) && words::is_action_verb(word);
        if index >= 3 && (led || verb && !BEFORE.has(before)) {
            found = Some(word.as_ptr() as usize - body.as_ptr() as usize);
            break;
        }
        before = word;
    }
    found
}

/// The comma that ends the opening clause: the last before a verb, outside brackets.
fn outer_comma(body: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let mut found = None;
    for (at, c) in head(body).char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' | '，' if depth <= 0 => {
                let rest = body[at..].trim_start_matches([',', '，', ' ', '\n']);
                if leading(rest).is_some() || obligation(rest).is_some() {
                    return Some(at);
                }
                found = found.or(Some(at));
            }
            _ => {}
        }
    }
    found
}

/// The condition that a sentence of Chinese or Japanese opens with.
pub(crate) fn condition_without_spaces(sentence: &str) -> Option<&str> {
    let body = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    cjk::is_written(sentence).then(|| cjk::condition(body)).flatten().map(|(condition, _)| condition)
}

/// Whether a sentence of Chinese or Japanese is the other way of the one before.
pub(crate) fn is_otherwise_without_spaces(sentence: &str) -> bool {
    cjk::is_written(sentence) && cjk::is_otherwise(sentence)
}
