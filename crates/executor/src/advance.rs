//! Whose turn it is, what its gate asks, and how a step leaves without running.

use dd0c_types::gate::gate;
use dd0c_types::run::Gate;
use dd0c_types::runbook::StepKind;
use dd0c_types::{EventType, Timestamp};
use serde_json::json;

use crate::event::{Choice, Effect, TimerKind};
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::{Ending, Phase, Step};
use crate::words;

/// Gives the turn to the next step, when nobody has it and nothing is open. Never two at once.
pub(crate) fn advance(turn: &mut Turn) {
    let run = &turn.run;
    if !run.started || run.halted || run.aborted.is_some() {
        return;
    }
    if run.steps.iter().any(|step| step.phase.has_turn()) {
        return;
    }
    let pending = |step: &Step| step.phase == Phase::Pending;
    let asked_for = run.steps.iter().position(|step| pending(step) && !step.is_listed());
    let next = run.steps.iter().position(pending);
    let blocked = run.steps.iter().any(Step::is_open);
    // What a person asked for comes first, also because a step is open; the runbook's own steps wait until nothing is.
    if let Some(index) = asked_for.or_else(|| next.filter(|_| !blocked)) {
        open(turn, index);
    }
}

/// Gives a step the turn and asks what its gate asks. The gate is computed here, from the run's own rules.
pub(crate) fn open(turn: &mut Turn, index: usize) {
    let rules = turn.rules();
    let step = &mut turn.run.steps[index];
    // A command whose variable was never set would act on an empty word.
    let runnable =
        step.runnable && step.command.is_some() && step.kind != StepKind::Decision && step.needs.is_empty();
    let asked = gate(step.risk, rules.trust, rules.mode, rules.locked, runnable);
    step.gate = if step.asks_again && asked == Gate::Auto { Gate::Run } else { asked };
    step.phase = Phase::Ready;
    step.stop_asked = None;
    if !step.needs.is_empty() {
        step.note = Some(words::needs(&step.needs));
    }
    let gate = step.gate;
    turn.audit(index, EventType::StepReady, json!({ "gate": gate.as_str() }));
    match gate {
        Gate::ByHand | Gate::ShowOnly => turn.notify(index, "by_hand"),
        Gate::Auto => let_run(turn, index),
        Gate::Run | Gate::Approve | Gate::Typed => ask(turn, index),
    }
}

/// Takes back what waits for a person, so that another step may have the turn. Nothing has run of it, and it asks anew.
pub(crate) fn make_way(turn: &mut Turn, because: &str) {
    for index in 0..turn.run.steps.len() {
        let step = &mut turn.run.steps[index];
        if !step.is_listed() || !matches!(step.phase, Phase::Ready | Phase::AwaitApproval { .. }) {
            continue;
        }
        step.phase = Phase::Pending;
        step.asks_again = true;
        let id = step.id;
        turn.push(Effect::StopTimers { step: id });
        turn.audit(index, EventType::StepSetAside, json!({ "because": because }));
    }
}

/// Goes one of the two ways of a decision: what lies on the other is skipped, with the reason.
pub(crate) fn choose(turn: &mut Turn, index: usize, choice: Choice) -> Result<(), Refused> {
    let decision = &turn.run.steps[index];
    let branch = decision.branch.clone().ok_or(Refused::InvalidValue("This step offers no choice."))?;
    let (chosen, other) = match choice {
        Choice::Then => (branch.then, branch.otherwise),
        Choice::Else => (branch.otherwise, branch.then),
    };
    let from = decision.order;
    let reason = format!("Not on the chosen path of step {from}.");
    let left_out: Vec<usize> = (0..turn.run.steps.len())
        .filter(|at| {
            let step = &turn.run.steps[*at];
            step.phase == Phase::Pending
                && step.is_listed()
                && (between(step.order, from, chosen) || on_other_path(turn, step, from, chosen, other))
        })
        .collect();
    for at in left_out {
        turn.run.steps[at].note = Some(reason.clone());
        leave(turn, at, Leaving::Skipped, &reason);
    }
    Ok(())
}

/// How a step leaves without running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    Skipped,
    Aborted,
    Expired,
}

/// Lets a step leave. A step of which an earlier attempt may have started is never called skipped, aborted or
/// expired, because those words promise that nothing ran: it stays failed instead.
pub(crate) fn leave(turn: &mut Turn, index: usize, how: Leaving, reason: &str) {
    let step = &mut turn.run.steps[index];
    let id = step.id;
    step.phase = match how {
        _ if step.ever_started => Phase::Ended { how: Ending::Failed, open: how == Leaving::Expired },
        Leaving::Skipped => Phase::Skipped,
        Leaving::Aborted => Phase::Aborted,
        Leaving::Expired => Phase::Expired,
    };
    let event = match how {
        Leaving::Skipped => EventType::StepSkipped,
        Leaving::Aborted => EventType::StepAborted,
        Leaving::Expired => EventType::StepExpired,
    };
    turn.push(Effect::StopTimers { step: id });
    turn.audit(index, event, json!({ "reason": reason }));
    if how == Leaving::Expired {
        turn.notify(index, "expired");
    }
}

/// Gives up every step that has not started.
pub(crate) fn leave_all(turn: &mut Turn, by: &str, reason: &str) {
    for index in 0..turn.run.steps.len() {
        let step = &mut turn.run.steps[index];
        if step.phase.in_flight()
            || !(step.phase.has_turn() || matches!(step.phase, Phase::Pending | Phase::Expired))
        {
            continue;
        }
        step.decided_by = Some(by.to_owned());
        leave(turn, index, Leaving::Aborted, reason);
    }
}

fn let_run(turn: &mut Turn, index: usize) {
    let step = &mut turn.run.steps[index];
    step.phase = Phase::AutoOk { tombstoned: None };
    let id = step.id;
    turn.audit(index, EventType::StepAutoExecuted, json!({ "by": "gate" }));
    turn.push(Effect::WantsDispatch { step: id });
}

fn ask(turn: &mut Turn, index: usize) {
    let seconds = turn.rules().approval_seconds;
    let expires_at = after(turn.now, seconds);
    let reminder = after(turn.now, seconds / 5 * 3);
    let step = &mut turn.run.steps[index];
    step.phase = Phase::AwaitApproval { expires_at };
    let (id, command) = (step.id, step.command.as_ref().map(|command| command.reveal().to_owned()));
    turn.push(Effect::StopTimers { step: id });
    for (kind, due_at) in [(TimerKind::Reminder, reminder), (TimerKind::Approval, expires_at)] {
        turn.push(Effect::StartTimer { step: id, kind, attempt: None, due_at });
    }
    turn.audit(
        index,
        EventType::StepApprovalRequested,
        json!({ "command": command, "expires_at": expires_at }),
    );
    turn.notify(index, "approval_requested");
}

/// Whether `order` lies between a decision and the step it jumps to.
fn between(order: u32, from: u32, to: Option<u32>) -> bool {
    to.is_some_and(|to| from < order && order < to)
}

/// Whether a step belongs to the path that was not chosen: the block that begins at `other`. A single jump that was
/// not taken leaves everything in place, unless its block follows the decision directly.
fn on_other_path(turn: &Turn, step: &Step, from: u32, chosen: Option<u32>, other: Option<u32>) -> bool {
    let Some(start) = other.filter(|other| *other > from) else { return false };
    let is_block = chosen.is_some() || start == from + 1;
    let first = turn.run.steps.iter().find(|step| step.order == start && step.is_listed());
    let beyond_chosen =
        chosen.is_none_or(|chosen| step.order != chosen && (chosen < start || step.order < chosen));
    is_block && beyond_chosen && step.order >= start && first.is_some_and(|first| first.group == step.group)
}

pub(crate) fn after(now: Timestamp, seconds: u32) -> Timestamp {
    now + chrono::TimeDelta::seconds(i64::from(seconds))
}
