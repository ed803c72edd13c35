//! GNU parallel's words: a command, and behind `:::` the values that are put into it.
//!
//! What parallel runs is known only in the plainest case. Its replacement strings reach from `{.}` to `{= Perl code =}`,
//! its values may come from files, and flags change how many values a command gets or what marks their place.

use crate::call::Call;
use crate::shell::word::Word;

/// Most values for which a command of parallel is judged one by one.
pub(crate) const MOST_VALUES: usize = 8;

/// Flags that change where values come from, how many a command gets, or what stands for them.
const CHANGE_VALUES: &[&str] = &[
    "-a",
    "--arg-file",
    "-I",
    "-n",
    "--max-args",
    "-N",
    "-X",
    "-m",
    "--xargs",
    "-0",
    "--null",
    "-C",
    "--colsep",
    "-d",
    "--delimiter",
    "-q",
    "--quote",
];

/// What stands behind parallel's own flags.
pub(crate) struct Parallel<'w> {
    pub(crate) command: &'w [Word<'w>],
    /// The command's words, joined by blanks: shell text.
    pub(crate) text: String,
    pub(crate) values: Vec<&'w Word<'w>>,
    /// How many lists of values there are.
    pub(crate) sources: usize,
    /// Some list is not values as they stand: files that hold them (`::::`), or values linked to others (`:::+`).
    pub(crate) unusual: bool,
}

impl<'w> Parallel<'w> {
    /// Splits the words at the marks.
    pub(crate) fn read(words: &'w [Word<'w>]) -> Self {
        let first = words.iter().position(is_mark).unwrap_or(words.len());
        let (command, rest) = words.split_at(first);
        let marks = || rest.iter().filter(|word| is_mark(word));
        Parallel {
            command,
            text: command.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" "),
            values: rest.iter().filter(|word| !is_mark(word)).collect(),
            sources: marks().count(),
            unusual: marks().any(|word| word.text != ":::"),
        }
    }

    /// The commands that run, when every byte of them is known: one list of few plain values, put where `{}` stands or
    /// behind the command, and no other replacement string.
    pub(crate) fn commands(&self) -> Option<Vec<String>> {
        let bounded = self.sources == 1 && !self.unusual && (1..=MOST_VALUES).contains(&self.values.len());
        let known = self.command.iter().all(|word| word.literal().is_some())
            && !self.text.replace("{}", "").contains(['{', '}']);
        let plain = self.values.iter().all(|word| word.literal().is_some_and(is_plain));
        (bounded && known && plain).then(|| self.values.iter().map(|word| self.with(&word.text)).collect())
    }

    /// The command with a value put in as it is.
    pub(crate) fn with(&self, value: &str) -> String {
        if self.text.contains("{}") {
            self.text.replace("{}", value)
        } else {
            format!("{} {value}", self.text)
        }
    }
}

/// Whether a flag makes it unknown what each command gets.
pub(crate) fn changes_values(call: &Call<'_>) -> bool {
    call.flags.iter().any(|seen| CHANGE_VALUES.contains(&seen.name.as_str()))
}

/// `:::`, `::::`, `:::+`.
fn is_mark(word: &Word<'_>) -> bool {
    word.text.len() >= 3 && word.text.bytes().all(|byte| b":+".contains(&byte))
}

/// Nothing in it that quoting would change: parallel quotes a value, and the text it lands in may be quoted as well.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/:,@%+-".contains(&byte))
}
