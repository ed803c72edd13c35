//! Who may do what with a step.

use dd0c_types::run::{Gate, StepAction};
use dd0c_types::{Risk, Role, UserId};

use crate::policy::Policy;

/// A refusal, in words for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotAllowed {
    /// What is not allowed, and who could do it.
    pub reason: String,
}

/// The person who started the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requester(pub UserId);

/// Whether a member may do this at all, by role alone. Reading is open to every member.
pub fn may(role: Role, action: StepAction, risk: Option<Risk>, policy: &Policy) -> Result<(), NotAllowed> {
    let needed = match action {
        StepAction::Approve => policy.role_for(risk),
        StepAction::Skip
        | StepAction::Abort
        | StepAction::Edit
        | StepAction::Rollback
        | StepAction::Retry
        | StepAction::Done
        | StepAction::Stop
        | StepAction::Check => Role::Responder,
    };
    if role >= needed {
        return Ok(());
    }
    let risk = risk.map_or("unjudged", Risk::word);
    let what = match action {
        StepAction::Approve => format!("Letting a {risk} step run"),
        _ => "Changing a run".to_owned(),
    };
    Err(NotAllowed {
        reason: format!(
            "{what} needs the role {} or higher; yours is {}. Nothing has run. Ask somebody with that role.",
            needed.word(),
            role.word()
        ),
    })
}

/// Whether this member may let this step run: by role, and by the rule for the one who started the run (decision 19).
pub fn may_approve(
    role: Role,
    approver: UserId,
    requester: Requester,
    gate: Gate,
    risk: Option<Risk>,
    policy: &Policy,
) -> Result<(), NotAllowed> {
    may(role, StepAction::Approve, risk, policy)?;
    if approver != requester.0 || own_step_allowed(gate, risk, policy) {
        return Ok(());
    }
    Err(NotAllowed {
        reason: format!(
            "You started this run, and policy asks for a second person to approve its {} steps. \
             Nothing has run. Ask another member with the role {} or higher.",
            risk.map_or("unjudged", Risk::word),
            policy.role_for(risk).word()
        ),
    })
}

/// The stricter of what the gate and the risk ask: a Caution step that must be typed is treated as Dangerous.
fn own_step_allowed(gate: Gate, risk: Option<Risk>, policy: &Policy) -> bool {
    let by_risk = match risk {
        Some(Risk::Safe) => true,
        Some(Risk::Caution) => policy.requester_may_approve.caution,
        Some(Risk::Dangerous) | None => policy.requester_may_approve.dangerous,
    };
    let by_gate = match gate {
        Gate::Typed => policy.requester_may_approve.dangerous,
        Gate::Approve => policy.requester_may_approve.caution,
        Gate::ShowOnly | Gate::ByHand | Gate::Auto | Gate::Run => true,
    };
    by_risk && by_gate
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::RequesterMayApprove;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn approves(role: Role, own: bool, gate: Gate, risk: Option<Risk>, policy: &Policy) -> bool {
        let approver = if own { user(1) } else { user(2) };
        may_approve(role, approver, Requester(user(1)), gate, risk, policy).is_ok()
    }

    #[test]
    fn the_default_table_of_who_may_approve() {
        use {Gate::*, Risk::*, Role::*};
        let policy = Policy::default();
        for (role, own, gate, risk, allowed) in [
            (Viewer, false, Run, Some(Safe), false),
            (Responder, true, Run, Some(Safe), true),
            (Responder, false, Approve, Some(Caution), true),
            (Responder, true, Approve, Some(Caution), true),
            (Responder, false, Typed, Some(Dangerous), false),
            (Lead, false, Typed, Some(Dangerous), true),
            (Lead, true, Typed, Some(Dangerous), false),
            (Owner, true, Typed, Some(Dangerous), false),
            (Owner, true, Typed, None, false),
            (Lead, false, Typed, None, true),
            (Responder, false, Typed, None, false),
        ] {
            let answer = approves(role, own, gate, risk, &policy);
            assert_eq!(answer, allowed, "{role:?} own={own} {gate:?} {risk:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_missing_and_that_nothing_ran() {
        let refused = may(Role::Responder, StepAction::Approve, Some(Risk::Dangerous), &Policy::default());
        let reason = refused.unwrap_err().reason;
        assert!(reason.contains("role Lead") && reason.contains("Nothing has run"), "{reason}");
    }

    #[test]
    fn a_viewer_changes_nothing() {
        use StepAction::*;
        for action in [Approve, Skip, Abort, Edit, Rollback, Retry, Done, Stop, Check] {
            assert!(
                may(Role::Viewer, action, Some(Risk::Safe), &Policy::single_machine()).is_err(),
                "{action:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_tighter_rule_for_requesters_never_lets_more_through(
            role in prop::sample::select(Role::ALL.to_vec()), own: bool,
            gate in prop::sample::select(Gate::ALL.to_vec()),
            risk in prop::option::of(prop::sample::select(Risk::ALL.to_vec())), caution: bool, dangerous: bool,
        ) {
            let loose = Policy { requester_may_approve: RequesterMayApprove { caution, dangerous }, ..Policy::default() };
            let none = RequesterMayApprove { caution: false, dangerous: false };
            let tight = Policy { requester_may_approve: none, ..Policy::default() };
            prop_assert!(!approves(role, own, gate, risk, &tight) || approves(role, own, gate, risk, &loose));
        }

        #[test]
        fn a_higher_role_never_loses_a_right(
            own: bool, gate in prop::sample::select(Gate::ALL.to_vec()),
            risk in prop::option::of(prop::sample::select(Risk::ALL.to_vec())),
        ) {
            let rights: Vec<_> = Role::ALL.iter().map(|role| approves(*role, own, gate, risk, &Policy::default())).collect();
            prop_assert!(rights.is_sorted());
        }
    }
}
