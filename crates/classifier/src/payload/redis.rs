//! Redis commands, one a line, judged by the table of redis-cli.

use dd0c_types::classification::CommandSpan;

use crate::judge::{At, Judge, Stdin};
use crate::report::{Origin, Report, Scope};
use crate::shell::word::Word;

/// Judges text in the language of redis-cli's prompt.
pub(crate) fn judge(text: &str, whole: CommandSpan, report: &mut Report) {
    let scope = Scope { text, origin: Origin::Inside(whole) };
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
