//! One event, one new run: the door to the state functions.

use dd0c_types::run::ExecutionState;
use dd0c_types::{EventType, StepId, Timestamp};
use serde_json::{Value, json};

use crate::advance::{advance, leave_all};
use crate::event::{Effect, Event, Person};
use crate::refused::Refused;
use crate::run::{Aborted, Rules, Run, Step};
use crate::{flight, panic, person, unlisted};

/// Applies one event. The caller persists the new run and performs the effects, in order; on a refusal nothing has
/// changed.
pub fn step(run: &Run, event: Event, now: Timestamp) -> Result<(Run, Vec<Effect>), Refused> {
    let mut turn = Turn { run: run.clone(), effects: Vec::new(), now, output_bytes: 0 };
    let before = run.state();
    match event {
        Event::Started => turn.start()?,
        Event::Acted { step, by, act } => person::act(&mut turn, step, &by, act)?,
        Event::Unlisted { by, new } => unlisted::add(&mut turn, &by, new)?,
        Event::Aborted { by, reason } => turn.abort(&by, reason)?,
        Event::DispatchClaimed { step, attempt } => flight::claim(&mut turn, step, attempt)?,
        Event::Agent { attempt, word, output_bytes } => {
            turn.output_bytes = output_bytes;
            flight::hear(&mut turn, attempt, word)?;
        }
        Event::TimerFired { step, kind, attempt, output_bytes } => {
            turn.output_bytes = output_bytes;
            flight::timer(&mut turn, step, kind, attempt)?;
        }
        Event::Halted => panic::halt(&mut turn),
        Event::Resumed => panic::resume(&mut turn)?,
        Event::AgentLost => flight::lost(&mut turn),
    }
    advance(&mut turn);
    turn.close(before);
    Ok((turn.run, turn.effects))
}

/// A run in the middle of one event.
pub(crate) struct Turn {
    pub(crate) run: Run,
    pub(crate) effects: Vec<Effect>,
    pub(crate) now: Timestamp,
    /// How much output of the attempt in question has arrived, for what people are told.
    pub(crate) output_bytes: u64,
}

impl Turn {
    pub(crate) fn index(&self, id: StepId) -> Result<usize, Refused> {
        self.run.steps.iter().position(|step| step.id == id).ok_or(Refused::UnknownStep)
    }

    pub(crate) const fn rules(&self) -> Rules {
        self.run.rules
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// An audit row about the step at `index`: its id, order, attempt and command hash, and `more`.
    pub(crate) fn audit(&mut self, index: usize, event: EventType, more: Value) {
        let step = &self.run.steps[index];
        let effect = Effect::Audit { event, step: Some(step.id), data: facts(step, more) };
        self.effects.push(effect);
    }

    /// An audit row about the run.
    pub(crate) fn audit_run(&mut self, event: EventType, data: Value) {
        self.effects.push(Effect::Audit { event, step: None, data });
    }

    pub(crate) fn notify(&mut self, index: usize, what: &'static str) {
        let step = Some(self.run.steps[index].id);
        self.effects.push(Effect::Notify { step, what });
    }

    /// Refuses what would start something while panic is on or the run is over.
    pub(crate) fn may_start(&self) -> Result<(), Refused> {
        if self.run.aborted.is_some() || !self.run.started {
            Err(Refused::RunEnded)
        } else if self.run.halted {
            Err(Refused::Halted)
        } else {
            Ok(())
        }
    }

    /// Refuses when any step but the one at `index` has the turn.
    pub(crate) fn nobody_else_has_the_turn(&self, index: usize) -> Result<(), Refused> {
        let other = |(at, step): (usize, &Step)| at != index && step.phase.has_turn();
        if self.run.steps.iter().enumerate().any(other) { Err(Refused::AnotherHasTheTurn) } else { Ok(()) }
    }

    fn start(&mut self) -> Result<(), Refused> {
        if self.run.started {
            return Err(Refused::InvalidValue("The run was started already."));
        }
        self.run.started = true;
        let steps = self.run.steps.len();
        let rules = self.run.rules;
        self.audit_run(EventType::ExecutionStarted, json!({ "steps": steps, "rules": rules }));
        Ok(())
    }

    fn abort(&mut self, by: &Person, reason: String) -> Result<(), Refused> {
        if self.run.state().is_final() || self.run.aborted.is_some() {
            return Err(Refused::RunEnded);
        }
        let data = json!({ "by": by.name, "reason": reason, "before": self.run.account() });
        self.run.aborted = Some(Aborted { by: by.name.clone(), reason: reason.clone() });
        self.audit_run(EventType::ExecutionAborted, data);
        leave_all(self, &by.name, &reason);
        flight::stop_all(self, &reason);
        Ok(())
    }

    fn close(&mut self, before: ExecutionState) {
        let after = self.run.state();
        if after == before {
            return;
        }
        match after {
            ExecutionState::Completed => {
                self.audit_run(EventType::ExecutionCompleted, json!({ "steps": self.run.steps.len() }));
                self.push(Effect::Notify { step: None, what: "run_completed" });
            }
            ExecutionState::Aborted => self.push(Effect::Notify { step: None, what: "run_aborted" }),
            _ => {}
        }
    }
}

fn facts(step: &Step, more: Value) -> Value {
    let mut data = json!({
        "step_id": step.id, "order": step.order, "state": step.state().as_str(), "attempt": step.attempts,
    });
    if let Some(command) = &step.command {
        data["command_sha256"] = json!(command.hash());
        data["risk"] = json!(step.risk);
    }
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    data
}
