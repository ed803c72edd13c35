//! An attempt under way: the claim, what the agent says, the clocks.

use dd0c_types::{AttemptId, EventType, StepId};
use serde_json::json;

use crate::advance::{Leaving, after, leave, open};
use crate::event::{AgentWord, Effect, Report, ReportKind, Status, TimerKind};
use crate::machine::Turn;
use crate::refused::Refused;
use crate::run::{Ending, Flight, Phase, Warrant};
use crate::words;

/// How long an agent may take to accept a dispatch, in seconds: the life of a grant.
const DISPATCH_SECONDS: u32 = 60;
/// How long it may take to answer a query, in seconds.
const ANSWER_SECONDS: u32 = 30;
/// How much later than the agent's own time limit the engine looks, in seconds: TERM, 10 s, KILL, and the way back.
const GRACE_SECONDS: u32 = 30;

pub(crate) fn claim(turn: &mut Turn, id: StepId, attempt: AttemptId) -> Result<(), Refused> {
    turn.may_start()?;
    let index = turn.index(id)?;
    turn.nobody_else_has_the_turn(index)?;
    let now = turn.now;
    let step = &mut turn.run.steps[index];
    let (warrant, replaces) = match &step.phase {
        Phase::Approved { approval, tombstoned } if now < approval.expires_at => {
            (Warrant::Person(approval.clone()), *tombstoned)
        }
        Phase::Approved { .. } => return Err(Refused::Expired),
        Phase::AutoOk { tombstoned } => (Warrant::Gate, *tombstoned),
        _ => return Err(Refused::WrongState { state: step.state() }),
    };
    step.attempts += 1;
    (step.stop_asked, step.lost, step.by_hand) = (None, false, false);
    let flight = Flight { attempt, warrant, claimed_at: now, accepted_at: None, started_at: None };
    step.phase = Phase::Dispatching { flight };
    if step.rollback.is_some() {
        turn.push(Effect::StoreRollback { step: id });
    }
    turn.push(Effect::StopTimers { step: id });
    let due_at = after(now, DISPATCH_SECONDS);
    turn.push(Effect::StartTimer { step: id, kind: TimerKind::Dispatch, attempt: Some(attempt), due_at });
    turn.audit(index, EventType::StepDispatching, json!({ "attempt_id": attempt, "replaces": replaces }));
    turn.push(Effect::Dispatch { step: id, attempt, replaces });
    Ok(())
}

pub(crate) fn hear(turn: &mut Turn, attempt: AttemptId, word: AgentWord) -> Result<(), Refused> {
    let holds = |phase: &Phase| phase.flight().is_some_and(|flight| flight.attempt == attempt);
    let index = turn.run.steps.iter().position(|step| holds(&step.phase)).ok_or(Refused::UnknownAttempt)?;
    turn.run.steps[index].lost = false;
    if matches!(turn.run.steps[index].phase, Phase::ManualIntervention { .. }) {
        evidence(turn, index, attempt, &word);
        return Ok(());
    }
    match word {
        AgentWord::Accepted => accepted(turn, index),
        AgentWord::Started => started(turn, index),
        AgentWord::Refused { code, reason } => refused(turn, index, &code, &reason),
        AgentWord::Result(report) => result(turn, index, attempt, &report),
        AgentWord::Status { status, note } => status_answer(turn, index, status, &note),
    }
    Ok(())
}

pub(crate) fn timer(
    turn: &mut Turn,
    id: StepId,
    kind: TimerKind,
    attempt: Option<AttemptId>,
) -> Result<(), Refused> {
    let index = turn.index(id)?;
    match kind {
        TimerKind::Approval | TimerKind::Reminder | TimerKind::Claim => question_timer(turn, index, kind),
        TimerKind::Dispatch | TimerKind::Run | TimerKind::Answer => {
            let phase = &turn.run.steps[index].phase;
            let current = phase.flight().filter(|_| phase.in_flight()).map(|flight| flight.attempt);
            if current.is_none() || current != attempt {
                return Err(Refused::UnknownAttempt);
            }
            flight_timer(turn, index, kind);
            Ok(())
        }
    }
}

pub(crate) fn lost(turn: &mut Turn) {
    for index in 0..turn.run.steps.len() {
        if turn.run.steps[index].phase.in_flight() {
            turn.run.steps[index].note = Some(words::agent_lost(&turn.run));
            turn.run.steps[index].lost = true;
            turn.notify(index, "agent_lost");
        }
    }
}

/// Asks every command under way to stop, and the agent what became of those it has not accepted.
pub(crate) fn stop_all(turn: &mut Turn, reason: &str) {
    let flights = turn.run.steps.iter().filter(|step| step.phase.in_flight());
    let attempts: Vec<_> =
        flights.filter_map(|step| step.phase.flight()).map(|flight| flight.attempt).collect();
    for attempt in attempts {
        turn.push(Effect::StopStep { attempt, reason: reason.to_owned() });
        turn.push(Effect::Query { attempt });
    }
}

fn accepted(turn: &mut Turn, index: usize) {
    let (now, halted) = (turn.now, turn.run.halted);
    let step = &mut turn.run.steps[index];
    let Phase::Dispatching { flight } = step.phase.clone() else { return };
    let flight = Flight { accepted_at: Some(now), ..flight };
    let attempt = flight.attempt;
    // From here on it may have started: the words "never started" are gone for good.
    step.ever_started = true;
    step.phase = if halted { Phase::Paused { flight } } else { Phase::Running { flight } };
    turn.audit(index, EventType::StepStarted, json!({ "attempt_id": attempt }));
    watch(turn, index, attempt);
    stop_again(turn, index);
}

/// A stop that the agent may not have heard: it is asked again as soon as it speaks of the attempt.
fn stop_again(turn: &mut Turn, index: usize) {
    let step = &turn.run.steps[index];
    if let (Some(by), Some(flight)) = (&step.stop_asked, step.phase.flight()) {
        let (attempt, reason) = (flight.attempt, format!("asked by {by}"));
        turn.push(Effect::StopStep { attempt, reason });
    }
}

fn started(turn: &mut Turn, index: usize) {
    accepted(turn, index);
    let now = turn.now;
    if let Phase::Running { flight } | Phase::Paused { flight } = &mut turn.run.steps[index].phase {
        flight.started_at.get_or_insert(now);
    }
}

/// The agent will never start it. Where it only had no right to start anything just now, the step asks again.
fn refused(turn: &mut Turn, index: usize, code: &str, reason: &str) {
    if !matches!(turn.run.steps[index].phase, Phase::Dispatching { .. }) {
        return unknown(turn, index, "The agent first accepted it and then refused it.");
    }
    if let ("already_seen", Some(flight)) = (code, turn.run.steps[index].phase.flight()) {
        // Not a promise that it never starts: it may have started the first time. Ask what the journal says.
        let attempt = flight.attempt;
        return turn.push(Effect::Query { attempt });
    }
    turn.audit(index, EventType::AgentRefused, json!({ "code": code, "reason": reason }));
    let step = &mut turn.run.steps[index];
    let id = step.id;
    step.note = Some(words::agent_refused(reason));
    step.asks_again = true;
    if turn.run.aborted.is_some() {
        return leave(turn, index, Leaving::Aborted, reason);
    }
    turn.push(Effect::StopTimers { step: id });
    if matches!(code, "halted" | "no_lease" | "epoch" | "expired") {
        return ask_again(turn, index);
    }
    turn.run.steps[index].phase = Phase::Ended { how: Ending::Refused, open: true };
    turn.audit(index, EventType::StepFailed, json!({ "refused": code, "reason": reason }));
    turn.notify(index, "step_refused");
}

fn result(turn: &mut Turn, index: usize, attempt: AttemptId, report: &Report) {
    turn.run.steps[index].ever_started = true;
    turn.output_bytes = turn.output_bytes.max(report.output_bytes);
    let survivors = report.survivors;
    match report.kind {
        ReportKind::Finished { exit_code } => finished(turn, index, exit_code, survivors),
        ReportKind::Unknown => unknown(turn, index, &report.note),
        ReportKind::TimedOut | ReportKind::Stopped if survivors > 0 => {
            let why = format!("It was stopped, but {survivors} of its processes still run.");
            unknown(turn, index, &why);
        }
        ReportKind::TimedOut => ended(turn, index, Ending::TimedOut, words::TIMED_OUT.to_owned()),
        ReportKind::Stopped => ended(turn, index, Ending::Failed, words::STOPPED.to_owned()),
    }
    turn.push(Effect::ConfirmResult { attempt });
}

fn finished(turn: &mut Turn, index: usize, exit_code: i32, survivors: u32) {
    let data = json!({ "exit_code": exit_code, "survivors": survivors });
    if exit_code != 0 {
        let note = words::exit(exit_code, survivors);
        turn.audit(index, EventType::StepExecuted, data);
        return ended(turn, index, Ending::Failed, note);
    }
    let step = &mut turn.run.steps[index];
    let (id, of) = (step.id, step.rollback_of);
    step.phase = Phase::Succeeded;
    let too_late = step.stop_asked.is_some().then(|| words::STOP_TOO_LATE.to_owned());
    step.note = if survivors > 0 { Some(words::exit(0, survivors)) } else { too_late };
    turn.push(Effect::StopTimers { step: id });
    turn.audit(index, EventType::StepExecuted, data);
    let Some(original) = of.and_then(|of| turn.run.steps.iter().position(|step| step.id == of)) else {
        return;
    };
    turn.run.steps[original].note = Some(words::rolled_back(turn.run.steps[index].order));
    turn.audit(original, EventType::StepRolledBack, json!({ "rollback_step": id }));
}

fn ended(turn: &mut Turn, index: usize, how: Ending, note: String) {
    let step = &mut turn.run.steps[index];
    let id = step.id;
    step.phase = Phase::Ended { how, open: true };
    step.note = Some(note.clone());
    turn.push(Effect::StopTimers { step: id });
    let timed_out = how == Ending::TimedOut;
    let event = if timed_out { EventType::StepTimedOut } else { EventType::StepFailed };
    turn.audit(index, event, json!({ "note": note }));
    turn.notify(index, "step_failed");
}

fn status_answer(turn: &mut Turn, index: usize, status: Status, note: &str) {
    match status {
        Status::NotSeen => not_seen(turn, index),
        Status::Accepted => accepted(turn, index),
        Status::Running => still_running(turn, index),
        // The result is on its way; the answer clock is pushed on so that it is waited for.
        Status::Finished => wait_for_answer(turn, index),
        Status::Unknown => unknown(turn, index, note),
        Status::Refused => refused(turn, index, "refused", note),
    }
}

/// Proven never to start: the journal did not know the attempt and now holds its tombstone.
fn not_seen(turn: &mut Turn, index: usize) {
    let (now, halted, aborted) = (turn.now, turn.run.halted, turn.run.aborted.is_some());
    let step = &mut turn.run.steps[index];
    let Phase::Dispatching { flight } = step.phase.clone() else {
        return unknown(turn, index, "The agent no longer knows an attempt that it had accepted.");
    };
    let (id, stopped) = (step.id, step.stop_asked.is_some());
    turn.push(Effect::StopTimers { step: id });
    if aborted {
        return leave(turn, index, Leaving::Aborted, "The run was aborted before the agent saw this step.");
    }
    if stopped {
        turn.run.steps[index].note = Some(words::STOPPED_BEFORE.to_owned());
    }
    if halted || stopped {
        return ask_again(turn, index);
    }
    let tombstoned = Some(flight.attempt);
    let due_at = match flight.warrant {
        Warrant::Person(approval) if now >= approval.expires_at => {
            return leave(
                turn,
                index,
                Leaving::Expired,
                "The approval ran out before the agent saw this step.",
            );
        }
        Warrant::Person(approval) => {
            let due_at = approval.expires_at;
            turn.run.steps[index].phase = Phase::Approved { approval, tombstoned };
            Some(due_at)
        }
        Warrant::Gate => {
            turn.run.steps[index].phase = Phase::AutoOk { tombstoned };
            None
        }
    };
    turn.audit(index, EventType::StepReady, json!({ "tombstoned": tombstoned }));
    if let Some(due_at) = due_at {
        turn.push(Effect::StartTimer { step: id, kind: TimerKind::Claim, attempt: None, due_at });
    }
    turn.push(Effect::WantsDispatch { step: id });
}

fn still_running(turn: &mut Turn, index: usize) {
    let known = !matches!(turn.run.steps[index].phase, Phase::Dispatching { .. });
    started(turn, index);
    if known {
        stop_again(turn, index);
    }
    wait_for_answer(turn, index);
}

/// Looks again after a while: the agent answers, so there is nothing to give up yet.
fn wait_for_answer(turn: &mut Turn, index: usize) {
    let step = &turn.run.steps[index];
    let (id, Some(flight)) = (step.id, step.phase.flight()) else { return };
    let (attempt, due_at) = (Some(flight.attempt), after(turn.now, ANSWER_SECONDS));
    turn.push(Effect::StopTimers { step: id });
    turn.push(Effect::StartTimer { step: id, kind: TimerKind::Run, attempt, due_at });
}

pub(crate) fn watch(turn: &mut Turn, index: usize, attempt: AttemptId) {
    let rules = turn.rules();
    let step = &turn.run.steps[index];
    let due_at = after(after(turn.now, step.timeout(&rules)), GRACE_SECONDS);
    let id = step.id;
    turn.push(Effect::StopTimers { step: id });
    turn.push(Effect::StartTimer { step: id, kind: TimerKind::Run, attempt: Some(attempt), due_at });
}

fn question_timer(turn: &mut Turn, index: usize, kind: TimerKind) -> Result<(), Refused> {
    let now = turn.now;
    let step = &turn.run.steps[index];
    match (&step.phase, kind) {
        (Phase::AwaitApproval { expires_at }, TimerKind::Reminder) if now < *expires_at => {
            turn.notify(index, "approval_reminder");
        }
        (Phase::AwaitApproval { expires_at }, TimerKind::Approval) if now >= *expires_at => {
            turn.run.steps[index].note = Some(words::EXPIRED.to_owned());
            leave(turn, index, Leaving::Expired, "Nobody answered in time.");
        }
        (Phase::Approved { approval, .. }, TimerKind::Claim) if now >= approval.expires_at => {
            turn.run.steps[index].note = Some(words::APPROVAL_UNUSED.to_owned());
            leave(
                turn,
                index,
                Leaving::Expired,
                "The approval ran out before the agent could take the step.",
            );
        }
        _ => return Err(Refused::WrongState { state: step.state() }),
    }
    Ok(())
}

fn flight_timer(turn: &mut Turn, index: usize, kind: TimerKind) {
    let step = &turn.run.steps[index];
    // A frozen command runs past its limit by design; the clock starts again when panic is lifted.
    if matches!(step.phase, Phase::Paused { .. }) {
        return;
    }
    if kind == TimerKind::Answer {
        return unknown(turn, index, "");
    }
    let (id, Some(flight)) = (step.id, step.phase.flight()) else { return };
    let attempt = flight.attempt;
    turn.push(Effect::Query { attempt });
    let due_at = after(turn.now, ANSWER_SECONDS);
    turn.push(Effect::StartTimer { step: id, kind: TimerKind::Answer, attempt: Some(attempt), due_at });
}

/// A person does not wait for the agent any longer.
pub(crate) fn give_up(turn: &mut Turn, index: usize) {
    unknown(turn, index, "");
}

/// Nobody knows what happened. From here only a person goes on.
fn unknown(turn: &mut Turn, index: usize, why: &str) {
    let output_bytes = turn.output_bytes;
    let step = &turn.run.steps[index];
    let Some(flight) = step.phase.flight().cloned() else { return };
    let (id, attempt) = (step.id, flight.attempt);
    let note = words::unknown_outcome(&turn.run, step, &flight, why, output_bytes);
    let step = &mut turn.run.steps[index];
    step.ever_started = true;
    step.note = Some(note.clone());
    step.phase = Phase::ManualIntervention { flight };
    turn.push(Effect::StopTimers { step: id });
    let data = json!({ "attempt_id": attempt, "why": why, "output_bytes": output_bytes, "note": note });
    turn.audit(index, EventType::StepUnknownOutcome, data);
    turn.notify(index, "unknown_outcome");
}

/// What an agent says of an outcome that was given up as unknown is kept as evidence; a person still closes it.
fn evidence(turn: &mut Turn, index: usize, attempt: AttemptId, word: &AgentWord) {
    let said = words::evidence(word);
    let step = &mut turn.run.steps[index];
    let known = step.note.get_or_insert_default();
    if !known.contains(&said) && !words::is_known(known, word) {
        known.push_str(&format!(" {said}"));
        turn.audit(index, EventType::StepUnknownOutcome, json!({ "attempt_id": attempt, "evidence": said }));
    }
    if matches!(word, AgentWord::Result(_)) {
        turn.push(Effect::ConfirmResult { attempt });
    }
}

/// The right to start is gone: a new question, or under panic the question waits until panic is lifted.
fn ask_again(turn: &mut Turn, index: usize) {
    let step = &mut turn.run.steps[index];
    step.asks_again = true;
    if turn.run.halted {
        step.phase = Phase::Ready;
        turn.audit(index, EventType::StepApprovalRevoked, json!({ "because": "panic" }));
    } else {
        open(turn, index);
    }
}
