//! The allow-list: whether everything in a call is known to only read.

use dd0c_types::ScannerRisk;

use crate::call::{Call, Seen};
use crate::judge::At;
use crate::report::Report;
use crate::shell::word::Word;
use crate::table::{Grade, Style, Verb, WRITING_FLAG_PARTS};

/// `PROGRAM --help` and `PROGRAM --version` show text and do nothing else.
pub(crate) fn asks_for_help(call: &Call<'_>) -> bool {
    let carries = call.verb.is_some_and(|verb| verb.grade == Grade::Carry);
    if call.program.help && !carries && asks_at_the_end(call) {
        return true;
    }
    let asks = call.words.get(1).is_some_and(|word| matches!(&*word.text, "--help" | "--version"));
    call.words.len() == 2 && asks && !carries && !matches!(call.program.style, Style::Plain | Style::Posix)
}

/// `PROGRAM VERB… --help`: a few plain words and the question.
fn asks_at_the_end(call: &Call<'_>) -> bool {
    let Some((last, before)) = call.words.split_last() else { return false };
    matches!(last.literal(), Some("--help" | "-help" | "-h"))
        && (1..=4).contains(&before.len())
        && before.iter().all(|word| word.literal().is_some_and(|text| !text.starts_with('-')))
}

/// Adds findings for everything that is not on the allow-list. `spoken`: a rule already said what is wrong.
pub(crate) fn check(name: &str, call: &Call<'_>, at: &At<'_>, spoken: bool, report: &mut Report) {
    let Some(verb) = call.verb else {
        if !spoken {
            let why = format!("no rule knows this use of `{name}`");
            report.note("scan.unlisted", ScannerRisk::Unknown, at.scope.span_of(&call.words[0]), why);
        }
        return;
    };
    if verb.grade == Grade::Know || !has_needed_flag(call, verb) {
        if !spoken {
            let why = format!("`{name}` is not known to only read here");
            report.note("scan.unlisted", ScannerRisk::Unknown, at.scope.span_of(&call.words[0]), why);
        }
        return;
    }
    for seen in &call.flags {
        flag(name, call, seen, at, report);
    }
    if verb.grade == Grade::Read {
        operands(name, call, verb, at, report);
    }
}

fn flag(name: &str, call: &Call<'_>, seen: &Seen<'_>, at: &At<'_>, report: &mut Report) {
    let span = at.scope.span_of(seen.word);
    let Some(spec) = seen.spec else {
        if call.program.style != Style::Open
            || !seen.name.starts_with("--")
            || seen.word.opaque && seen.value.is_none()
            || sounds_like_more(&seen.name)
        {
            let why = format!("`{}` is not among the flags of `{name}` known to only read", shown(seen));
            report.note("scan.flag", ScannerRisk::Unknown, span, why);
        }
        return;
    };
    if !spec.reads {
        let why = format!("with `{}`, `{name}` writes, runs or changes something", seen.name);
        report.note("scan.writing-flag", ScannerRisk::Caution, span, why);
    }
    let value = seen.value.as_deref().unwrap_or_default();
    if !spec.only.is_empty() && !spec.only.iter().any(|only| is_only(only, value)) {
        let why = format!("`{}` is known to only read with {}", seen.name, spec.only.join(", "));
        report.note("scan.flag-value", ScannerRisk::Caution, span, why);
    }
}

/// The value itself, or one that starts so when the entry ends in `*`.
fn is_only(only: &str, value: &str) -> bool {
    match only.strip_suffix('*') {
        Some(prefix) => value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => only.eq_ignore_ascii_case(value),
    }
}

/// An unlisted flag whose name tells of more than reading.
fn sounds_like_more(name: &str) -> bool {
    let parts: Vec<&str> = name.trim_start_matches('-').split(['-', '_', '.']).collect();
    let names_something = parts.len() > 1
        && parts.last().is_some_and(|last| {
            matches!(*last, "id" | "ids" | "name" | "names" | "arn" | "arns" | "type" | "time")
        })
        || parts.ends_with(&["next", "token"])
        || parts.ends_with(&["page", "token"]);
    !names_something && parts.iter().any(|part| WRITING_FLAG_PARTS.binary_search(part).is_ok())
}

fn shown(seen: &Seen<'_>) -> String {
    seen.name.replace(crate::shell::text::OPAQUE, "…")
}

fn has_needed_flag(call: &Call<'_>, verb: &Verb) -> bool {
    verb.needs.is_empty() || call.flags.iter().any(|seen| verb.needs.contains(&seen.name.as_str()))
}

fn operands(name: &str, call: &Call<'_>, verb: &Verb, at: &At<'_>, report: &mut Report) {
    let program = at.scope.span_of(&call.words[0]);
    if call.operands.len() > verb.most {
        let extra = call.operand(verb.most).map_or(program, |word| at.scope.span_of(word));
        let why = format!("`{name}` is known to only read with at most {} operands", verb.most);
        report.note("scan.operand", ScannerRisk::Caution, extra, why);
    }
    if call.operands.len() < verb.least {
        let why = format!("`{name}` without operands is not known to only read");
        report.note("scan.operand", ScannerRisk::Unknown, program, why);
    }
    for word in call.operand_words() {
        if !word.text.starts_with(verb.prefix) {
            let why = format!("`{name}` is known to only read when this starts with `{}`", verb.prefix);
            report.note("scan.operand", ScannerRisk::Caution, at.scope.span_of(word), why);
        }
        if call.program.strict && may_become_more(word) {
            let why = format!("this could become a flag or a file that `{name}` writes");
            report.note("scan.opaque-operand", ScannerRisk::Unknown, at.scope.span_of(word), why);
        }
    }
}

fn may_become_more(word: &Word<'_>) -> bool {
    word.splits || (word.glob && word.text.starts_with(['*', '?', '[']))
}
