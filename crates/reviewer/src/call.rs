//! A simple command read by what the documentation knows: which program, which verbs, which flags, what else.

use crate::hash::Hash;
use crate::word::Word;

/// Deepest path of verbs that is followed.
const MOST_VERBS: usize = 3;
/// Most operands that are looked at as words.
const MOST_WORDS: usize = 3;

/// What the documentation names. Everything is asked by hash.
pub trait Dictionary {
    /// Whether the documentation holds the key.
    fn knows(&self, key: u64) -> bool;
}

/// The keys of the dictionary.
pub mod key {
    use super::Hash;

    /// A documented program.
    pub const fn program(program: &str) -> u64 {
        Hash::of("program").and(program).key()
    }

    /// The documentation shows the program alone.
    pub const fn bare(program: &str) -> u64 {
        Hash::of("bare").and(program).key()
    }

    /// A literal word behind a path: `get` behind `kubectl`.
    pub fn verb(program: &str, path: &[String], word: &str) -> u64 {
        path.iter().fold(Hash::of("verb").and(program), |hash, verb| hash.and(verb)).and(word).key()
    }

    /// The path is followed by literal words: what stands there is a verb.
    pub fn has_verbs(program: &str, path: &[String]) -> u64 {
        path.iter().fold(Hash::of("has verbs").and(program), |hash, verb| hash.and(verb)).key()
    }

    /// The path is followed by operands that anybody may choose.
    pub fn has_operands(program: &str, path: &[String]) -> u64 {
        path.iter().fold(Hash::of("has operands").and(program), |hash, verb| hash.and(verb)).key()
    }

    /// A flag that the program's documentation shows.
    pub const fn flag(program: &str, flag: &str) -> u64 {
        Hash::of("flag").and(program).and(flag).key()
    }

    /// A long flag that reads wherever it is documented.
    pub const fn reading_flag(flag: &str) -> u64 {
        Hash::of("reading flag").and(flag).key()
    }

    /// An operation that its vendor declares read-only.
    pub fn declared_reading(program: &str, path: &[String]) -> u64 {
        path.iter().fold(Hash::of("declared").and(program), |hash, verb| hash.and(verb)).key()
    }

    /// Where the examples of a path stand.
    pub fn examples(program: &str, path: &[String]) -> u64 {
        path.iter().fold(Hash::of("examples").and(program), |hash, verb| hash.and(verb)).key()
    }
}

/// A simple command, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The program's name.
    pub program: String,
    /// Its verbs, outermost first.
    pub path: Vec<String>,
    /// Its flags by name, values cut off, bundles taken apart.
    pub flags: Vec<String>,
    /// What kind of thing each operand is.
    pub operands: Vec<&'static str>,
    /// The first operands that look like words: a verb that nobody documented is among them.
    pub words: Vec<String>,
    /// What makes the reading doubtful; any of these keeps it from being Safe.
    pub doubt: Option<Doubt>,
}

/// Why a reading is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The word where a verb is expected is not documented, or not known yet; or the program alone is not documented.
    Verb,
    /// A flag is not documented, or not known yet.
    Flag,
    /// It names something that is kept secret.
    Secret,
}

/// Programs that take the commands of another by their own documentation.
const STANDS_FOR: [(&str, &str); 14] = [
    ("oc", "kubectl"),
    ("k", "kubectl"),
    ("podman", "docker"),
    ("nerdctl", "docker"),
    ("tofu", "terraform"),
    ("mariadb", "mysql"),
    ("egrep", "grep"),
    ("fgrep", "grep"),
    ("zgrep", "grep"),
    ("gawk", "awk"),
    ("mawk", "awk"),
    ("ggrep", "grep"),
    ("gls", "ls"),
    ("gcat", "cat"),
];

/// Folders whose programs are what their name says.
const SYSTEM: [&str; 4] = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"];

/// The name of the program, when the word is one: literal, and by name alone or in a system folder.
pub fn program(word: &Word) -> Option<&str> {
    let text = word.text.as_str();
    let name = SYSTEM.iter().find_map(|folder| text.strip_prefix(folder)).unwrap_or(text);
    let sound =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.+".contains(&byte));
    (!word.opaque && sound).then_some(name)
}

/// Reads a simple command whose program is documented. None when it is not.
///
/// What one program documents serves another that takes its commands (`oc` for `kubectl`), wherever its own
/// documentation does not know the verb.
pub fn read(words: &[Word], dictionary: &impl Dictionary) -> Option<Call> {
    let (first, rest) = words.split_first()?;
    let name = program(first)?;
    let own = dictionary.knows(key::program(name)).then(|| read_as(name, rest, dictionary));
    let other = || {
        let (_, stands_for) = STANDS_FOR.iter().find(|(program, _)| *program == name)?;
        dictionary.knows(key::program(stands_for)).then(|| read_as(stands_for, rest, dictionary))
    };
    match own {
        Some(call) if call.doubt.is_none() => Some(call),
        own => match other() {
            // A doubt about a secret is one whatever the documentation knows.
            Some(call) if own.as_ref().is_none_or(|own| own.path.len() <= call.path.len()) => Some(call),
            _ => own,
        },
    }
}

fn read_as(program: &str, words: &[Word], dictionary: &impl Dictionary) -> Call {
    let call = Call {
        program: program.to_owned(),
        path: Vec::new(),
        flags: Vec::new(),
        operands: Vec::new(),
        words: Vec::new(),
        doubt: None,
    };
    let mut reading = Reading { call, dictionary, words, verbs_end: false };
    let mut flags_end = false;
    for (at, word) in words.iter().enumerate() {
        if is_secret(&word.text) {
            reading.doubts(Doubt::Secret);
        }
        if flags_end || !is_flag(word) {
            reading.positional(at, flags_end);
        } else if word.text == "--" {
            flags_end = true;
            reading.call.flags.push("--".to_owned());
        } else {
            reading.flag(word);
        }
    }
    reading.verb_is_missing();
    reading.call
}

/// A flag that is only known when it runs, or one that is turned off: `--dry-run=false` is not `--dry-run`.
fn may_mean_another(word: &Word, value: Option<&str>) -> bool {
    let negated = value.is_some_and(|value| ["false", "no", "0", "none", ""].contains(&value));
    (word.opaque && value.is_none()) || negated
}

fn is_flag(word: &Word) -> bool {
    word.text.len() > 1 && word.text.starts_with('-')
}

struct Reading<'a, D> {
    call: Call,
    dictionary: &'a D,
    words: &'a [Word],
    verbs_end: bool,
}

impl<D: Dictionary> Reading<'_, D> {
    fn doubts(&mut self, doubt: Doubt) {
        self.call.doubt = Some(self.call.doubt.map_or(doubt, |known| known.min(doubt)));
    }

    fn is_verb(&self, word: &Word) -> bool {
        let Call { program, path, .. } = &self.call;
        !word.opaque && self.dictionary.knows(key::verb(program, path, &word.text))
    }

    fn positional(&mut self, at: usize, flags_end: bool) {
        let word = &self.words[at];
        if self.verbs_end || flags_end || self.call.path.len() == MOST_VERBS {
            self.verbs_end = true;
            return self.operand(word);
        }
        // `kubectl -n get delete …`: behind a flag a word may be the flag's value.
        let value = at > 0 && is_flag(&self.words[at - 1]) && !self.words[at - 1].text.contains('=');
        if self.is_verb(word) {
            if value && self.next_verb(at) {
                self.doubts(Doubt::Verb);
            }
            self.call.path.push(word.text.clone());
            return;
        }
        self.operand(word);
        if value {
            return;
        }
        self.verbs_end = true;
    }

    fn operand(&mut self, word: &Word) {
        let class = class(word);
        if class == "name" && !word.opaque && self.call.words.len() < MOST_WORDS {
            self.call.words.push(word.text.clone());
        }
        self.call.operands.push(class);
    }

    /// Where the documentation shows verbs only, another word is a verb that nobody documented. So is, as the first
    /// word behind a program that has verbs, a word that looks like one.
    fn verb_is_missing(&mut self) {
        let Call { program, path, flags, operands, .. } = &self.call;
        let bare = path.is_empty() && flags.is_empty() && operands.is_empty();
        if bare && !self.dictionary.knows(key::bare(program)) {
            return self.doubts(Doubt::Verb);
        }
        if operands.is_empty() || !self.dictionary.knows(key::has_verbs(program, path)) {
            return;
        }
        let looks_like_one = path.is_empty() && operands.contains(&"name");
        if looks_like_one || !self.dictionary.knows(key::has_operands(program, path)) {
            self.doubts(Doubt::Verb);
        }
    }

    /// Whether the next word that is no flag is a verb here too.
    fn next_verb(&self, at: usize) -> bool {
        self.words[at + 1..].iter().find(|word| !is_flag(word)).is_some_and(|word| self.is_verb(word))
    }

    fn flag(&mut self, word: &Word) {
        let text = word.text.as_str();
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        if may_mean_another(word, value) {
            self.doubts(Doubt::Flag);
        }
        self.named_flag(name);
    }

    fn named_flag(&mut self, name: &str) {
        let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if self.known(name) || name.starts_with("--") {
            self.one_flag(name.to_owned());
        } else if numbered == "-" {
            self.call.flags.push("-#".to_owned());
        } else if numbered.len() < name.len() && self.known(numbered) {
            self.call.flags.push(numbered.to_owned());
        } else if self.is_bundle(name) {
            for letter in name[1..].chars() {
                self.one_flag(format!("-{letter}"));
            }
        } else {
            self.one_flag(name.to_owned());
        }
    }

    fn known(&self, name: &str) -> bool {
        self.dictionary.knows(key::flag(&self.call.program, name))
            || (name.starts_with("--") && self.dictionary.knows(key::reading_flag(name)))
    }

    /// `-la`: every letter is a flag of the program.
    fn is_bundle(&self, name: &str) -> bool {
        let letters = &name[1..];
        letters.len() > 1
            && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
            && letters.chars().all(|letter| self.known(&format!("-{letter}")))
    }

    fn one_flag(&mut self, name: String) {
        let Call { program, path, .. } = &self.call;
        // The flags of an operation that its vendor declares read-only are its parameters.
        let parameter = path.len() > 1
            && name.starts_with("--")
            && !GENERAL.contains(&name.as_str())
            && self.dictionary.knows(key::declared_reading(program, path));
        if !parameter && !self.known(&name) {
            self.doubts(Doubt::Flag);
        }
        self.call.flags.push(name);
    }
}

/// Flags of a vendor's tool that are no parameters of an operation: they say where it is sent, or what it is made of.
const GENERAL: [&str; 5] =
    ["--endpoint-url", "--no-verify-ssl", "--ca-bundle", "--cli-input-json", "--cli-input-yaml"];

/// What kind of thing an operand is.
pub fn class(word: &Word) -> &'static str {
    let text = word.text.as_str();
    if text.is_empty() {
        "open"
    } else if text.contains("://") {
        "address"
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        "number"
    } else if text.contains('=') {
        "assignment"
    } else if text.contains(' ') {
        "text"
    } else if text.contains('/') || text.contains('.') {
        "path"
    } else if word.opaque {
        "open"
    } else {
        "name"
    }
}

/// Names of things that are kept secret.
const SECRETS: [&str; 14] = [
    "secret",
    "passw",
    "passphrase",
    "credential",
    "token",
    "private",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "shadow",
    "kubeconfig",
    "apikey",
    "api-key",
    "api_key",
];
const SECRET_ENDS: [&str; 5] = [".env", ".pem", ".key", ".p12", "environ"];

fn is_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SECRETS.iter().any(|name| text.contains(name)) || SECRET_ENDS.iter().any(|end| text.ends_with(end))
}
