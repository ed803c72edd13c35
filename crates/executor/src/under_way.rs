//! What people do with a command that may be on its way or running: stop it, ask after it, or speak for an agent that
//! is gone.

use dd0c_types::EventType;
use serde_json::json;

use crate::advance::open;
use crate::event::{Act, Effect, Person};
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::Phase;
use crate::{flight, person, words};

/// Asks the command to stop. What became of it is what the agent says afterwards; until then it is under way. Where
/// nothing was sent yet, the right to start is taken back and the step asks again.
pub(crate) fn stop(turn: &mut Turn, index: usize, by: &Person, reason: &str) -> Result<(), Refused> {
    let step = &mut turn.run.steps[index];
    match &step.phase {
        Phase::Approved { .. } | Phase::AutoOk { .. } => {
            step.asks_again = true;
            step.decided_by = Some(by.name.clone());
            step.note = Some(words::STOPPED_BEFORE.to_owned());
            let data = json!({ "because": "stop", "by": by.name, "reason": reason });
            turn.audit(index, EventType::StepApprovalRevoked, data);
            open(turn, index);
            Ok(())
        }
        phase if phase.in_flight() => {
            let Some(attempt) = phase.flight().map(|flight| flight.attempt) else {
                return wrong(turn, index);
            };
            step.stop_asked = Some(by.name.clone());
            let data = json!({ "by": by.name, "reason": reason, "attempt_id": attempt });
            turn.audit(index, EventType::StepStopAsked, data);
            turn.push(Effect::StopStep { attempt, reason: reason.to_owned() });
            turn.push(Effect::Query { attempt });
            Ok(())
        }
        _ => wrong(turn, index),
    }
}

/// Asks the agent what its journal says. Its answer comes as an event of its own.
pub(crate) fn check(turn: &mut Turn, index: usize, by: &Person) -> Result<(), Refused> {
    let flight = turn.run.steps[index].phase.flight();
    let Some(attempt) = flight.map(|flight| flight.attempt) else { return wrong(turn, index) };
    turn.audit(index, EventType::StepCheckAsked, json!({ "by": by.name, "attempt_id": attempt }));
    turn.push(Effect::Query { attempt });
    Ok(())
}

/// While the agent is gone a person may say what became of the command. First it is said that nobody knows, then what
/// the person says: both stand in the record.
pub(crate) fn on_flight(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    let step = &turn.run.steps[index];
    match act {
        Act::Done { note, outcome, .. } if step.lost => {
            flight::give_up(turn, index);
            person::state_outcome(turn, index, by, &note, outcome)
        }
        act => Err(person::too_late(step, &act)),
    }
}

fn wrong(turn: &Turn, index: usize) -> Result<(), Refused> {
    Err(Refused::WrongState { state: turn.run.steps[index].state() })
}
