//! What may stand in a rule file. An unknown field is refused.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default)]
    pub(crate) program: Vec<Program>,
    #[serde(default)]
    pub(crate) rule: Vec<Rule>,
    #[serde(default)]
    pub(crate) words: Vec<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) names: Vec<String>,
    #[serde(default = "gnu")]
    pub(crate) style: String,
    #[serde(default)]
    pub(crate) globals: String,
    #[serde(default)]
    pub(crate) fold: bool,
    #[serde(default)]
    pub(crate) strict: bool,
    /// `PROGRAM VERB --help` shows text, whatever the verb.
    #[serde(default)]
    pub(crate) help: bool,
    #[serde(default = "all")]
    pub(crate) opens: String,
    #[serde(default)]
    pub(crate) payload: String,
    #[serde(default)]
    pub(crate) payload_flags: String,
    #[serde(default)]
    pub(crate) read: Vec<Verb>,
    #[serde(default)]
    pub(crate) know: Vec<Verb>,
    #[serde(default)]
    pub(crate) carry: Vec<Verb>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verb {
    #[serde(default = "no_verb")]
    pub(crate) verbs: Vec<String>,
    #[serde(default)]
    pub(crate) flags: String,
    #[serde(default = "many")]
    pub(crate) operands: usize,
    #[serde(default)]
    pub(crate) least: usize,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) skip: usize,
    #[serde(default)]
    pub(crate) run: String,
    #[serde(default)]
    pub(crate) needs: String,
    /// The words of the verb must be on this list of names.
    #[serde(default)]
    pub(crate) among: String,
    #[serde(default)]
    pub(crate) safe: Vec<String>,
    #[serde(default)]
    pub(crate) not_safe: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// `ACT PLACE [undoable|lasting] [many|shared]`: the risk follows from it, see `src/effects.rs`.
    pub(crate) effect: String,
    /// A higher risk than the effect gives, and why: `dangerous: reason`.
    #[serde(default)]
    pub(crate) raise: String,
    pub(crate) why: String,
    pub(crate) programs: Vec<String>,
    #[serde(default)]
    pub(crate) verbs: Vec<String>,
    /// The words of the verb must be on this list of names.
    #[serde(default)]
    pub(crate) among: String,
    /// The words of the verb must not be on this list of names.
    #[serde(default)]
    pub(crate) not_among: String,
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    #[serde(default)]
    pub(crate) without: Vec<String>,
    #[serde(default)]
    pub(crate) kinds: Vec<String>,
    #[serde(default)]
    pub(crate) operands: Vec<String>,
    #[serde(default)]
    pub(crate) least: usize,
    #[serde(default)]
    pub(crate) opaque: bool,
    #[serde(default)]
    pub(crate) target: String,
    #[serde(default)]
    pub(crate) object: String,
    #[serde(default)]
    pub(crate) safer: String,
    #[serde(default)]
    pub(crate) rollback: String,
    pub(crate) matches: Vec<String>,
    #[serde(default)]
    pub(crate) not: Vec<String>,
}

/// A named list of words: paths, variables, functions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) name: String,
    pub(crate) list: Vec<String>,
}

fn gnu() -> String {
    "gnu".to_owned()
}
fn all() -> String {
    "all".to_owned()
}
fn many() -> usize {
    255
}
fn no_verb() -> Vec<String> {
    vec![String::new()]
}
