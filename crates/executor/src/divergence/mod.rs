//! What a run did beside what its runbook prescribes, and the runbook's text with some of that taken over.
//!
//! The order of the runbook's own steps cannot depart: the machine gives turns in it. What can stand between them is
//! a command beside the runbook, and it says which step it followed.

mod draft;
mod edits;
mod place;

pub use draft::{Draft, LeftOut, draft};

use dd0c_types::divergence::{Departure, DivergenceItem, Suggestion, WordChange, WordKind};
use dd0c_types::run::{StepState, StepView};
use similar::{Algorithm, ChangeTag, capture_diff_slices};

/// Commands with more words than this are not compared word by word.
const MOST_WORDS: usize = 2_000;

/// Compares every step with what the runbook prescribes for it. What nobody ran of what the runbook does not list is
/// left out.
pub fn compare(steps: &[StepView]) -> Vec<DivergenceItem> {
    let ran = |step: &&StepView| is_listed(step) || step.ever_started || step.by_hand || !ended(step.state);
    in_place(steps).into_iter().filter(ran).map(item).collect()
}

/// Whether a run that has ended did everything as written.
pub fn is_exact(items: &[DivergenceItem]) -> bool {
    items.iter().all(|item| matches!(item.departure, Departure::AsWritten | Departure::NotChosen))
}

/// What changed between two commands, by words; neighbours of one kind are one part. Empty when nothing did.
pub fn word_changes(before: &str, after: &str) -> Vec<WordChange> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (words(before), words(after));
    if old.len() + new.len() > MOST_WORDS {
        let whole = |kind, text: &str| WordChange { kind, text: text.to_owned() };
        return vec![whole(WordKind::Removed, before), whole(WordKind::Added, after)];
    }
    let mut parts: Vec<WordChange> = Vec::new();
    for change in
        capture_diff_slices(Algorithm::Myers, &old, &new).iter().flat_map(|op| op.iter_changes(&old, &new))
    {
        let kind = match change.tag() {
            ChangeTag::Equal => WordKind::Same,
            ChangeTag::Delete => WordKind::Removed,
            ChangeTag::Insert => WordKind::Added,
        };
        match parts.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => parts.push(WordChange { kind, text: change.value().to_owned() }),
        }
    }
    parts
}

/// A command as words and what stands between them.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_space = None;
    for (at, character) in text.char_indices() {
        let space = character.is_whitespace();
        if in_space.is_some_and(|before| before != space) {
            words.push(&text[start..at]);
            start = at;
        }
        in_space = Some(space);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// The runbook's steps in order; what stands beside the runbook comes behind the step it followed or undid.
fn in_place(steps: &[StepView]) -> Vec<&StepView> {
    let anchor =
        |step: &StepView| step.rollback_of.or_else(|| step.unlisted.as_ref().and_then(|it| it.after));
    let mut out: Vec<&StepView> = Vec::with_capacity(steps.len());
    for step in steps {
        if is_listed(step) {
            out.push(step);
            continue;
        }
        let after = anchor(step).and_then(|id| out.iter().position(|placed| placed.id == id));
        let from = after.map_or(0, |at| at + 1);
        // Behind what already stands behind the same step, so that they stay in their own order.
        let more = out[from..].iter().take_while(|placed| !is_listed(placed)).count();
        out.insert(from + more, step);
    }
    out
}

fn item(step: &StepView) -> DivergenceItem {
    let departure = departure(step);
    let listed = is_listed(step);
    let prescribed = step.prescribed_command.clone().or_else(|| step.command.clone()).filter(|_| listed);
    let edited = departure == Departure::Edited;
    let words = match (&prescribed, &step.command) {
        (Some(before), Some(after)) if edited => word_changes(before.reveal(), after.reveal()),
        _ => Vec::new(),
    };
    DivergenceItem {
        step_id: step.id,
        order: step.order,
        title: step.title.clone(),
        departure,
        suggestion: suggestion(step, departure),
        prescribed,
        actual: step.command.clone(),
        words,
        unlisted: step.unlisted.clone(),
        state: step.state,
        by: decided_by(step),
        note: step.note.clone(),
    }
}

fn decided_by(step: &StepView) -> Option<String> {
    let asked = step.unlisted.as_ref().map(|unlisted| unlisted.by.clone());
    step.skipped_by.clone().or_else(|| step.approved_by.clone()).or(asked)
}

fn departure(step: &StepView) -> Departure {
    match step.state {
        StepState::Skipped if step.skipped_by.is_none() => Departure::NotChosen,
        StepState::Skipped => Departure::Skipped,
        StepState::Aborted | StepState::Expired | StepState::Pending => Departure::NotReached,
        _ if step.by_hand => Departure::ByHand,
        _ if step.rollback_of.is_some() => beside(step, Departure::RolledBack),
        _ if step.unlisted.is_some() => beside(step, Departure::Unlisted),
        _ if is_edited(step) => Departure::Edited,
        state => by_state(step, state),
    }
}

fn by_state(step: &StepView, state: StepState) -> Departure {
    match state {
        StepState::Succeeded if step.ever_started || step.command.is_none() => Departure::AsWritten,
        StepState::Succeeded => Departure::ByHand,
        StepState::Failed
        | StepState::TimedOut
        | StepState::ManualIntervention
        | StepState::RollbackAvailable => Departure::NotSucceeded,
        _ => Departure::NotReached,
    }
}

/// What nobody let run has not happened.
const fn beside(step: &StepView, departure: Departure) -> Departure {
    if step.ever_started { departure } else { Departure::NotReached }
}

/// Only what ended well is worth taking over; what was left out may be.
fn suggestion(step: &StepView, departure: Departure) -> Option<Suggestion> {
    let well = step.state == StepState::Succeeded && step.ever_started;
    match departure {
        Departure::Skipped if is_listed(step) && step.command.is_some() => Some(Suggestion::Remove),
        Departure::Edited if well => Some(Suggestion::Replace),
        Departure::Unlisted if well => Some(Suggestion::Insert),
        _ => None,
    }
}

fn is_edited(step: &StepView) -> bool {
    step.prescribed_command.as_ref().is_some_and(|prescribed| Some(prescribed) != step.command.as_ref())
}

const fn is_listed(step: &StepView) -> bool {
    step.rollback_of.is_none() && step.unlisted.is_none()
}

const fn ended(state: StepState) -> bool {
    matches!(state, StepState::Skipped | StepState::Aborted | StepState::Expired | StepState::Failed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(parts: &[WordChange], other: WordKind) -> String {
        parts.iter().filter(|part| part.kind != other).map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn only_the_words_that_changed_are_marked() {
        let parts = word_changes("kubectl -n prod get pods", "kubectl -n shop get pods -o wide");
        let shown: Vec<_> = parts.iter().map(|part| (part.kind, part.text.as_str())).collect();
        use WordKind::{Added, Removed, Same};
        assert!(
            shown
                == [
                    (Same, "kubectl -n "),
                    (Removed, "prod"),
                    (Added, "shop"),
                    (Same, " get pods"),
                    (Added, " -o wide"),
                ]
        );
    }

    proptest! {
        #[test]
        fn a_comparison_holds_both_commands_to_the_byte(before in "[a-c \n\u{e9}]{0,24}", after in "[a-c \n\u{e9}]{0,24}") {
            let parts = word_changes(&before, &after);
            if before == after {
                prop_assert!(parts.is_empty());
            } else {
                prop_assert_eq!(side(&parts, WordKind::Added), before);
                prop_assert_eq!(side(&parts, WordKind::Removed), after);
            }
        }
    }
}
