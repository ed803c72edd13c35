//! The shape of the compiled rule tables. The tables themselves are made from `rules/*.toml` by the build script.

use dd0c_types::{Act, Effect, Place, Reach, ScannerRisk};

use crate::{effects, names};

/// How one family of programs is called, and which calls only read.
pub(crate) struct Program {
    pub(crate) style: Style,
    /// Flags that may stand anywhere, with their arity.
    pub(crate) globals: &'static [Flag],
    /// Verbs are compared without regard to case.
    pub(crate) fold: bool,
    /// An unquoted opaque operand could become a flag or a second operand that writes.
    pub(crate) strict: bool,
    /// `PROGRAM VERB --help` shows text, whatever the verb.
    pub(crate) help: bool,
    pub(crate) opens: Opens,
    pub(crate) payload: Payload,
    /// Flags whose value is the payload.
    pub(crate) payload_flags: &'static [&'static str],
    pub(crate) verbs: &'static [Verb],
    /// Indexes into [`RULES`].
    pub(crate) rules: &'static [usize],
}

/// How arguments are split into flags and operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `-abc`, `-n5`, `--long=value`; flags may follow operands.
    Gnu,
    /// As Gnu, but the first operand ends the flags.
    Posix,
    /// `-name value`: a word after one dash is one flag.
    Single,
    /// As Gnu, and a flag that nobody listed takes the words that follow it.
    Open,
    /// No flags at all.
    Plain,
}

/// Which operands are files or names whose content is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    All,
    AfterFirst,
    None,
}

/// A language inside the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    Sql,
    /// Commands of redis-cli.
    Redis,
    /// Code for mongosh.
    Mongo,
    Awk,
    Sed,
    Find,
    /// An interpreter of a language that is not read here.
    Code,
}

/// One verb path of a program.
pub(crate) struct Verb {
    /// Words in order; `*` is any word, `**` one to five words, `describe-*` a prefix. Empty: the program itself.
    pub(crate) path: &'static [&'static str],
    pub(crate) grade: Grade,
    pub(crate) flags: &'static [Flag],
    /// Most operands it may have and still only read.
    pub(crate) most: usize,
    /// Fewest operands it needs to only read.
    pub(crate) least: usize,
    /// Every operand must start so.
    pub(crate) prefix: &'static str,
    /// When not empty: only reads with one of these flags.
    pub(crate) needs: &'static [&'static str],
    /// When not empty: the words of the path are on this list of names.
    pub(crate) among: &'static [u64],
    /// Operands before the carried command.
    pub(crate) skip: usize,
    pub(crate) run: Run,
}

/// What is known of a verb.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Only reads, with these flags.
    Read,
    /// Its flags are known; rules say what it does.
    Know,
    /// Runs another command.
    Carry,
}

/// How a carrier runs its command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// The remaining words are a program and its arguments.
    Argv,
    /// The same, with unknown words appended.
    Append,
    /// The remaining words, joined by blanks, are shell text.
    Text,
    /// The first of the remaining words is shell text.
    First,
    /// The same as Text up to `:::`; the words behind it are appended one at a time.
    Each,
    /// The value of `-c` / `--command` is shell text.
    Flag,
    /// A shell: `-c` and the first operand, or standard input.
    Shell,
}

/// One flag.
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) arity: Arity,
    /// Whether it leaves a reading call reading.
    pub(crate) reads: bool,
    /// When not empty: reads only with one of these values.
    pub(crate) only: &'static [&'static str],
}

/// Whether a flag takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    None,
    One,
    Attached,
}

/// A statement about calls that do more than read.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    /// The programs it speaks of, by name.
    pub(crate) programs: &'static [&'static str],
    /// What it does; `risk` follows from it.
    pub(crate) effect: Effect,
    pub(crate) risk: ScannerRisk,
    pub(crate) why: &'static str,
    /// Any of these verb paths; none listed: every call.
    pub(crate) verbs: &'static [&'static [&'static str]],
    /// When not empty: the words of the path are on this list of names.
    pub(crate) among: &'static [u64],
    /// The words of the path are not on this list of names.
    pub(crate) not_among: &'static [u64],
    /// Of each group, one flag must be there; `-X=DELETE` also compares the value.
    pub(crate) flags: &'static [&'static [&'static str]],
    /// Of each group, none may be there.
    pub(crate) without: &'static [&'static [&'static str]],
    /// The resource kind of the first operand (`ns`, `ns/prod`, `pods,svc`).
    pub(crate) kinds: &'static [&'static str],
    /// One operand must look so (`*` at either end is open).
    pub(crate) operands: &'static [&'static str],
    /// At least so many operands.
    pub(crate) least: usize,
    /// The first operand is not known before it runs.
    pub(crate) opaque: bool,
    pub(crate) target: Target,
    /// `kind:where`, see `object.rs`.
    pub(crate) object: &'static str,
    pub(crate) safer: &'static str,
    pub(crate) rollback: &'static str,
}

/// What an operand must point at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Any,
    /// The last operand is a place the machine lives on.
    CriticalLast,
    /// Some operand is.
    Critical,
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The description of a program, by its bare name.
pub(crate) fn program(name: &str) -> Option<&'static Program> {
    let at = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    PROGRAMS.get(usize::from(NAMES[at].1))
}

/// Whether a list of names holds these words.
pub(crate) fn is_among(list: &[u64], words: &[&str]) -> bool {
    list.binary_search(&names::hash(words)).is_ok()
}
