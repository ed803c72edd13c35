//! Panic: what is pending is taken back, what runs is frozen.

use dd0c_types::EventType;
use serde_json::json;

use crate::advance::open;
use crate::event::Effect;
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::Phase;
use dd0c_types::run::Gate;

pub(crate) fn halt(turn: &mut Turn) {
    if turn.run.halted || turn.run.state().is_final() {
        return;
    }
    turn.run.halted = true;
    turn.audit_run(EventType::ExecutionPaused, json!({ "because": "panic" }));
    for index in 0..turn.run.steps.len() {
        halt_step(turn, index);
    }
}

/// A halt takes back what is pending, so everything that had not been claimed asks again.
pub(crate) fn resume(turn: &mut Turn) -> Result<(), Refused> {
    if !turn.run.halted {
        return Err(Refused::InvalidValue("The run is not paused."));
    }
    turn.run.halted = false;
    turn.audit_run(EventType::ExecutionResumed, json!({}));
    for index in 0..turn.run.steps.len() {
        resume_step(turn, index);
    }
    Ok(())
}

fn halt_step(turn: &mut Turn, index: usize) {
    let step = &mut turn.run.steps[index];
    let id = step.id;
    match step.phase.clone() {
        Phase::AwaitApproval { .. } | Phase::Approved { .. } | Phase::AutoOk { .. } => {
            step.asks_again = true;
            step.phase = Phase::Ready;
            turn.push(Effect::StopTimers { step: id });
            turn.audit(index, EventType::StepApprovalRevoked, json!({ "because": "panic" }));
        }
        Phase::Running { flight } => {
            step.phase = Phase::Paused { flight };
            turn.push(Effect::StopTimers { step: id });
            turn.audit(index, EventType::StepPaused, json!({ "because": "panic" }));
        }
        _ => {}
    }
}

fn resume_step(turn: &mut Turn, index: usize) {
    let step = &mut turn.run.steps[index];
    let by_hand = matches!(step.gate, Gate::ByHand | Gate::ShowOnly);
    match step.phase.clone() {
        Phase::Ready if !by_hand => open(turn, index),
        Phase::Paused { flight } => {
            let attempt = flight.attempt;
            step.phase = Phase::Running { flight };
            turn.audit(index, EventType::StepResumed, json!({}));
            crate::flight::watch(turn, index, attempt);
        }
        _ => {}
    }
}
