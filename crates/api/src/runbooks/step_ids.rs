//! Ids of steps across versions: a step whose command is unchanged is the same step, wherever the text around it went.
//!
//! An id says which step a history belongs to, never what was approved: an approval is of a command's bytes.

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::runbook::{ParsedRunbook, Step};
use dd0c_types::{StepId, runbook::StepKind};

/// More steps than this are not compared: their ids are new.
const MOST_STEPS: usize = 2_000;

/// Gives every step of `next` that is a step of `previous` the id it had there. Steps are paired in order; a step that
/// moved past another one is new.
pub(super) fn keep(previous: &ParsedRunbook, next: &mut ParsedRunbook) {
    let mut renamed: BTreeMap<StepId, StepId> = BTreeMap::new();
    for (old, new) in pairs(&previous.steps, &next.steps) {
        renamed.insert(next.steps[new].id, previous.steps[old].id);
    }
    // No id is given twice: where a step that is new has by its content the id that another would take over, both
    // keep what they have. Each round gives up at least one name, so this ends.
    loop {
        let kept: BTreeSet<StepId> =
            next.steps.iter().map(|step| step.id).filter(|id| !renamed.contains_key(id)).collect();
        let before = renamed.len();
        renamed.retain(|_, old| !kept.contains(old));
        if renamed.len() == before {
            break;
        }
    }
    let named = |id: StepId| renamed.get(&id).copied().unwrap_or(id);
    for step in &mut next.steps {
        step.id = named(step.id);
    }
    for prerequisite in &mut next.prerequisites {
        prerequisite.step = prerequisite.step.map(named);
    }
    for variable in &mut next.variables {
        variable.set_by = variable.set_by.map(named);
    }
}

/// What makes two steps the same: the command to the byte and its language; without one, the words.
#[derive(PartialEq, Eq)]
enum Identity<'s> {
    Command(&'s str, &'s str),
    ByHand(StepKind, &'s str),
}

fn identity(step: &Step) -> Identity<'_> {
    match &step.command {
        Some(command) => Identity::Command(command.text.reveal(), &command.language),
        None => Identity::ByHand(step.kind, &step.title),
    }
}

/// The longest common run of steps in order, as pairs of indices.
fn pairs(old: &[Step], new: &[Step]) -> Vec<(usize, usize)> {
    if old.len() > MOST_STEPS || new.len() > MOST_STEPS {
        return Vec::new();
    }
    let same = |at: usize, other: usize| identity(&old[at]) == identity(&new[other]);
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for at in (0..old.len()).rev() {
        for other in (0..new.len()).rev() {
            longest[at * width + other] = if same(at, other) {
                longest[(at + 1) * width + other + 1] + 1
            } else {
                longest[(at + 1) * width + other].max(longest[at * width + other + 1])
            };
        }
    }
    let (mut at, mut other, mut found) = (0, 0, Vec::new());
    while at < old.len() && other < new.len() {
        if same(at, other) {
            found.push((at, other));
            (at, other) = (at + 1, other + 1);
        } else if longest[(at + 1) * width + other] >= longest[at * width + other + 1] {
            at += 1;
        } else {
            other += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> ParsedRunbook {
        let steps = text.lines().enumerate().map(|(at, command)| {
            serde_json::json!({
                "id": StepId::from_uuid(uuid::Uuid::from_u128(at as u128 + 100 * text.len() as u128)),
                "order": at + 1, "title": "t", "kind": "command",
                "command": {"text": command, "language": "bash", "fidelity": "verbatim",
                    "source": {"start": 0, "end": 1, "line": 1}},
                "sets": [], "uses": [], "rollback": null, "hazards": [], "branch": null, "vague": false,
                "classification": null,
            })
        });
        serde_json::from_value(serde_json::json!({
            "schema": "dd0c.runbook/v1", "title": "t", "extracted_by": "structure", "has_actionable_steps": true,
            "source": {"sha256": "", "bytes": 0, "format": "text"}, "prerequisites": [], "variables": [],
            "steps": steps.collect::<Vec<_>>(), "ambiguities": [], "warnings": [],
        }))
        .unwrap()
    }

    fn ids(runbook: &ParsedRunbook) -> Vec<StepId> {
        runbook.steps.iter().map(|step| step.id).collect()
    }

    #[test]
    fn unchanged_commands_keep_their_ids_and_a_changed_one_gets_a_new_one() {
        let before = parsed("a\nb\nc\nd");
        let mut after = parsed("a\nb --dry-run\nnew\nc\nd");
        let fresh = ids(&after);
        keep(&before, &mut after);
        let (old, new) = (ids(&before), ids(&after));
        assert_eq!([new[0], new[3], new[4]], [old[0], old[2], old[3]]);
        assert_eq!([new[1], new[2]], [fresh[1], fresh[2]]);
    }

    #[test]
    fn no_id_is_given_twice() {
        let first = parsed("a\nb");
        let mut second = parsed("b\na");
        keep(&first, &mut second);
        let mut third = parsed("a\nb");
        keep(&second, &mut third);
        for runbook in [second, third] {
            assert_eq!(ids(&runbook).iter().collect::<BTreeSet<_>>().len(), 2);
        }
    }
}
