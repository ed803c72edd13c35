//! What people do: one small function a state.

use dd0c_types::run::Gate;
use dd0c_types::runbook::StepKind;
use dd0c_types::{ApprovalId, Command, CommandHash, EventType, Risk, StepId};
use serde_json::json;

use crate::advance::{Leaving, after, choose, leave, make_way, open};
use crate::event::{Act, Choice, Effect, HumanOutcome, Person, TimerKind};
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::{Approval, Ending, Inverse, Phase, Step};
use crate::under_way;
use crate::words::mentions;

pub(crate) fn act(turn: &mut Turn, id: StepId, by: &Person, act: Act) -> Result<(), Refused> {
    let index = turn.index(id)?;
    if turn.run.state().is_final() || !turn.run.started {
        return Err(already(&turn.run.steps[index]).unwrap_or(Refused::RunEnded));
    }
    match act {
        Act::Stop { reason } => under_way::stop(turn, index, by, &reason),
        Act::Check => under_way::check(turn, index, by),
        act => by_phase(turn, index, by, act),
    }
}

fn by_phase(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match &turn.run.steps[index].phase {
        Phase::Pending => on_pending(turn, index, by, act),
        Phase::Ready => on_ready(turn, index, by, act),
        Phase::AwaitApproval { .. } => on_await(turn, index, by, act),
        Phase::Ended { open: true, .. } => on_ended(turn, index, by, act),
        Phase::ManualIntervention { .. } => on_unknown(turn, index, by, act),
        Phase::Expired => on_expired(turn, index, by, act),
        Phase::Succeeded => on_succeeded(turn, index, by, act),
        phase if phase.in_flight() => under_way::on_flight(turn, index, by, act),
        _ => Err(too_late(&turn.run.steps[index], &act)),
    }
}

fn on_pending(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Skip { reason } => skip(turn, index, by, reason),
        _ => wrong(turn, index),
    }
}

fn on_ready(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    let by_hand = matches!(turn.run.steps[index].gate, Gate::ByHand | Gate::ShowOnly);
    match act {
        Act::Skip { reason } => skip(turn, index, by, reason),
        Act::Done { note, choice, .. } if by_hand => done_by_hand(turn, index, by, &note, choice),
        Act::Edit { command, risk, rollback } if !turn.run.steps[index].needs.is_empty() => {
            edit(turn, index, by, command, risk, rollback)
        }
        // A question that panic took back: say why, rather than "wrong state".
        _ if turn.run.halted && !by_hand => Err(Refused::Halted),
        _ => wrong(turn, index),
    }
}

fn on_await(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Approve { approval, command_sha256, typed } => {
            approve(turn, index, by, approval, command_sha256, typed)
        }
        Act::Skip { reason } => skip(turn, index, by, reason),
        Act::Edit { command, risk, rollback } => edit(turn, index, by, command, risk, rollback),
        _ => wrong(turn, index),
    }
}

fn on_ended(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Retry => retry(turn, index, by),
        Act::Rollback { new_step } => rollback(turn, index, by, new_step),
        Act::Done { note, outcome, .. } => {
            go_on(turn, index, by, &note, outcome == Some(HumanOutcome::ByHand))
        }
        _ => wrong(turn, index),
    }
}

fn on_succeeded(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Rollback { new_step } if turn.run.steps[index].ever_started => {
            rollback(turn, index, by, new_step)
        }
        act => Err(too_late(&turn.run.steps[index], &act)),
    }
}

fn on_unknown(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Done { note, outcome, .. } => state_outcome(turn, index, by, &note, outcome),
        Act::Rollback { new_step } => rollback(turn, index, by, new_step),
        _ => wrong(turn, index),
    }
}

fn on_expired(turn: &mut Turn, index: usize, by: &Person, act: Act) -> Result<(), Refused> {
    match act {
        Act::Retry => retry(turn, index, by),
        Act::Skip { reason } => skip(turn, index, by, reason),
        Act::Done { note, outcome: Some(HumanOutcome::ByHand), .. } => {
            turn.nobody_else_has_the_turn(index)?;
            turn.run.steps[index].by_hand = true;
            done_by_hand(turn, index, by, &note, None)
        }
        Act::Approve { .. } => Err(Refused::Expired),
        _ => wrong(turn, index),
    }
}

fn approve(
    turn: &mut Turn,
    index: usize,
    by: &Person,
    id: ApprovalId,
    seen: CommandHash,
    typed: bool,
) -> Result<(), Refused> {
    turn.may_start()?;
    let (now, seconds) = (turn.now, turn.rules().approval_seconds);
    let step = &mut turn.run.steps[index];
    let Phase::AwaitApproval { expires_at } = step.phase else { return wrong(turn, index) };
    if now >= expires_at {
        return Err(Refused::Expired);
    }
    if step.command.as_ref().map(Command::hash) != Some(seen) {
        return Err(Refused::Changed);
    }
    if step.gate == Gate::Typed && !typed {
        return Err(Refused::TypedMismatch);
    }
    let approval = Approval { id, user: by.user, by: by.name.clone(), expires_at: after(now, seconds) };
    let due_at = approval.expires_at;
    step.phase = Phase::Approved { approval, tombstoned: None };
    step.decided_by = Some(by.name.clone());
    let (step_id, gate) = (step.id, step.gate);
    let command = step.command.as_ref().map(|command| command.reveal().to_owned());
    turn.push(Effect::StopTimers { step: step_id });
    turn.push(Effect::StartTimer { step: step_id, kind: TimerKind::Claim, attempt: None, due_at });
    let data = json!({ "approval_id": id, "by": by.name, "gate": gate.as_str(), "command": command });
    turn.audit(index, EventType::StepApproved, data);
    turn.push(Effect::WantsDispatch { step: step_id });
    Ok(())
}

fn skip(turn: &mut Turn, index: usize, by: &Person, reason: String) -> Result<(), Refused> {
    let step = &mut turn.run.steps[index];
    step.decided_by = Some(by.name.clone());
    step.note = Some(format!("Skipped by {}{}", by.name, said(&reason)));
    leave(turn, index, Leaving::Skipped, &reason);
    Ok(())
}

fn edit(
    turn: &mut Turn,
    index: usize,
    by: &Person,
    command: Command,
    risk: Risk,
    rollback: Option<Inverse>,
) -> Result<(), Refused> {
    turn.may_start()?;
    let step = &mut turn.run.steps[index];
    let before = step.command.as_ref().map(Command::hash);
    let data = json!({ "by": by.name, "before_sha256": before, "command": command.reveal() });
    step.command = Some(command);
    step.risk = Some(risk);
    step.rollback = rollback;
    step.asks_again = true;
    step.needs.retain(|name| step.command.as_ref().is_some_and(|command| mentions(command.reveal(), name)));
    turn.audit(index, EventType::StepEdited, data);
    open(turn, index);
    Ok(())
}

fn done_by_hand(
    turn: &mut Turn,
    index: usize,
    by: &Person,
    note: &str,
    choice: Option<Choice>,
) -> Result<(), Refused> {
    let step = &turn.run.steps[index];
    let decides = step.kind == StepKind::Decision && step.branch.is_some();
    match choice {
        Some(choice) if decides => choose(turn, index, choice)?,
        Some(_) => return Err(Refused::InvalidValue("This step offers no choice.")),
        None if decides => return Err(Refused::InvalidValue("Choose one of the two ways.")),
        None => {}
    }
    let step = &mut turn.run.steps[index];
    step.decided_by = Some(by.name.clone());
    step.note = Some(format!("Done by hand by {}{}", by.name, said(note)));
    step.phase = Phase::Succeeded;
    let choice = choice.map(|choice| if choice == Choice::Then { "then" } else { "else" });
    turn.audit(index, EventType::StepClosedByHand, json!({ "by": by.name, "note": note, "choice": choice }));
    Ok(())
}

/// Somebody decides to go on past a step that ended badly, or has done it themselves. It stays what it is.
fn go_on(turn: &mut Turn, index: usize, by: &Person, note: &str, by_hand: bool) -> Result<(), Refused> {
    turn.nobody_else_has_the_turn(index)?;
    let step = &mut turn.run.steps[index];
    if let Phase::Ended { open, .. } = &mut step.phase {
        *open = false;
    }
    step.decided_by = Some(by.name.clone());
    step.by_hand = by_hand;
    let (did, outcome) = if by_hand { ("did it by hand", "by_hand") } else { ("decided to go on", "go_on") };
    step.note = Some(format!("{} {did}{}", by.name, said(note)));
    let data = json!({ "by": by.name, "note": note, "outcome": outcome });
    turn.audit(index, EventType::StepClosedByHand, data);
    Ok(())
}

/// A person says what became of an unknown outcome. The statement is theirs, and named as such.
pub(crate) fn state_outcome(
    turn: &mut Turn,
    index: usize,
    by: &Person,
    note: &str,
    outcome: Option<HumanOutcome>,
) -> Result<(), Refused> {
    let failed = |open| Phase::Ended { how: Ending::Failed, open };
    let (phase, says, words) = match outcome {
        Some(HumanOutcome::ItRan) => (Phase::Succeeded, "it_ran", "it ran"),
        Some(HumanOutcome::ItDidNotRun) => (failed(true), "it_did_not_run", "it did not run"),
        _ => return Err(Refused::InvalidValue("Say whether it ran or did not run.")),
    };
    turn.nobody_else_has_the_turn(index)?;
    let step = &mut turn.run.steps[index];
    step.phase = phase;
    step.decided_by = Some(by.name.clone());
    step.note = Some(format!("{} says that {words}{}", by.name, said(note)));
    let id = step.id;
    turn.push(Effect::StopTimers { step: id });
    turn.audit(index, EventType::StepClosedByHand, json!({ "by": by.name, "note": note, "outcome": says }));
    Ok(())
}

fn retry(turn: &mut Turn, index: usize, by: &Person) -> Result<(), Refused> {
    turn.may_start()?;
    turn.nobody_else_has_the_turn(index)?;
    let step = &mut turn.run.steps[index];
    step.asks_again = true;
    step.rollback_step = None;
    step.note = None;
    turn.audit(index, EventType::StepRetryAsked, json!({ "by": by.name }));
    open(turn, index);
    Ok(())
}

/// Appends the inverse command as a step of its own. It comes before the runbook's next step and asks.
fn rollback(turn: &mut Turn, index: usize, by: &Person, new_step: StepId) -> Result<(), Refused> {
    turn.may_start()?;
    make_way(turn, "rollback");
    turn.nobody_else_has_the_turn(index)?;
    let order = turn.run.steps.iter().map(|step| step.order).max().unwrap_or(0) + 1;
    let step = &mut turn.run.steps[index];
    if !step.rollback_available() || turn_has(&turn.effects, new_step) {
        return wrong(turn, index);
    }
    let of = step.id;
    let inverse = step.rollback.clone().ok_or(Refused::InvalidValue("No inverse command is known."))?;
    step.rollback_step = Some(new_step);
    turn.audit(
        index,
        EventType::StepRolledBack,
        json!({ "by": by.name, "asked": true, "rollback_step": new_step }),
    );
    let added = Step::asked_for(new_step, order, inverse.command, inverse.risk);
    turn.run.steps.push(Step { rollback_of: Some(of), ..added });
    turn.push(Effect::AddStep { step: new_step, rollback_of: Some(of) });
    Ok(())
}

fn turn_has(effects: &[Effect], id: StepId) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::AddStep { step, .. } if *step == id))
}

pub(crate) fn too_late(step: &Step, act: &Act) -> Refused {
    match act {
        Act::Approve { .. } | Act::Skip { .. } | Act::Edit { .. } => already(step),
        _ => None,
    }
    .unwrap_or(Refused::WrongState { state: step.state() })
}

fn already(step: &Step) -> Option<Refused> {
    step.decided_by.clone().map(|by| Refused::AlreadyDecided { by })
}

fn wrong(turn: &Turn, index: usize) -> Result<(), Refused> {
    Err(Refused::WrongState { state: turn.run.steps[index].state() })
}

fn said(words: &str) -> String {
    if words.trim().is_empty() { ".".to_owned() } else { format!(": {words}") }
}
