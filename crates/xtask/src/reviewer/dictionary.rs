//! What the documentation names: programs, verbs, flags; and one example for each kind of call.

use std::collections::{BTreeMap, BTreeSet};

use dd0c_reviewer::call::{key, program};
use dd0c_reviewer::model::StoredExample;
use dd0c_reviewer::word::Word;
use dd0c_reviewer::wrapper::inner;
use dd0c_types::Risk;

use super::documents::{DocumentedPart, Row, Source};

/// Longest command and description of an example, in bytes.
const LONGEST_COMMAND: usize = 72;
const LONGEST_DESCRIPTION: usize = 88;
/// Examples of one path and one risk.
const MOST_ALIKE: usize = 2;

/// A long flag reads wherever it stands when at least this many programs document it…
const PROGRAMS: usize = 4;
/// … and at least this share of its labelled rows, in percent, are Safe.
const SHARE: usize = 90;

/// The keys of the dictionary that these rows make.
pub(crate) fn keys(rows: &[&Row]) -> Vec<u64> {
    let mut keys = BTreeSet::new();
    let mut flags: BTreeMap<String, Flag> = BTreeMap::new();
    let plain = without_verbs(rows);
    for row in rows {
        for part in row.spellings.iter().flatten() {
            let Some(documented) = Documented::of(part) else { continue };
            documented.add(&mut keys, !plain.contains(documented.program));
            for flag in documented.flags().filter(|flag| flag.starts_with("--")) {
                let known = flags.entry(flag.to_owned()).or_default();
                known.programs.insert(documented.program.to_owned());
                known.labelled += usize::from(row.label.is_some());
                known.safe += usize::from(row.label == Some(Risk::Safe));
            }
        }
        if row.source == Source::DeclaredReading
            && let Some(documented) = row.spellings.first().and_then(|parts| Documented::of(parts.first()?))
        {
            keys.insert(key::declared_reading(documented.program, &documented.path()));
        }
    }
    let reads = |flag: &&(String, Flag)| {
        flag.1.programs.len() >= PROGRAMS && flag.1.safe * 100 >= flag.1.labelled * SHARE && flag.1.safe > 0
    };
    let flags: Vec<(String, Flag)> = flags.into_iter().collect();
    keys.extend(flags.iter().filter(reads).map(|(flag, _)| key::reading_flag(flag)));
    keys.into_iter().collect()
}

/// Programs whose own pages show operands behind them and never a verb: a word behind `grep` on the page of another
/// program is what is looked for.
fn without_verbs<'r>(rows: &[&'r Row]) -> BTreeSet<&'r str> {
    let mut first: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.source == Source::Page) {
        for part in row.spellings.iter().flatten() {
            let Some(documented) = Documented::of(part).filter(|part| part.program == row.group) else {
                continue;
            };
            let Some(at) = documented.positionals().next() else { continue };
            let (operands, verbs) = first.entry(documented.program).or_default();
            let is_verb = documented.is_verb(at);
            (*operands, *verbs) = (*operands || !is_verb, *verbs || is_verb);
        }
    }
    first.into_iter().filter(|(_, seen)| *seen == (true, false)).map(|(program, _)| program).collect()
}

#[derive(Default)]
struct Flag {
    programs: BTreeSet<String>,
    labelled: usize,
    safe: usize,
}

/// A documented call: the words behind the program, and which of them anybody may choose.
pub(crate) struct Documented<'a> {
    program: &'a str,
    words: &'a [Word],
    chosen: &'a [bool],
}

impl<'a> Documented<'a> {
    /// None when the program's name is none, or stands behind something that is not followed.
    pub(crate) fn of(part: &'a DocumentedPart) -> Option<Self> {
        let (words, _) = inner(&part.part.words)?;
        let chosen = &part.chosen[part.chosen.len() - words.len()..];
        let name = program(words.first()?).filter(|_| !chosen[0])?;
        Some(Self { program: name, words: &words[1..], chosen: &chosen[1..] })
    }

    /// The literal words up to the first that is chosen.
    pub(crate) fn path(&self) -> Vec<String> {
        let mut path = Vec::new();
        for at in self.positionals() {
            if !self.is_verb(at) || path.len() == 3 {
                break;
            }
            path.push(self.words[at].text.clone());
        }
        path
    }

    fn add(&self, keys: &mut BTreeSet<u64>, has_verbs: bool) {
        keys.insert(key::program(self.program));
        keys.extend(self.flags().map(|flag| key::flag(self.program, flag)));
        if self.words.is_empty() {
            keys.insert(key::bare(self.program));
        }
        let mut path: Vec<String> = Vec::new();
        for at in self.positionals() {
            if !has_verbs || !self.is_verb(at) || path.len() == 3 {
                keys.insert(key::has_operands(self.program, &path));
                return;
            }
            let verb = &self.words[at].text;
            keys.insert(key::verb(self.program, &path, verb));
            keys.insert(key::has_verbs(self.program, &path));
            path.push(verb.clone());
        }
    }

    fn flags(&self) -> impl Iterator<Item = &str> {
        let literal = self
            .words
            .iter()
            .zip(self.chosen)
            .filter(|(word, chosen)| is_flag(word) && !is_value(word, **chosen));
        literal.map(|(word, _)| word.text.split('=').next().unwrap_or_default()).filter(|flag| flag.len() > 1)
    }

    /// The words that are neither flags nor directly behind one, as a flag's value may be.
    fn positionals(&self) -> impl Iterator<Item = usize> {
        let behind_flag =
            |at: usize| at > 0 && is_flag(&self.words[at - 1]) && !self.words[at - 1].text.contains('=');
        (0..self.words.len()).filter(move |at| !is_flag(&self.words[*at]) && !behind_flag(*at))
    }

    fn is_verb(&self, at: usize) -> bool {
        let word = &self.words[at];
        let text = word.text.as_bytes();
        let sound = text.first().is_some_and(u8::is_ascii_lowercase)
            && text
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_:".contains(byte));
        sound && !word.opaque && !word.quoted && !self.chosen[at] && text.len() <= 48
    }
}

fn is_flag(word: &Word) -> bool {
    word.text.len() > 1 && word.text.starts_with('-')
}

/// `--{{name}}`: the flag itself is chosen.
fn is_value(word: &Word, chosen: bool) -> bool {
    chosen && !word.text.contains('=')
}

/// Examples for the index: for each path and risk the shortest few, within `budget` bytes of text; the shortest first,
/// so that every program keeps some.
pub(crate) fn examples(rows: &[&Row], budget: usize) -> Vec<StoredExample> {
    let mut by_path: BTreeMap<(u64, Risk), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let Some(label) = row.label.filter(|_| row.source == Source::Page && is_short(row)) else { continue };
        let Some([part]) = row.spellings.last().map(Vec::as_slice) else { continue };
        let Some(documented) = Documented::of(part) else { continue };
        let path = documented.path();
        for length in 0..=path.len() {
            by_path.entry((key::examples(documented.program, &path[..length]), label)).or_default().push(row);
        }
    }
    let mut chosen: Vec<(usize, StoredExample)> = Vec::new();
    for ((key, risk), mut rows) in by_path {
        rows.sort_by_key(|row| (row.command.len(), row.command.clone(), row.description.clone()));
        rows.dedup_by_key(|row| &row.command);
        chosen.extend(
            rows.into_iter().take(MOST_ALIKE).enumerate().map(|(rank, row)| (rank, stored(key, risk, row))),
        );
    }
    within(chosen, budget)
}

fn is_short(row: &Row) -> bool {
    row.command.len() <= LONGEST_COMMAND
        && row.description.len() <= LONGEST_DESCRIPTION
        && !row.command.contains('\n')
}

fn stored(key: u64, risk: Risk, row: &Row) -> StoredExample {
    StoredExample { key, command: row.command.clone(), description: row.description.clone(), risk }
}

/// The best of each path before the second best of any, the short before the long.
fn within(mut chosen: Vec<(usize, StoredExample)>, budget: usize) -> Vec<StoredExample> {
    let size = |example: &StoredExample| example.command.len() + example.description.len();
    chosen.sort_by_key(|(rank, example)| (*rank, size(example), example.clone()));
    let mut left = budget;
    let fits = |example: &StoredExample| {
        let needs = size(example) + 17;
        let fits = needs <= left;
        left -= if fits { needs } else { 0 };
        fits
    };
    let mut fits = fits;
    chosen.into_iter().map(|(_, example)| example).filter(|example| fits(example)).collect()
}
