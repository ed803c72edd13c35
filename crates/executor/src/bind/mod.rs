//! Values into a command, never as syntax.
//!
//! A placeholder becomes one shell word: a plain value as it is, anything else quoted for the place where it stands.
//! `$X` stays in the text and its value travels as environment. Where the place is not understood with certainty,
//! only plain values are taken, and where even those could end something (a here-document), none.

mod place;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::Command;
use dd0c_types::runbook::{Variable, VariableKind};

use place::{Hole, Piece, Place};

/// A command with its values.
#[derive(Clone, PartialEq)]
pub struct Bound {
    /// The exact text that runs.
    pub command: Command,
    /// What is passed beside it.
    pub environment: BTreeMap<String, String>,
    /// Names in `environment` that hold secrets: masked wherever people look.
    pub secrets: BTreeSet<String>,
}

/// Why a value cannot be bound. Nothing has run; the name says which value it is, the value itself is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// No value was given.
    #[error("a value for {name} is missing")]
    Missing {
        /// The variable.
        name: String,
    },
    /// The value cannot be used in any place.
    #[error("the value of {name} cannot be used: {reason}")]
    Value {
        /// The variable.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The value cannot be used in this place.
    #[error("the value of {name} cannot be put into this command: {reason}")]
    Place {
        /// The variable.
        name: String,
        /// Why.
        reason: &'static str,
    },
}

impl BindError {
    /// The variable that it speaks of.
    pub fn name(&self) -> &str {
        match self {
            BindError::Missing { name } | BindError::Value { name, .. } | BindError::Place { name, .. } => {
                name
            }
        }
    }
}

/// Binds the values of every variable that stands in `command`. `shell` says whether the text is shell; in any other
/// language only plain values are taken. Variables that do not occur need no value.
pub fn bind(
    command: &str,
    shell: bool,
    variables: &[Variable],
    values: &BTreeMap<String, String>,
) -> Result<Bound, BindError> {
    let mut bound =
        Bound { command: Command::new(""), environment: BTreeMap::new(), secrets: BTreeSet::new() };
    let mut text = String::with_capacity(command.len() + 32);
    let plain_only = !shell || value::reads_its_text_again(command);
    for piece in place::pieces(command, shell, variables) {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Hole(hole) => fill(&hole, plain_only, values, &mut text, &mut bound)?,
        }
    }
    bound.command = Command::new(text);
    Ok(bound)
}

fn fill(
    hole: &Hole<'_>,
    plain_only: bool,
    values: &BTreeMap<String, String>,
    text: &mut String,
    bound: &mut Bound,
) -> Result<(), BindError> {
    // A shell variable that an earlier step sets has its value only when that step has run.
    let set_by_a_step = hole.shell_variable && hole.variable.kind == VariableKind::Derived;
    if hole.place == Place::Comment || set_by_a_step {
        text.push_str(hole.spelling);
        return Ok(());
    }
    let name = &hole.variable.name;
    let value = values.get(name).ok_or_else(|| BindError::Missing { name: name.clone() })?;
    value::acceptable(value).map_err(|reason| BindError::Value { name: name.clone(), reason })?;
    let refuse = |reason| BindError::Place { name: name.clone(), reason };
    value::fits(value, hole, plain_only).map_err(refuse)?;
    if hole.shell_variable {
        value::environment_name(name).map_err(refuse)?;
        text.push_str(hole.spelling);
        pass(bound, name.clone(), value, hole);
        return Ok(());
    }
    if hole.variable.kind == VariableKind::Secret {
        let secret = format!("DD0C_SECRET_{}", value::upper(name));
        text.push_str(&value::reference(&secret, hole.place).map_err(refuse)?);
        pass(bound, secret, value, hole);
        return Ok(());
    }
    text.push_str(&value::spliced(value, hole));
    Ok(())
}

fn pass(bound: &mut Bound, name: String, value: &str, hole: &Hole<'_>) {
    if hole.variable.kind == VariableKind::Secret {
        bound.secrets.insert(name.clone());
    }
    bound.environment.insert(name, value.to_owned());
}
