//! One call split into verb, flags and operands by the program's table.

use crate::shell::text::OPAQUE;
use crate::shell::word::Word;
use crate::table::{Arity, Flag, Grade, Program, Style, Verb, is_among};

/// A call, taken apart.
pub(crate) struct Call<'w> {
    pub(crate) program: &'static Program,
    /// All words; the first is the program.
    pub(crate) words: &'w [Word<'w>],
    pub(crate) verb: Option<&'static Verb>,
    /// Indexes of the words of the verb path.
    pub(crate) verb_words: Vec<usize>,
    /// Indexes of all words that are neither flags nor their values, verb included.
    pub(crate) plain: Vec<usize>,
    pub(crate) flags: Vec<Seen<'w>>,
    /// Indexes of the operands.
    pub(crate) operands: Vec<usize>,
    /// Where a carried command starts.
    pub(crate) carried: Option<usize>,
    /// Some flag is not in the table, so a word after it may be its value.
    pub(crate) uncertain: bool,
}

/// A flag in a call.
pub(crate) struct Seen<'w> {
    pub(crate) name: String,
    pub(crate) spec: Option<&'static Flag>,
    pub(crate) value: Option<String>,
    pub(crate) word: &'w Word<'w>,
    /// The word that holds the value.
    pub(crate) value_word: Option<&'w Word<'w>>,
}

impl<'w> Call<'w> {
    /// Takes the words apart.
    pub(crate) fn read(program: &'static Program, words: &'w [Word<'w>]) -> Self {
        let first = Split::run(program, &[], words, None, 0);
        let verb = best_verb(program, words, &first.plain);
        let (verb, verb_words) = verb.map_or((None, 0), |(verb, count)| (Some(verb), count));
        let carry = verb.filter(|verb| verb.grade == Grade::Carry).map(|verb| verb.skip);
        let split = match verb {
            Some(verb) => {
                Split::run(program, verb.flags, words, carry.map(|skip| verb_words + skip), verb_words)
            }
            None => first,
        };
        let operands = split.plain.iter().copied().skip(verb_words).collect();
        let verb_words = split.plain.iter().copied().take(verb_words).collect();
        Call {
            program,
            words,
            verb,
            verb_words,
            plain: split.plain,
            flags: split.flags,
            operands,
            carried: split.carried,
            uncertain: split.uncertain,
        }
    }

    pub(crate) fn operand(&self, at: usize) -> Option<&'w Word<'w>> {
        self.operands.get(at).map(|&index| &self.words[index])
    }

    pub(crate) fn operand_words(&self) -> impl Iterator<Item = &'w Word<'w>> + '_ {
        self.operands.iter().map(|&index| &self.words[index])
    }
}

/// Whether a verb path fits the words; how many words it takes.
pub(crate) fn path_fits(path: &[&str], words: &[&str], fold: bool) -> Option<usize> {
    let Some((&"**", rest)) = path.split_first() else {
        let fits = path.len() <= words.len()
            && path.iter().zip(words).all(|(want, word)| element_fits(want, word, fold));
        return fits.then_some(path.len());
    };
    (1..=5)
        .take_while(|&skip| skip < words.len() && is_bare(words[skip - 1]))
        .find_map(|skip| path_fits(rest, &words[skip..], fold).map(|count| skip + count))
}

fn element_fits(want: &str, word: &str, fold: bool) -> bool {
    if want == "*" {
        return !word.is_empty();
    }
    match want.strip_suffix('*') {
        Some(prefix) => word.starts_with(prefix) && is_bare(word),
        None if fold => word.eq_ignore_ascii_case(want),
        None => word == want,
    }
}

/// A word such as services and verbs have.
fn is_bare(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn best_verb(
    program: &'static Program,
    words: &[Word<'_>],
    plain: &[usize],
) -> Option<(&'static Verb, usize)> {
    let text: Vec<&str> = plain.iter().take(8).map(|&at| words[at].literal().unwrap_or("\u{1}")).collect();
    let fits = program.verbs.iter().filter_map(|verb| {
        let count = path_fits(verb.path, &text, program.fold)?;
        if !verb.among.is_empty() && !is_among(verb.among, &text[..count]) {
            return None;
        }
        let exact = verb.path.iter().filter(|part| !part.contains('*')).count();
        // After `**` the earliest verb counts: what follows it is an operand, whatever it is called.
        let order = if verb.path.first() == Some(&"**") { 8 - count } else { 16 + count };
        Some(((order, exact), verb, count))
    });
    let fits: Vec<_> = fits.collect();
    let best = |all: &mut dyn Iterator<Item = &Fit>| {
        all.copied().reduce(|best, next| if next.0 > best.0 { next } else { best })
    };
    let first = best(&mut fits.iter())?;
    // `apps list` is the verb `list` of apps, and not `apps`, which takes no operands.
    let overfull = |fit: &Fit| fit.1.grade == Grade::Read && plain.len() - fit.2 > fit.1.most;
    let deeper = best(&mut fits.iter().filter(|fit| fit.1.path.first() == Some(&"**") && !overfull(fit)));
    let chosen = if overfull(&first) { deeper.unwrap_or(first) } else { first };
    Some((chosen.1, chosen.2))
}

/// How well a verb fits, the verb, and how many words it takes.
type Fit = ((usize, usize), &'static Verb, usize);

struct Split<'w> {
    program: &'static Program,
    verb_flags: &'static [Flag],
    words: &'w [Word<'w>],
    /// After so many plain words a carried command starts.
    carry_after: Option<usize>,
    /// Before so many plain words, a flag is the program's own.
    verb_words: usize,
    at: usize,
    plain: Vec<usize>,
    flags: Vec<Seen<'w>>,
    carried: Option<usize>,
    uncertain: bool,
}

impl<'w> Split<'w> {
    fn run(
        program: &'static Program,
        verb_flags: &'static [Flag],
        words: &'w [Word<'w>],
        carry_after: Option<usize>,
        verb_words: usize,
    ) -> Self {
        let (plain, flags) = (Vec::with_capacity(words.len()), Vec::new());
        let mut split = Split {
            program,
            verb_flags,
            words,
            carry_after,
            verb_words,
            at: 1,
            plain,
            flags,
            carried: None,
            uncertain: false,
        };
        while split.at < words.len() && split.carried.is_none() {
            split.step();
        }
        split
    }

    fn step(&mut self) {
        let word = &self.words[self.at];
        if &*word.text == "--" && self.program.style != Style::Plain {
            self.ends();
        } else if word.is_flag() && self.program.style != Style::Plain && !self.is_past_flags() {
            self.flag(word);
        } else if self.carry_after == Some(self.plain.len()) {
            self.carried = Some(self.at);
        } else {
            self.plain.push(self.at);
        }
        self.at += 1;
    }

    /// `--`: the rest is operands, or the carried command.
    fn ends(&mut self) {
        let from = self.at + 1;
        if self.carry_after.is_some() {
            self.carried = (from < self.words.len()).then_some(from);
            if self.carried.is_none() {
                self.at = self.words.len();
            }
        } else {
            self.plain.extend(from..self.words.len());
            self.at = self.words.len();
        }
    }

    fn is_past_flags(&self) -> bool {
        self.program.style == Style::Posix && !self.plain.is_empty()
    }

    fn spec(&self, name: &str) -> Option<&'static Flag> {
        let find = |flags: &'static [Flag]| flags.iter().find(|flag| flag.name == name);
        if self.plain.len() < self.verb_words {
            find(self.program.globals).or_else(|| find(self.verb_flags))
        } else {
            find(self.verb_flags).or_else(|| find(self.program.globals))
        }
    }

    fn flag(&mut self, word: &'w Word<'w>) {
        let text = &*word.text;
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        if text.starts_with("--") || self.program.style == Style::Single || self.spec(name).is_some() {
            self.whole(word, name, attached);
        } else if text[1..].bytes().all(|byte| byte.is_ascii_digit()) && self.spec("-#").is_some() {
            self.seen(word, "-#", None, None);
        } else {
            self.cluster(word);
        }
    }

    fn whole(&mut self, word: &'w Word<'w>, name: &str, attached: Option<&str>) {
        let spec = self.spec(name);
        let wants = attached.is_none() && spec.is_some_and(|spec| spec.arity == Arity::One);
        if wants && let Some(value) = self.words.get(self.at + 1) {
            self.at += 1;
            self.seen(word, name, Some(value.text.to_string()), Some(value));
            return;
        }
        self.seen(word, name, attached.map(str::to_owned), attached.map(|_| word));
        if spec.is_none() && self.program.style == Style::Open && attached.is_none() {
            while self.words.get(self.at + 1).is_some_and(|next| !next.is_flag()) {
                self.at += 1;
            }
        }
    }

    /// `-xvf file`.
    fn cluster(&mut self, word: &'w Word<'w>) {
        let text = &word.text[1..];
        for (at, c) in text.char_indices() {
            let name = format!("-{c}");
            let rest = &text[at + c.len_utf8()..];
            match self.spec(&name).map(|spec| spec.arity) {
                Some(Arity::One) if rest.is_empty() => return self.whole(word, &name, None),
                Some(Arity::One | Arity::Attached) => {
                    let value = rest.strip_prefix('=').unwrap_or(rest);
                    return self.seen(word, &name, Some(value.to_owned()), Some(word));
                }
                Some(Arity::None) | None => self.seen(word, &name, None, None),
            }
            if c == OPAQUE {
                return;
            }
        }
    }

    fn seen(
        &mut self,
        word: &'w Word<'w>,
        name: &str,
        value: Option<String>,
        value_word: Option<&'w Word<'w>>,
    ) {
        let spec = self.spec(name);
        self.uncertain |= spec.is_none();
        self.flags.push(Seen { name: name.to_owned(), spec, value, word, value_word });
    }
}
