//! What must be filled in: placeholders of all common styles, without their look-alikes, and the variables that
//! the runbook's own commands set.

mod placeholders;
pub(crate) mod sets;

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::runbook::{Variable, VariableKind};
use dd0c_types::{Span, StepId};

pub(crate) use placeholders::{Found, Place, scan};

/// A placeholder found at a place of the pasted text.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence {
    pub(crate) found: Found,
    pub(crate) span: Span,
}

/// Collects occurrences into variables, in the order of their first place.
pub(crate) fn collect(
    mut occurrences: Vec<Occurrence>,
    assigned: &BTreeMap<String, StepId>,
    internal: &BTreeSet<String>,
) -> Vec<Variable> {
    occurrences.sort_by_key(|occurrence| (occurrence.span.start, occurrence.span.end));
    let mut variables: Vec<Variable> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for occurrence in occurrences {
        let name = &occurrence.found.name;
        let derived =
            assigned.get(name).copied().filter(|_| matches!(occurrence.found.style, "shell" | "caps"));
        if internal.contains(name) && derived.is_none() && matches!(occurrence.found.style, "shell" | "caps")
        {
            continue;
        }
        let at = *known.entry(name.clone()).or_insert_with(|| {
            variables.push(Variable {
                name: name.clone(),
                placeholder: occurrence.found.placeholder.clone(),
                style: occurrence.found.style.to_owned(),
                kind: kind(name, derived.is_some()),
                occurrences: Vec::new(),
                set_by: derived,
            });
            variables.len() - 1
        });
        let places = &mut variables[at].occurrences;
        if places.last() != Some(&occurrence.span) {
            places.push(occurrence.span);
        }
    }
    variables
}

fn kind(name: &str, derived: bool) -> VariableKind {
    if derived {
        VariableKind::Derived
    } else if is_secret(name) {
        VariableKind::Secret
    } else {
        VariableKind::Input
    }
}

/// Whether a value of this name must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    let flat: String = name.to_ascii_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let marks = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "basicauth",
    ];
    let names_only = flat.ends_with("name")
        || flat.ends_with("id") && !flat.ends_with("accesskeyid")
        || flat.ends_with("file")
        || flat.ends_with("path");
    marks.iter().any(|mark| flat.contains(mark)) && !names_only
}
