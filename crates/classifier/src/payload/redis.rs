//! Redis commands, one a line, judged by the table of redis-cli.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::call::Call;
use crate::judge::{At, Judge, Stdin};
use crate::report::{Origin, Report, Scope};
use crate::shell::word::Word;

/// Judges what a call reads from its standard input.
pub(crate) fn judge_call(outer: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let span = at.scope.span_of(&call.words[0]);
    match at.stdin {
        Stdin::Text(text) | Stdin::Pipe { literal: Some(text), fetched: false } => {
            judge(&text.replace("\\n", "\n"), span, outer.report);
        }
        Stdin::Pipe { .. } if call.operands.is_empty() => {
            let why = "runs commands that are not shown here";
            outer.report.note("redis.unseen", ScannerRisk::Caution, span, why);
        }
        _ => {}
    }
}

/// Judges text in the language of redis-cli's prompt.
pub(crate) fn judge(text: &str, whole: CommandSpan, report: &mut Report) {
    let scope = Scope::new(text, Origin::Inside(whole));
    let at = At { scope: &scope, depth: 0, stdin: &Stdin::None };
    let mut judge = Judge::new(report);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = vec![Word::known("redis-cli", 0, 0)];
        words.extend(line.split_ascii_whitespace().map(|part| {
            let text = part.trim_matches(['"', '\'']);
            Word { opaque: text.contains('<'), ..Word::known(text, 0, text.len()) }
        }));
        if words[1].text.eq_ignore_ascii_case("redis-cli") {
            words.remove(0);
        }
        judge.command(&words, &at);
    }
}
