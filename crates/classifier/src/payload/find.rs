//! find: starting points, then an expression that can run and delete.

use dd0c_types::{ObjectRef, ScannerRisk};

use crate::call::Call;
use crate::judge::{At, Judge};
use crate::paths;
use crate::shell::word::Word;
use crate::table::{FIND_RUNS, FIND_TESTS, FIND_VALUED, FIND_WRITES};

/// Judges a whole call of find.
pub(crate) fn judge(judge: &mut Judge<'_>, call: &Call<'_>, at: &At<'_>) {
    let words = behind_options(&call.words[1..]);
    let starts = words.iter().position(|word| word.is_flag() || matches!(&*word.text, "(" | "!"));
    let (places, expression) = words.split_at(starts.unwrap_or(words.len()));
    secret_place(judge, places, at);
    let objects: Vec<String> = places.iter().map(|word| at.scope.written(word)).collect();
    if let Some(word) = places.iter().skip(1).find(|word| word.splits) {
        let why = "could be an action that deletes or runs";
        judge.report.note("find.opaque", ScannerRisk::Unknown, at.scope.span_of(word), why);
    }
    let mut index = 0;
    while let Some(word) = expression.get(index) {
        let rest = &expression[index + 1..];
        index += 1 + match Part::of(word) {
            Part::Opaque => {
                let why = "could be an action that deletes or runs";
                note(judge, at, word, ("find.opaque", ScannerRisk::Unknown, why));
                0
            }
            Part::Test { values } => values,
            Part::Runs => {
                if let Some(sought) = words.iter().find(|word| paths::seeks_secret(word)) {
                    paths::secret(sought, at.scope, judge.report);
                }
                run(judge, rest, at)
            }
            Part::Writes { values } => {
                let why = "writes what it finds to a file";
                note(judge, at, word, ("find.write", ScannerRisk::Caution, why));
                values
            }
            Part::Deletes => {
                deletes(judge, at, word, &objects);
                0
            }
            Part::Unknown => {
                let why = "is no test of find that is known to only look";
                note(judge, at, word, ("find.unknown", ScannerRisk::Unknown, why));
                0
            }
        };
    }
}

/// Looking around where keys lie says which there are.
fn secret_place(judge: &mut Judge<'_>, places: &[Word<'_>], at: &At<'_>) {
    if let Some(word) = places.iter().find(|word| paths::is_secret(&word.text)) {
        paths::secret(word, at.scope, judge.report);
    }
}

/// The words behind the options that say how links are followed.
fn behind_options<'w>(words: &'w [Word<'w>]) -> &'w [Word<'w>] {
    let leads = |word: &&Word<'_>| matches!(&*word.text, "-H" | "-L" | "-P");
    &words[words.iter().take_while(leads).count()..]
}

/// What a word of the expression is, and how many words after it are its values.
#[derive(Clone, Copy)]
enum Part {
    /// Not known before it runs.
    Opaque,
    /// Only looks.
    Test {
        values: usize,
    },
    /// Runs the words up to `;` or `{} +`.
    Runs,
    Writes {
        values: usize,
    },
    Deletes,
    Unknown,
}

/// The words of an expression that are known.
static PARTS: &[(&[&str], Part)] = &[
    (FIND_TESTS, Part::Test { values: 0 }),
    (FIND_VALUED, Part::Test { values: 1 }),
    (FIND_RUNS, Part::Runs),
    (&["-fprintf"], Part::Writes { values: 2 }),
    (FIND_WRITES, Part::Writes { values: 1 }),
    (&["-delete"], Part::Deletes),
];

impl Part {
    fn of(word: &Word<'_>) -> Self {
        if word.opaque || word.glob {
            return Self::Opaque;
        }
        let known = PARTS.iter().find(|(words, _)| is_in(words, &word.text)).map(|(_, part)| *part);
        let newer = || word.text.starts_with("-newer").then_some(Self::Test { values: 1 });
        known.or_else(newer).unwrap_or(Self::Unknown)
    }
}

fn note(judge: &mut Judge<'_>, at: &At<'_>, word: &Word<'_>, said: (&str, ScannerRisk, &str)) {
    let (rule, risk, why) = said;
    judge.report.note(rule, risk, at.scope.span_of(word), why);
}

fn deletes(judge: &mut Judge<'_>, at: &At<'_>, word: &Word<'_>, places: &[String]) {
    for name in places {
        let object = ObjectRef { kind: "path".to_owned(), name: name.clone() };
        judge.report.object(ScannerRisk::Dangerous, object);
    }
    let why = "deletes every file that it finds";
    note(judge, at, word, ("find.delete", ScannerRisk::Dangerous, why));
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
