//! Languages inside arguments: SQL, awk, sed, find's expressions, redis commands.

mod awk;
mod find;
pub(crate) mod redis;
mod sed;
pub(crate) mod sql;
mod sql_effects;

use dd0c_types::ScannerRisk;

use crate::call::Call;
use crate::coarse;
use crate::judge::{At, Judge, Stdin};
use crate::shell::word::Word;
use crate::table::Payload;

/// Judges the payload of a call. True when that was the whole judgement, the allow-list included.
pub(crate) fn judge(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) -> bool {
    match call.program.payload {
        Payload::None => return false,
        Payload::Find => {
            find::judge(judge, call, at);
            return true;
        }
        Payload::Sql => sql_call(judge, call, at),
        Payload::Awk => script(judge, call, at, awk::judge),
        Payload::Sed => script(judge, call, at, sed::judge),
        Payload::Code => code(judge, call, at),
    }
    false
}

/// The values of the payload flags, with their words.
fn flag_texts<'c>(call: &'c Call<'_>) -> impl Iterator<Item = (&'c str, &'c Word<'c>)> {
    let of_payload =
        call.flags.iter().filter(|seen| call.program.payload_flags.contains(&seen.name.as_str()));
    of_payload.filter_map(|seen| Some((seen.value.as_deref()?, seen.value_word?)))
}

fn sql_call(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let sqlite = call.program.payload_flags.is_empty();
    let mut texts: Vec<(String, &Word<'_>)> =
        flag_texts(call).map(|(text, word)| (text.to_owned(), word)).collect();
    if sqlite {
        texts.extend(call.operand_words().skip(1).map(|word| (word.text.to_string(), word)));
    }
    match at.stdin {
        Stdin::Text(text) | Stdin::Pipe { literal: Some(text), fetched: false } => {
            texts.push((text.clone(), &call.words[0]));
        }
        Stdin::Pipe { .. } if texts.is_empty() => {
            let why = "runs SQL that is not shown here";
            judge.report.note("sql.unseen", ScannerRisk::Caution, at.scope.span_of(&call.words[0]), why);
        }
        _ => {}
    }
    let asks_only =
        call.flags.iter().any(|seen| matches!(seen.name.as_str(), "-l" | "--list" | "-V" | "--version"));
    let silent = texts.is_empty() && matches!(at.stdin, Stdin::None) && !asks_only;
    if silent && call.verb.is_some_and(|verb| verb.path.is_empty()) {
        let why = "opens an interactive session: nobody sees beforehand what is done in it";
        judge.report.note("sql.interactive", ScannerRisk::Caution, at.scope.span_of(&call.words[0]), why);
    }
    for (text, word) in texts {
        sql::judge(&text, at.scope.span_of(word), judge.report);
    }
}

/// awk and sed: the script is a flag's value or the first operand.
fn script(
    judge: &mut Judge<'_>,
    call: &Call<'_>,
    at: &At<'_>,
    read: fn(&str) -> Result<(), (ScannerRisk, &'static str)>,
) {
    let mut texts: Vec<(&str, &Word<'_>)> = flag_texts(call).collect();
    let in_file = call.flags.iter().any(|seen| matches!(seen.name.as_str(), "-f" | "--file"));
    if texts.is_empty() && !in_file {
        texts.extend(call.operand(0).map(|word| (&*word.text, word)));
    }
    for (text, word) in texts {
        let verdict = if word.opaque {
            Err((ScannerRisk::Unknown, "a script that is only known when it runs"))
        } else {
            read(text)
        };
        if let Err((risk, why)) = verdict {
            judge.report.note("script.effects", risk, at.scope.span_of(word), why);
        }
    }
}

/// Interpreters whose language is not read: never Safe.
fn code(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let span = at.scope.span_of(&call.words[0]);
    judge.hazard_inside(call.words, at);
    for (text, word) in flag_texts(call) {
        coarse::read(text, at.scope.span_of(word), judge.report);
    }
    match at.stdin {
        Stdin::Text(text) => coarse::read(text, span, judge.report),
        Stdin::Pipe { fetched: true, .. } if call.operands.is_empty() => {
            let why = "runs whatever was downloaded or decoded";
            judge.report.note("shell.piped", ScannerRisk::Dangerous, span, why);
        }
        _ => {}
    }
}
