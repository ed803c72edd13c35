//! What ran, what never started, and what depends on what: functions of the steps of a run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::run::{StepState, StepView};

/// The steps of a run by what is known of them, each by its order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Ran on the agent and ended, well or badly.
    pub ran: Vec<u32>,
    /// A person says that they did it; the agent did not run it.
    pub by_hand: Vec<u32>,
    /// May be running now.
    pub under_way: Vec<u32>,
    /// May have run: nobody knows the outcome.
    pub unknown: Vec<u32>,
    /// Provably never started.
    pub never_started: Vec<u32>,
    /// Of those that ran or may have run: an inverse command is known and was not asked for.
    pub rollbacks: Vec<u32>,
}

/// What an account needs to know of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub order: u32,
    /// Where it stands.
    pub state: StepState,
    /// Whether any attempt may have started.
    pub ever_started: bool,
    /// Whether a person says that they did it themselves.
    pub by_hand: bool,
    /// Whether an inverse command is known and was not asked for.
    pub rollback: bool,
}

impl Account {
    /// Each step in exactly one of the first five lists.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut account = Self::default();
        for entry in entries {
            let list = match entry.state {
                StepState::Dispatching | StepState::Running | StepState::Paused => &mut account.under_way,
                StepState::ManualIntervention => &mut account.unknown,
                _ if entry.ever_started => &mut account.ran,
                StepState::Succeeded => &mut account.by_hand,
                _ if entry.by_hand => &mut account.by_hand,
                _ => &mut account.never_started,
            };
            list.push(entry.order);
            if entry.rollback && (entry.ever_started || entry.state == StepState::ManualIntervention) {
                account.rollbacks.push(entry.order);
            }
        }
        account
    }

    /// As [`Account::of`], from what people see.
    pub fn of_views(steps: &[StepView]) -> Self {
        Self::of(steps.iter().map(|step| Entry {
            order: step.order,
            state: step.state,
            ever_started: step.ever_started,
            by_hand: step.by_hand,
            rollback: step.rollback.is_some(),
        }))
    }
}

/// For each step the orders of the steps behind it that use a variable which it sets, nobody else has set, and they
/// have no value for: what a skip of it leaves without.
pub fn needed_by(steps: &[StepView]) -> Vec<Vec<u32>> {
    let users = |at: usize, step: &StepView| {
        let later = steps.iter().skip(at + 1).filter(|other| other.state == StepState::Pending);
        later
            .filter(|other| other.needs.iter().any(|name| step.sets.contains(name)))
            .map(|other| other.order)
            .collect()
    };
    steps.iter().enumerate().map(|(at, step)| users(at, step)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(order: u32, state: StepState, ever_started: bool, rollback: bool) -> Entry {
        Entry { order, state, ever_started, by_hand: false, rollback }
    }

    #[test]
    fn an_aborted_run_tells_what_ran_what_never_did_and_what_could_be_undone() {
        let account = Account::of([
            entry(1, StepState::Succeeded, true, true),
            entry(2, StepState::Succeeded, false, true),
            entry(3, StepState::Failed, true, false),
            entry(4, StepState::ManualIntervention, true, true),
            entry(5, StepState::Running, true, false),
            entry(6, StepState::Aborted, false, true),
            // Refused by the agent: it ended badly and never started.
            entry(7, StepState::Failed, false, true),
        ]);
        let expected = Account {
            ran: vec![1, 3],
            by_hand: vec![2],
            under_way: vec![5],
            unknown: vec![4],
            never_started: vec![6, 7],
            rollbacks: vec![1, 4],
        };
        assert_eq!(account, expected);
    }

    proptest! {
        #[test]
        fn every_step_is_in_one_list(
            steps in prop::collection::vec((prop::sample::select(StepState::ALL.to_vec()), any::<[bool; 3]>()), 0..12),
        ) {
            let entries = steps.iter().zip(1..).map(|((state, [ever_started, by_hand, rollback]), order)| Entry {
                order, state: *state, ever_started: *ever_started, by_hand: *by_hand, rollback: *rollback,
            });
            let account = Account::of(entries);
            let mut all = [account.ran, account.by_hand, account.under_way, account.unknown, account.never_started].concat();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq((1..).take(steps.len())));
        }
    }
}
