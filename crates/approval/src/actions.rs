//! What a person may do with a step now, and why the wanted thing is not among it.

use dd0c_types::run::{ExecutionState, ExecutionView, Gate, StepAction, StepState, StepView, UnlistedOffer};
use dd0c_types::{Risk, Role, TrustLevel, UserId};

use crate::permission::{Requester, may, may_approve};
use crate::policy::Policy;

/// Everything the answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// Where the step stands.
    pub state: StepState,
    /// What its gate asks for.
    pub gate: Gate,
    /// Its risk; none without a command.
    pub risk: Option<Risk>,
    /// Whether an inverse command is known and was not asked for yet.
    pub rollback: bool,
    /// Whether a step that ended badly still waits for somebody to decide what follows.
    pub open: bool,
    /// Whether any attempt may have started.
    pub ever_started: bool,
    /// Whether a variable that it uses was never set.
    pub needs: bool,
    /// Whether the run has ended for good.
    pub run_ended: bool,
    /// Whether panic is on.
    pub halted: bool,
    /// Whether the agent is connected.
    pub agent_online: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Their role.
    pub role: Role,
    /// Who they are.
    pub user: UserId,
    /// Who started the run.
    pub requester: Requester,
}

/// What may be done, in the order in which it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// The actions.
    pub actions: Vec<StepAction>,
    /// Why the step does not go on by the person's own hand, in words.
    pub blocked_reason: Option<String>,
}

/// What this viewer may do with a step in this situation. The engine decides again inside its transaction.
pub fn allowed_actions(situation: &Situation, viewer: &Viewer, policy: &Policy) -> Offer {
    if situation.run_ended {
        return Offer::default();
    }
    let mut offer = Offer { actions: by_state(situation), blocked_reason: None };
    if let Some(reason) = blocked(situation, viewer, policy) {
        let starts = |action: &StepAction| matches!(action, StepAction::Approve);
        if offer.actions.iter().any(starts) || situation.state == StepState::Ready {
            offer.blocked_reason = Some(reason);
        }
        offer.actions.retain(|action| !starts(action));
    }
    let before = offer.actions.len();
    offer.actions.retain(|action| may(viewer.role, *action, situation.risk, policy).is_ok());
    if offer.blocked_reason.is_none() && before > 0 && offer.actions.is_empty() {
        offer.blocked_reason =
            may(viewer.role, StepAction::Skip, situation.risk, policy).err().map(|refused| refused.reason);
    }
    offer
}

/// Fills `allowed_actions` and `blocked_reason` of every step of a run. `open` names the steps that ended badly and
/// still wait for a decision.
pub fn fill(
    run: &mut ExecutionView,
    open: &[dd0c_types::StepId],
    halted: bool,
    viewer: &Viewer,
    policy: &Policy,
) {
    let run_ended = run.state.is_final();
    let agent_online = run.agent_online;
    run.unlisted = unlisted(run.state, run.trust_level, halted, viewer, policy);
    for step in &mut run.steps {
        let situation = situation(step, open.contains(&step.id), run_ended, halted, agent_online);
        let offer = allowed_actions(&situation, viewer, policy);
        step.allowed_actions = offer.actions;
        step.blocked_reason = offer.blocked_reason;
    }
}

/// Whether this viewer may add a command that the runbook does not list. It asks for approval of its own.
pub fn unlisted(
    state: ExecutionState,
    trust: TrustLevel,
    halted: bool,
    viewer: &Viewer,
    policy: &Policy,
) -> UnlistedOffer {
    let blocked_reason = if state.is_final() {
        Some("The run has ended. Nothing more runs in it.".to_owned())
    } else if trust == TrustLevel::Show {
        Some(
            "This runbook stands at trust level 0: nothing is executed, commands are shown to copy."
                .to_owned(),
        )
    } else if halted || state == ExecutionState::Paused {
        Some("Panic is on: nothing starts until an Owner resumes.".to_owned())
    } else {
        may(viewer.role, StepAction::Edit, None, policy).err().map(|refused| refused.reason)
    };
    UnlistedOffer { allowed: blocked_reason.is_none(), blocked_reason }
}

fn situation(step: &StepView, open: bool, run_ended: bool, halted: bool, agent_online: bool) -> Situation {
    Situation {
        state: step.state,
        gate: step.gate,
        risk: step.risk,
        rollback: step.rollback.is_some(),
        open,
        ever_started: step.ever_started,
        needs: !step.needs.is_empty(),
        run_ended,
        halted,
        agent_online,
    }
}

fn by_state(situation: &Situation) -> Vec<StepAction> {
    use StepAction::{Abort, Check, Done, Retry, Rollback, Skip};
    let mut actions = match situation.state {
        StepState::Ready => ready(situation),
        StepState::AwaitApproval => awaiting(situation),
        StepState::Failed | StepState::TimedOut => ended(situation.open),
        StepState::RollbackAvailable => vec![Rollback, Retry, Done, Abort],
        StepState::ManualIntervention => vec![Done, Check, Rollback, Abort],
        StepState::Expired => vec![Retry, Skip, Done, Abort],
        StepState::Succeeded if situation.ever_started => vec![Rollback],
        state => on_its_way(state, situation.agent_online),
    };
    actions.retain(|action| *action != Rollback || situation.rollback);
    actions.retain(|action| *action != Check || situation.agent_online);
    actions
}

/// A gate that executes nothing has nothing to approve, whatever state it is met in.
fn awaiting(situation: &Situation) -> Vec<StepAction> {
    match situation.gate {
        Gate::ByHand | Gate::ShowOnly => ready(situation),
        Gate::Auto | Gate::Run | Gate::Approve | Gate::Typed => {
            vec![StepAction::Approve, StepAction::Edit, StepAction::Skip, StepAction::Abort]
        }
    }
}

fn ended(open: bool) -> Vec<StepAction> {
    if open { vec![StepAction::Retry, StepAction::Done, StepAction::Abort] } else { Vec::new() }
}

/// A command under way can be stopped and asked after; while its agent is gone a person may say what became of it.
fn on_its_way(state: StepState, agent_online: bool) -> Vec<StepAction> {
    use StepAction::{Abort, Check, Done, Stop};
    match state {
        StepState::Approved | StepState::AutoOk => vec![Stop, Abort],
        StepState::Dispatching | StepState::Running | StepState::Paused if agent_online => {
            vec![Stop, Check, Abort]
        }
        StepState::Dispatching | StepState::Running | StepState::Paused => vec![Stop, Done, Abort],
        _ => Vec::new(),
    }
}

fn ready(situation: &Situation) -> Vec<StepAction> {
    use StepAction::{Abort, Done, Edit, Skip};
    match situation.gate {
        Gate::ByHand | Gate::ShowOnly if situation.needs => vec![Done, Edit, Skip, Abort],
        Gate::ByHand | Gate::ShowOnly => vec![Done, Skip, Abort],
        Gate::Auto | Gate::Run | Gate::Approve | Gate::Typed => vec![Skip, Abort],
    }
}

/// Why this viewer cannot let the step start now.
fn blocked(situation: &Situation, viewer: &Viewer, policy: &Policy) -> Option<String> {
    if !matches!(situation.gate, Gate::Auto | Gate::Run | Gate::Approve | Gate::Typed) {
        return None;
    }
    if situation.halted {
        return Some("Panic is on: nothing starts until an Owner resumes. Nothing has run.".to_owned());
    }
    if !situation.agent_online {
        return Some("The agent is not connected, so nothing can start. Nothing has run.".to_owned());
    }
    may_approve(viewer.role, viewer.user, viewer.requester, situation.gate, situation.risk, policy)
        .err()
        .map(|refused| refused.reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn viewer(role: Role) -> Viewer {
        Viewer { role, user: user(2), requester: Requester(user(1)) }
    }

    fn waiting() -> Situation {
        Situation {
            state: StepState::AwaitApproval,
            gate: Gate::Typed,
            risk: Some(Risk::Dangerous),
            rollback: false,
            open: false,
            ever_started: false,
            needs: false,
            run_ended: false,
            halted: false,
            agent_online: true,
        }
    }

    fn any_situation() -> impl Strategy<Value = Situation> {
        let enums = (
            prop::sample::select(StepState::ALL.to_vec()),
            prop::sample::select(Gate::ALL.to_vec()),
            prop::option::of(prop::sample::select(Risk::ALL.to_vec())),
        );
        (enums, any::<[bool; 7]>()).prop_map(
            |((state, gate, risk), [rollback, open, run_ended, halted, online, ever_started, needs])| {
                Situation {
                    state,
                    gate,
                    risk,
                    rollback,
                    open,
                    ever_started,
                    needs,
                    run_ended,
                    halted,
                    agent_online: online,
                }
            },
        )
    }

    #[test]
    fn a_lead_may_do_everything_with_a_waiting_dangerous_step_and_a_responder_all_but_approve() {
        use StepAction::{Abort, Approve, Edit, Skip};
        let policy = Policy::default();
        let lead = allowed_actions(&waiting(), &viewer(Role::Lead), &policy);
        assert_eq!(lead, Offer { actions: vec![Approve, Edit, Skip, Abort], blocked_reason: None });
        let responder = allowed_actions(&waiting(), &viewer(Role::Responder), &policy);
        assert_eq!(responder.actions, vec![Edit, Skip, Abort]);
        assert!(responder.blocked_reason.is_some_and(|reason| reason.contains("Lead")));
        let reader = allowed_actions(&waiting(), &viewer(Role::Viewer), &policy);
        assert!(reader.actions.is_empty() && reader.blocked_reason.is_some());
    }

    #[test]
    fn the_one_who_started_the_run_is_told_to_find_a_second_person() {
        let own = Viewer { user: user(1), ..viewer(Role::Owner) };
        let offer = allowed_actions(&waiting(), &own, &Policy::default());
        assert!(!offer.actions.contains(&StepAction::Approve));
        assert!(offer.blocked_reason.is_some_and(|reason| reason.contains("second person")));
        let alone = allowed_actions(&waiting(), &own, &Policy::single_machine());
        assert!(alone.actions.contains(&StepAction::Approve));
    }

    #[test]
    fn an_unknown_outcome_is_closed_by_a_person_and_never_retried_directly() {
        let unknown =
            Situation { state: StepState::ManualIntervention, rollback: true, open: true, ..waiting() };
        let offer = allowed_actions(&unknown, &viewer(Role::Lead), &Policy::default());
        use StepAction::{Abort, Check, Done, Rollback};
        assert_eq!(offer.actions, vec![Done, Check, Rollback, Abort]);
    }

    #[test]
    fn a_command_under_way_can_be_stopped_and_a_lost_one_spoken_for() {
        use StepAction::{Abort, Check, Done, Stop};
        let running = Situation { state: StepState::Running, ever_started: true, ..waiting() };
        let offered =
            |situation| allowed_actions(&situation, &viewer(Role::Responder), &Policy::default()).actions;
        assert_eq!(offered(running), vec![Stop, Check, Abort]);
        assert_eq!(offered(Situation { agent_online: false, ..running }), vec![Stop, Done, Abort]);
        assert_eq!(offered(Situation { state: StepState::Approved, ..running }), vec![Stop, Abort]);
    }

    #[test]
    fn a_failed_step_that_somebody_closed_offers_nothing_more() {
        let closed = Situation { state: StepState::Failed, ..waiting() };
        assert!(allowed_actions(&closed, &viewer(Role::Owner), &Policy::default()).actions.is_empty());
    }

    #[test]
    fn another_command_may_be_added_by_who_may_change_a_live_run_that_executes() {
        let policy = Policy::default();
        let allowed =
            |state, trust, halted, role| unlisted(state, trust, halted, &viewer(role), &policy).allowed;
        use {ExecutionState::*, TrustLevel::*};
        assert!(allowed(Waiting, Ask, false, Role::Responder));
        assert!(allowed(Failed, Copilot, false, Role::Owner));
        assert!(!allowed(Waiting, Ask, false, Role::Viewer));
        assert!(!allowed(Waiting, Show, false, Role::Owner));
        assert!(!allowed(Waiting, Ask, true, Role::Owner));
        for ended in [Completed, Aborted] {
            assert!(!allowed(ended, Ask, false, Role::Owner));
        }
    }

    proptest! {
        #[test]
        fn approve_is_offered_only_to_a_waiting_step_that_may_start_now(
            situation in any_situation(), role in prop::sample::select(Role::ALL.to_vec()),
        ) {
            let offer = allowed_actions(&situation, &viewer(role), &Policy::default());
            if offer.actions.contains(&StepAction::Approve) {
                prop_assert_eq!(situation.state, StepState::AwaitApproval);
                prop_assert!(!situation.halted && !situation.run_ended);
                prop_assert!(role >= Policy::default().role_for(situation.risk));
            }
        }

        #[test]
        fn skip_is_never_offered_once_a_step_may_have_started(situation in any_situation()) {
            let offer = allowed_actions(&situation, &viewer(Role::Owner), &Policy::default());
            if offer.actions.contains(&StepAction::Skip) {
                prop_assert!(matches!(situation.state, StepState::Ready | StepState::AwaitApproval | StepState::Expired));
            }
        }
    }
}
