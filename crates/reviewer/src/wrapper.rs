//! Programs that run the command behind them: the command is what is reviewed, with more doubt than alone.

use crate::word::Word;

/// A program that runs another.
struct Wrapper {
    name: &'static str,
    /// Flags that stand alone.
    alone: &'static [&'static str],
    /// Flags whose value is the next word.
    valued: &'static [&'static str],
    /// Words before the command.
    operands: usize,
    /// Its command gets words that nobody has seen.
    adds_words: bool,
}

const WRAPPERS: [Wrapper; 7] = [
    Wrapper {
        name: "sudo",
        alone: &["-n", "-E", "-H", "-S", "-k"],
        valued: &["-u", "-g", "--user", "--group"],
        operands: 0,
        adds_words: false,
    },
    Wrapper { name: "time", alone: &["-p"], valued: &[], operands: 0, adds_words: false },
    Wrapper { name: "nohup", alone: &[], valued: &[], operands: 0, adds_words: false },
    Wrapper { name: "nice", alone: &[], valued: &["-n"], operands: 0, adds_words: false },
    Wrapper {
        name: "timeout",
        alone: &["--foreground", "--preserve-status", "-v"],
        valued: &["-k", "-s"],
        operands: 1,
        adds_words: false,
    },
    Wrapper {
        name: "watch",
        alone: &["-d", "-t", "-e", "-g", "-b", "-c", "--differences"],
        valued: &["-n", "--interval"],
        operands: 0,
        adds_words: false,
    },
    Wrapper {
        name: "xargs",
        alone: &["-0", "-r", "-t", "--null", "--no-run-if-empty"],
        valued: &["-n", "-I", "-L", "-P", "-d", "-s"],
        operands: 0,
        adds_words: true,
    },
];

/// Wrappers that are taken off one another.
const MOST: usize = 4;

/// The command inside (the last of the words), and how often the doubt about it counts: once, twice for each wrapper,
/// four times where words are added to it. None when a wrapper is used in a way that is not followed.
pub fn inner(mut words: &[Word]) -> Option<(&[Word], u32)> {
    let mut doubt = 1;
    for _ in 0..MOST {
        let Some((wrapper, behind)) = wrapped(words) else { return Some((words, doubt)) };
        words = behind?;
        doubt *= if wrapper.adds_words { 4 } else { 2 };
    }
    None
}

/// The wrapper, and the words behind it and its flags, if it can be followed.
fn wrapped(words: &[Word]) -> Option<(&'static Wrapper, Option<&[Word]>)> {
    let name = crate::call::program(words.first()?)?;
    let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.name == name)?;
    Some((wrapper, wrapper.command(&words[1..])))
}

impl Wrapper {
    fn command<'a>(&self, words: &'a [Word]) -> Option<&'a [Word]> {
        let mut at = 0;
        while let Some(word) = words.get(at).filter(|word| word.text.starts_with('-') && !word.opaque) {
            at += self.width(&word.text)?;
        }
        let command = words.get(at + self.operands..)?;
        (!command.is_empty()).then_some(command)
    }

    /// How many words a flag takes.
    fn width(&self, flag: &str) -> Option<usize> {
        let name = flag.trim_end_matches(|c: char| c.is_ascii_digit());
        if self.alone.contains(&flag) {
            Some(1)
        } else if self.valued.contains(&flag) {
            Some(2)
        } else {
            // `-n1`, `--interval=5`
            let glued = flag.split_once('=').map_or(name, |(name, _)| name);
            (glued.len() < flag.len() && self.valued.contains(&glued)).then_some(1)
        }
    }
}
