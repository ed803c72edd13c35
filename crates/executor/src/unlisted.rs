//! A command that the runbook does not list: a step of its own, which asks like any other and never runs by the gate
//! alone.

use dd0c_types::run::Unlisted;
use dd0c_types::{EventType, StepId, TrustLevel};
use serde_json::json;

use crate::advance::make_way;
use crate::event::{Effect, Person, UnlistedStep};
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::{Phase, Run, Step};

/// How many such steps a run takes. A person types each of them; more than this is a program gone wrong.
const MOST: usize = 100;

/// Appends the step. What waits for a person steps aside for it and asks anew afterwards; what was let through or is
/// under way keeps the turn.
pub(crate) fn add(turn: &mut Turn, by: &Person, new: UnlistedStep) -> Result<(), Refused> {
    turn.may_start()?;
    if turn.run.state().is_final() {
        return Err(Refused::RunEnded);
    }
    if turn.rules().trust == TrustLevel::Show {
        return Err(Refused::ExecutesNothing);
    }
    if turn.run.find(new.step).is_some() {
        return Err(Refused::InvalidValue("The run has a step of that id already."));
    }
    if turn.run.steps.iter().filter(|step| step.unlisted.is_some()).count() >= MOST {
        return Err(Refused::InvalidValue(
            "This run has taken 100 commands beside its runbook and takes no more.",
        ));
    }
    let after = last_begun(&turn.run);
    let order = turn.run.steps.iter().map(|step| step.order).max().unwrap_or(0) + 1;
    let data = json!({
        "by": by.name, "channel": new.channel, "command": new.command.reveal(), "after": after,
    });
    let id = new.step;
    turn.run.steps.push(step_of(new, by, order, after));
    turn.push(Effect::AddStep { step: id, rollback_of: None });
    turn.audit(turn.run.steps.len() - 1, EventType::StepUnlistedAdded, data);
    make_way(turn, "unlisted");
    Ok(())
}

/// The last step of the runbook whose turn had come and was used: the one before the first that still waits.
fn last_begun(run: &Run) -> Option<StepId> {
    let waits =
        |step: &&Step| matches!(step.phase, Phase::Pending | Phase::Ready | Phase::AwaitApproval { .. });
    let listed = || run.steps.iter().filter(|step| step.is_listed());
    let first = listed().position(|step| waits(&step)).unwrap_or(usize::MAX);
    listed().take(first).last().map(|step| step.id)
}

fn step_of(new: UnlistedStep, by: &Person, order: u32, after: Option<StepId>) -> Step {
    let unlisted = Unlisted { by: by.name.clone(), channel: new.channel, after };
    Step {
        rollback: new.rollback,
        unlisted: Some(unlisted),
        ..Step::asked_for(new.step, order, new.command, Some(new.risk))
    }
}
