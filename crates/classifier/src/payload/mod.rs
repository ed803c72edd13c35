//! Languages inside arguments: SQL, awk, sed, find's expressions, commands of redis-cli, calls of mongosh.

mod awk;
mod find;
mod mongo;
pub(crate) mod redis;
mod sed;
pub(crate) mod sql;

use dd0c_types::ScannerRisk;

use crate::call::Call;
use crate::judge::{At, Judge, Stdin};
use crate::shell::word::Word;
use crate::table::Payload;
use crate::{coarse, foreign, paths};

/// Judges the payload of a call. True when that was the whole judgement, the allow-list included.
pub(crate) fn judge(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) -> bool {
    match call.program.payload {
        Payload::None => return false,
        Payload::Find => {
            find::judge(judge, call, at);
            return true;
        }
        Payload::Sql => sql::judge_call(judge, call, at),
        Payload::Redis => redis::judge_call(judge, call, at),
        Payload::Mongo => mongo::judge_call(judge, call, at),
        Payload::Awk => {
            script(judge, call, at, awk::judge);
            // gawk takes such a name for a connection.
            if let Some(word) = call.operand_words().find(|word| word.text.starts_with("/inet")) {
                let why = "connects to another machine";
                judge.report.note("script.network", ScannerRisk::Caution, at.scope.span_of(word), why);
            }
        }
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
            coarse::read(text, at.scope.span_of(word), judge.report);
        }
    }
}

/// Interpreters whose language is not read: never Safe.
fn code(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let span = at.scope.span_of(&call.words[0]);
    judge.hazard_inside(call.words, at);
    for (text, word) in flag_texts(call) {
        coarse::read(text, at.scope.span_of(word), judge.report);
        if is_powershell(&call.words[0].text) {
            foreign::destroys(text, at.scope.span_of(word), judge.report);
        }
    }
    let file = call.operand(0);
    let source = |word: &Word<'_>| at.scope.text.get(word.start..word.end).unwrap_or_default();
    if let Some(word) = file.filter(|word| word.opaque && coarse::fetches(source(word))) {
        let why = "runs whatever was downloaded or decoded";
        judge.report.note("shell.fetched-program", ScannerRisk::Dangerous, at.scope.span_of(word), why);
    }
    match at.stdin {
        Stdin::Text(text) => coarse::read(text, span, judge.report),
        Stdin::Pipe { fetched: true, .. } if file.is_none_or(|word| word.text == "-") => {
            let why = "runs whatever was downloaded or decoded";
            judge.report.note("shell.piped", ScannerRisk::Dangerous, span, why);
        }
        _ => {}
    }
}

fn is_powershell(program: &str) -> bool {
    matches!(paths::program_name(program), "pwsh" | "powershell" | "powershell.exe")
}
