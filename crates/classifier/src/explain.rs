//! What each word of a call is, and what it means for the verdict, in a few words.

use std::borrow::Cow;

use dd0c_types::ScannerRisk;

use crate::call::Call;
use crate::judge::At;
use crate::report::{Report, Scope};
use crate::shell::text::OPAQUE;
use crate::shell::word::Word;
use crate::table::{Grade, Style};

/// Words of a program that no rule file describes.
pub(crate) fn plain(words: &[Word<'_>], at: &At<'_>, program: &'static str, report: &mut Report) {
    if at.scope.layer().is_none() {
        return;
    }
    for (index, word) in words.iter().enumerate() {
        let (kind, text) = if index == 0 { ("program", program) } else { operand(word, at.scope) };
        report.token(at.scope, (word.start, word.end), kind, text);
    }
}

/// Words of a call; `worst` is the worst that a rule said of it.
pub(crate) fn call(call: &Call<'_>, worst: ScannerRisk, at: &At<'_>, report: &mut Report) {
    if at.scope.layer().is_none() {
        return;
    }
    let own = call.carried.unwrap_or(call.words.len());
    for (index, word) in call.words.iter().enumerate().take(own) {
        let (kind, text) = meaning(index, word, call, worst, at);
        report.token(at.scope, (word.start, word.end), kind, text);
    }
}

fn meaning(
    index: usize,
    word: &Word<'_>,
    call: &Call<'_>,
    worst: ScannerRisk,
    at: &At<'_>,
) -> (&'static str, Cow<'static, str>) {
    if index == 0 {
        let (kind, text) = program(call, worst);
        return (kind, text.into());
    }
    if call.verb_words.contains(&index) {
        return ("verb", verb(call, worst).into());
    }
    if call.operands.contains(&index) {
        let (kind, text) = operand(word, at.scope);
        return (kind, text.into());
    }
    if word.text == "--" {
        return ("flag", "ends the flags".into());
    }
    flag(word, call, worst)
}

fn flag(word: &Word<'_>, call: &Call<'_>, worst: ScannerRisk) -> (&'static str, Cow<'static, str>) {
    if let Some(seen) = call.flags.iter().find(|seen| std::ptr::eq(seen.word, word)) {
        return match seen.spec {
            None => ("flag", "unknown flag".into()),
            // What the program does, it does with this flag as well.
            Some(spec) if spec.reads && worst != ScannerRisk::Safe => ("flag", "known flag".into()),
            Some(spec) if spec.reads => ("flag", "flag that is known to change nothing".into()),
            Some(_) => ("flag", "flag that lets it write, run or change something".into()),
        };
    }
    let named = call.flags.iter().find(|seen| seen.value_word.is_some_and(|value| std::ptr::eq(value, word)));
    match named {
        Some(seen) => ("value", format!("value of `{}`", seen.name.replace(OPAQUE, "…")).into()),
        None => ("value", "value of the flag before it".into()),
    }
}

fn program(call: &Call<'_>, worst: ScannerRisk) -> (&'static str, &'static str) {
    match call.verb {
        Some(verb) if verb.grade == Grade::Carry && call.program.style == Style::Posix => {
            ("wrapper", "runs what follows")
        }
        Some(verb) if verb.path.is_empty() => ("program", effect(verb.grade, worst, &PROGRAM)),
        _ => ("program", "the program"),
    }
}

fn verb(call: &Call<'_>, worst: ScannerRisk) -> &'static str {
    call.verb.map_or("the verb", |verb| effect(verb.grade, worst, &VERB))
}

/// In order: reads, runs, not known, changes, destroys.
const PROGRAM: [&str; 5] = [
    "the program: reads",
    "the program: runs what follows",
    "the program: not known to only read here",
    "the program: changes something",
    "the program: destroys something",
];
const VERB: [&str; 5] = [
    "the verb: reads",
    "the verb: runs what follows",
    "the verb: not known to only read here",
    "the verb: changes something",
    "the verb: destroys something",
];

fn effect(grade: Grade, worst: ScannerRisk, words: &[&'static str; 5]) -> &'static str {
    match (worst, grade) {
        (ScannerRisk::Dangerous, _) => words[4],
        (ScannerRisk::Caution, _) => words[3],
        (_, Grade::Carry) => words[1],
        (ScannerRisk::Safe, Grade::Read) => words[0],
        _ => words[2],
    }
}

fn operand(word: &Word<'_>, scope: &Scope<'_>) -> (&'static str, &'static str) {
    let source = scope.text.get(word.start..word.end).unwrap_or_default();
    if source.contains(OPAQUE) || source.starts_with("YOUR_") {
        return ("placeholder", "placeholder: a value given later");
    }
    let known = OPERANDS.iter().find(|(start, _)| source.starts_with(start)).map(|(_, meaning)| *meaning);
    match known {
        Some(("string", _)) if word.opaque => ("string", "text with values put in when it runs"),
        Some(meaning) => meaning,
        None => bare_operand(word),
    }
}

fn bare_operand(word: &Word<'_>) -> Meaning {
    match word {
        _ if word.is_flag() => ("flag", "unknown flag"),
        _ if word.opaque => ("operand", "what it acts on, with values put in when it runs"),
        _ if word.glob => ("operand", "a pattern: every name that fits it"),
        _ => ("operand", "what it acts on"),
    }
}

type Meaning = (&'static str, &'static str);

/// Operands by how they start.
const OPERANDS: &[(&str, Meaning)] = &[
    ("$'", ("string", "text, taken as it stands")),
    ("$(", ("substitution", "what the command inside prints is put in")),
    ("`", ("substitution", "what the command inside prints is put in")),
    ("$", ("substitution", "a variable: its value is put in when it runs")),
    ("\"", ("string", "text, taken as it stands")),
    ("'", ("string", "text, taken as it stands")),
];

/// What stands between commands: kind and meaning.
pub(crate) fn mark(symbol: &str) -> Option<Meaning> {
    let known = MARKS.iter().find(|(symbols, _)| symbols.split(' ').any(|known| known == symbol));
    let is_word = || !symbol.is_empty() && symbol.bytes().all(|byte| byte.is_ascii_lowercase());
    known
        .map(|(_, meaning)| *meaning)
        .or_else(|| is_word().then_some(("keyword", "part of the shell's grammar")))
}

/// Symbols, separated by blanks.
const MARKS: &[(&str, Meaning)] = &[
    ("| |&", ("operator", "hands the output to what follows")),
    ("&&", ("operator", "goes on when that worked")),
    ("||", ("operator", "goes on when that failed")),
    ("; ;; ;& ;;&", ("operator", "goes on in any case")),
    ("&", ("operator", "leaves it running and goes on")),
    ("!", ("operator", "turns success and failure round")),
    ("( ) { } (( ))", ("operator", "a group")),
    ("[ ] [[ ]]", ("operator", "a test")),
    ("$( `", ("operator", "what the command inside prints is put in")),
    ("<( >(", ("operator", "the command inside stands for a file")),
    ("for while until select do done in", ("keyword", "repeats")),
    ("if then else elif fi case esac", ("keyword", "decides")),
    ("function", ("keyword", "gives commands a name")),
];
