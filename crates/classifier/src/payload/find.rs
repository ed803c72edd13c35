//! find: starting points, then an expression that can run and delete.

use dd0c_types::{ObjectRef, ScannerRisk};

use crate::call::Call;
use crate::judge::{At, Judge};
use crate::shell::word::Word;
use crate::table::{FIND_RUNS, FIND_TESTS, FIND_VALUED, FIND_WRITES};

/// Judges a whole call of find.
pub(crate) fn judge(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let words = &call.words[1..];
    let starts = words.iter().position(|word| word.is_flag() || matches!(&*word.text, "(" | "!"));
    let (places, expression) = words.split_at(starts.unwrap_or(words.len()));
    let objects: Vec<String> = places.iter().map(|word| at.scope.written(word)).collect();
    if let Some(word) = places.iter().skip(1).find(|word| word.splits) {
        let why = "could be an action that deletes or runs";
        judge.report.note("find.opaque", ScannerRisk::Unknown, at.scope.span_of(word), why);
    }
    let mut index = 0;
    while let Some(word) = expression.get(index) {
        let text = &*word.text;
        let span = at.scope.span_of(word);
        index += 1;
        if word.opaque || word.glob {
            judge.report.note(
                "find.opaque",
                ScannerRisk::Unknown,
                span,
                "could be an action that deletes or runs",
            );
        } else if is_in(FIND_TESTS, text) {
        } else if is_in(FIND_VALUED, text) || text.starts_with("-newer") {
            index += 1;
        } else if is_in(FIND_RUNS, text) {
            index += run(judge, &expression[index..], at);
        } else if is_in(FIND_WRITES, text) {
            index += if text == "-fprintf" { 2 } else { 1 };
            judge.report.note("find.write", ScannerRisk::Caution, span, "writes what it finds to a file");
        } else if text == "-delete" {
            for name in &objects {
                judge.report.object(
                    ScannerRisk::Dangerous,
                    ObjectRef { kind: "path".to_owned(), name: name.clone() },
                );
            }
            judge.report.note(
                "find.delete",
                ScannerRisk::Dangerous,
                span,
                "deletes every file that it finds",
            );
        } else {
            judge.report.note(
                "find.unknown",
                ScannerRisk::Unknown,
                span,
                "is no test of find that is known to only look",
            );
        }
    }
}

fn is_in(list: &[&str], text: &str) -> bool {
    list.binary_search(&text).is_ok()
}

/// `-exec CMD … ;`: judges the command, returns how many words it took.
fn run(judge: &mut Judge<'_>, rest: &[Word<'_>], at: &At<'_>) -> usize {
    let plus = |at: usize| rest[at].text == "+" && at > 0 && rest[at - 1].text == "{}";
    let end = (0..rest.len()).find(|&at| rest[at].text == ";" || plus(at)).unwrap_or(rest.len());
    let found = |word: &Word<'_>| {
        if word.text.contains("{}") { opened(word) } else { word.clone().into_owned() }
    };
    let words: Vec<Word<'_>> = rest[..end].iter().map(found).collect();
    let inner = At { scope: at.scope, depth: at.depth + 1, stdin: at.stdin };
    judge.command(&words, &inner);
    (end + 1).min(rest.len())
}

/// A word into which find puts a path.
fn opened(word: &Word<'_>) -> Word<'static> {
    let text = word.text.replace("{}", "\u{1}");
    Word { text: text.into(), start: word.start, end: word.end, opaque: true, splits: false, glob: false }
}
