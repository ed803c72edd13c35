//! The product's promises, over any sequence of events (reliability.md 4.7).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Governed, Journal, Move, Plan, World, governed, moves, plans, run_of};
use dd0c_executor::{Act, Effect, Event, HumanOutcome, Phase, Run, Warrant};
use dd0c_types::run::StepState;
use dd0c_types::{ApprovalId, AttemptId, CommandHash, EventType, GovernanceMode, Risk, StepId, TrustLevel};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Runs the moves and calls `check` with the world before each accepted event, the event, its effects and the world
/// after it.
fn each(
    plans: &[Plan],
    governed: Governed,
    moves: &[Move],
    mut check: impl FnMut(&Run, &Event, &[Effect], &World) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut world = World::new(run_of(plans, governed));
    let first = (0, 0, false);
    for next in std::iter::once(&first).chain(moves) {
        let Some(event) = world.event(*next) else { continue };
        let before = world.run.clone();
        match world.feed(event.clone()) {
            Ok(effects) => check(&before, &event, &effects, &world)?,
            Err(_) => prop_assert!(world.run == before, "a refusal changes nothing"),
        }
    }
    Ok(())
}

fn dispatches(effects: &[Effect]) -> Vec<(StepId, AttemptId, Option<AttemptId>)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Dispatch { step, attempt, replaces } => Some((*step, *attempt, *replaces)),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn unsafe_steps_never_run_unapproved(plans in plans(), governed in governed(), moves in moves()) {
        // What people really said yes to, kept apart from the machine's own memory.
        let mut said: BTreeMap<ApprovalId, (StepId, CommandHash, bool)> = BTreeMap::new();
        each(&plans, governed, &moves, |before, event, effects, world| {
            if let Event::Acted { step, act: Act::Approve { approval, command_sha256, typed }, .. } = event {
                said.insert(*approval, (*step, *command_sha256, *typed));
            }
            for (id, attempt, _) in dispatches(effects) {
                let step = before.find(id).unwrap();
                prop_assert!(!before.halted && before.aborted.is_none(), "nothing starts under panic or after an abort");
                prop_assert!(step.needs.is_empty(), "nothing starts without the variables it takes from earlier steps");
                let flight = world.run.flying(attempt).unwrap().phase.flight().cloned().unwrap();
                match flight.warrant {
                    Warrant::Person(approval) => {
                        let (for_step, hash, typed) = said[&approval.id];
                        prop_assert_eq!(for_step, id);
                        prop_assert_eq!(Some(hash), step.command.as_ref().map(|command| command.hash()));
                        prop_assert!(typed || step.risk.is_some_and(|risk| risk < Risk::Dangerous));
                        prop_assert!(world.now < approval.expires_at);
                    }
                    Warrant::Gate => {
                        prop_assert_eq!(step.risk, Some(Risk::Safe));
                        prop_assert_eq!(governed.trust, TrustLevel::Copilot);
                        prop_assert_eq!(governed.mode, GovernanceMode::Audit);
                        prop_assert!(!governed.locked && !step.asks_again);
                    }
                }
                if step.rollback.is_some() {
                    prop_assert_eq!(&effects[0], &Effect::StoreRollback { step: id });
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_unlisted_command_is_a_step_that_a_person_lets_run(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, event, effects, world| {
            if let Event::Unlisted { new, .. } = event {
                prop_assert!(governed.trust != TrustLevel::Show, "nothing is executed at trust level 0");
                prop_assert!(before.started && !before.halted && before.aborted.is_none());
                prop_assert!(!before.state().is_final());
                prop_assert!(dispatches(effects).is_empty());
                let step = world.run.find(new.step).unwrap();
                prop_assert!(!step.is_listed() && step.order > before.steps.iter().map(|step| step.order).max().unwrap());
            }
            for (id, attempt, _) in dispatches(effects) {
                if world.run.find(id).is_some_and(|step| step.unlisted.is_some()) {
                    let flight = world.run.flying(attempt).unwrap().phase.flight().unwrap();
                    prop_assert!(matches!(flight.warrant, Warrant::Person(_)));
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_step_that_made_way_has_not_run_and_asks_anew(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, event, _, world| {
            if !matches!(event, Event::Unlisted { .. }) {
                return Ok(());
            }
            for was in &before.steps {
                let now = world.run.find(was.id).unwrap();
                let waited = matches!(was.phase, Phase::Ready | Phase::AwaitApproval { .. }) && was.is_listed();
                if waited {
                    prop_assert!(now.phase == Phase::Pending && now.asks_again && now.attempts == was.attempts);
                } else if was.phase != Phase::Pending {
                    prop_assert!(now == was, "{:?} is left alone", was.state());
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_approval_leads_to_at_most_one_start(plans in plans(), governed in governed(), moves in moves()) {
        let mut used: BTreeMap<ApprovalId, AttemptId> = BTreeMap::new();
        each(&plans, governed, &moves, |_, _, effects, world| {
            for (_, attempt, replaces) in dispatches(effects) {
                let flight = world.run.flying(attempt).unwrap().phase.flight().cloned().unwrap();
                let Warrant::Person(approval) = flight.warrant else { continue };
                if let Some(earlier) = used.insert(approval.id, attempt) {
                    prop_assert_eq!(replaces, Some(earlier));
                    prop_assert_eq!(world.attempts[&earlier].1, Journal::Tombstoned, "only a proven tombstone is replaced");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn skipped_aborted_and_expired_imply_zero_starts(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |_, _, _, world| {
            let started: BTreeSet<StepId> = world.attempts.values()
                .filter(|(_, journal)| matches!(journal, Journal::Accepted | Journal::Finished(_) | Journal::Lost))
                .map(|(step, _)| *step)
                .collect();
            for step in &world.run.steps {
                prop_assert!(!step.state().never_started() || !started.contains(&step.id), "{:?}", step.state());
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_unknown_outcome_is_closed_by_a_person_only(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, event, effects, world| {
            for step in before.steps.iter().filter(|step| matches!(step.phase, Phase::ManualIntervention { .. })) {
                let now = world.run.find(step.id).unwrap();
                let closed = matches!(event, Event::Acted { step: id, act: Act::Done { outcome: Some(_), .. }, .. } if *id == step.id);
                prop_assert!(closed || now.state() == StepState::ManualIntervention);
                prop_assert!(closed || now.note.as_ref().is_some_and(|note| note.contains("may have run")));
                prop_assert!(dispatches(effects).iter().all(|(id, ..)| *id != step.id));
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_was_stopped_before_it_started_asks_again_and_is_not_sent_anew(plans in plans(), governed in governed(), moves in moves()) {
        let mut stopped: BTreeSet<AttemptId> = BTreeSet::new();
        each(&plans, governed, &moves, |before, event, effects, world| {
            if let Event::Acted { step, act: Act::Stop { .. }, .. } = event {
                let was = before.find(*step).unwrap();
                stopped.extend(was.phase.flight().map(|flight| flight.attempt));
                prop_assert!(dispatches(effects).is_empty());
                let now = world.run.find(*step).unwrap();
                let waits = matches!(now.phase, Phase::AwaitApproval { .. } | Phase::Ready);
                prop_assert!(now.phase.in_flight() || waits, "{:?}", now.state());
            }
            for (_, _, replaces) in dispatches(effects) {
                prop_assert!(replaces.is_none_or(|attempt| !stopped.contains(&attempt)));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_person_speaks_for_a_command_under_way_only_while_the_agent_is_gone(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, event, effects, _| {
            let Event::Acted { step, act: Act::Done { .. }, .. } = event else { return Ok(()) };
            let was = before.find(*step).unwrap();
            if was.phase.in_flight() {
                prop_assert!(was.lost);
                let unknown = |effect: &Effect| matches!(effect, Effect::Audit { event: EventType::StepUnknownOutcome, .. });
                prop_assert!(effects.iter().any(unknown), "that nobody knew is on record too");
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_a_person_took_over_stays_what_it_was(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, event, _, world| {
            let Event::Acted { step, act: Act::Done { outcome: Some(HumanOutcome::ByHand), .. }, .. } = event else {
                return Ok(());
            };
            let (was, now) = (before.find(*step).unwrap(), world.run.find(*step).unwrap());
            if let Phase::Ended { how, .. } = was.phase {
                let closed = Phase::Ended { how, open: false };
                prop_assert!(now.by_hand && now.phase == closed);
            }
            prop_assert!(was.ever_started == now.ever_started);
            Ok(())
        })?;
    }

    #[test]
    fn no_two_commands_are_under_way_at_once(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |_, _, _, world| {
            prop_assert!(world.run.steps.iter().filter(|step| step.phase.has_turn()).count() <= 1);
            Ok(())
        })?;
    }

    #[test]
    fn every_change_of_state_has_its_audit_row(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |before, _, effects, world| {
            let told: BTreeSet<StepId> = effects.iter().filter_map(|effect| match effect {
                Effect::Audit { step, .. } => *step,
                _ => None,
            }).collect();
            for step in &world.run.steps {
                let was = before.find(step.id).map(dd0c_executor::Step::state);
                prop_assert!(was == Some(step.state()) || told.contains(&step.id), "{was:?} -> {:?}", step.state());
            }
            let any = effects.iter().any(|effect| matches!(effect, Effect::Audit { .. }));
            prop_assert!(before.state() == world.run.state() || any);
            Ok(())
        })?;
    }

    #[test]
    fn a_run_reads_back_from_its_stored_form(plans in plans(), governed in governed(), moves in moves()) {
        each(&plans, governed, &moves, |_, _, _, world| {
            let stored = serde_json::to_string(&world.run).unwrap();
            prop_assert!(serde_json::from_str::<Run>(&stored).is_ok_and(|read| read == world.run));
            Ok(())
        })?;
    }
}

/// The properties are worth nothing if the moves never get anywhere.
#[test]
fn the_generated_runs_reach_every_state() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..4000 {
        let (plans, governed, moves) =
            (plans(), governed(), moves()).new_tree(&mut runner).unwrap().current();
        each(&plans, governed, &moves, |_, _, _, world| {
            seen.extend(world.run.steps.iter().map(|step| step.state()));
            Ok(())
        })
        .unwrap();
    }
    let missing: Vec<_> = StepState::ALL.iter().filter(|state| !seen.contains(state)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
