//! One event, one transaction: the run is locked, the executor decides, rows, clocks, messages and audit are written.
//! What must leave the house is handed back and leaves only after the commit.

use dd0c_executor::{Effect, Event, Run};
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::{Query, ResultCommitted, StopStep};
use dd0c_store::executions::{self, LockedExecution, StoredStep};
use dd0c_store::timers::{self, Timer};
use dd0c_store::{StoreError, TenantTx, audit, dispatch, outbox, staleness};
use dd0c_types::run::StepView;
use dd0c_types::{Actor, AttemptId, EventType, MessageId, StepId, TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Engine;
use crate::error::EngineError;
use crate::record;
use crate::unlisted;

/// The run after one event, and what is still to be done.
pub(crate) struct Applied {
    pub(crate) run: Run,
    pub(crate) effects: Vec<Effect>,
}

/// Applies one event to a locked run and writes everything that follows from it. Audit rows are appended last.
pub(crate) async fn apply(
    tx: &mut TenantTx<'_>,
    locked: &mut LockedExecution,
    event: Event,
    actor: &Actor,
    result: Option<Value>,
    now: Timestamp,
) -> Result<Applied, EngineError> {
    let before = record::run_of(locked)?;
    let (run, effects) = dd0c_executor::step(&before, event, now)?;
    locked.machine = record::header(&run)?;
    write_steps(tx, locked, &before, &run, now).await?;
    executions::save(tx, locked, run.state(), record::spent(before.spending()), now).await?;
    close_attempts(tx, &before, &run, result, now).await?;
    for effect in &effects {
        write(tx, locked, effect, now).await?;
    }
    for effect in &effects {
        if let Effect::Audit { event, data, .. } = effect {
            audit::append(tx, *event, Some(locked.id), actor, data.clone()).await?;
        }
    }
    if run.state().is_final() && !before.state().is_final() {
        note_divergence(tx, locked).await?;
    }
    Ok(Applied { run, effects })
}

/// At the end of a run: what departed from the runbook is kept with it, and told in the audit trail.
async fn note_divergence(tx: &mut TenantTx<'_>, locked: &LockedExecution) -> Result<(), StoreError> {
    let views: Vec<StepView> = locked.steps.iter().map(|stored| stored.view.clone()).collect();
    let items = dd0c_executor::divergence::compare(&views);
    let departed: Vec<_> = items.iter().filter(|item| item.departure.departs()).collect();
    if departed.is_empty() {
        return Ok(());
    }
    let suggested = departed.iter().filter(|item| item.suggestion.is_some()).count();
    staleness::note_divergence(tx, locked.id, departed.len(), suggested).await?;
    let data = json!({
        "runbook_id": locked.runbook, "version": locked.version, "suggestions": suggested, "steps": departed,
    });
    audit::append(
        tx,
        EventType::DivergenceDetected,
        Some(locked.id),
        &Actor::system("engine.divergence"),
        data,
    )
    .await?;
    Ok(())
}

async fn write_steps(
    tx: &mut TenantTx<'_>,
    locked: &mut LockedExecution,
    before: &Run,
    after: &Run,
    now: Timestamp,
) -> Result<(), EngineError> {
    for step in &after.steps {
        let known = locked.steps.iter().position(|stored| stored.id == step.id);
        match known {
            Some(_) if before.find(step.id) == Some(step) => {}
            Some(at) => {
                let row = record::changed(&locked.steps[at], step, now)?;
                executions::save_step(tx, locked.id, &locked.steps[at], &row).await?;
                locked.steps[at] = row;
            }
            None => {
                let row = match step.unlisted {
                    Some(_) => unlisted::row(locked, step, now)?,
                    None => inverse_row(locked, step, now)?,
                };
                executions::add_step(tx, locked.id, &row).await?;
                locked.steps.push(row);
            }
        }
    }
    Ok(())
}

/// The row of a step that was made of another's inverse command.
fn inverse_row(
    locked: &LockedExecution,
    step: &dd0c_executor::Step,
    now: Timestamp,
) -> Result<StoredStep, StoreError> {
    let of = step.rollback_of.and_then(|of| locked.steps.iter().find(|stored| stored.id == of));
    let original = of.ok_or_else(|| record::corrupt("a rollback step's origin"))?;
    let parent = record::kept(original)?;
    let kept = record::Kept {
        step: step.clone(),
        sets: Vec::new(),
        uses: parent.uses,
        rollback_origin: None,
        rollback_verdict: None,
    };
    let verdict = parent.rollback_verdict;
    let title = format!("Roll back step {}: {}", original.order, original.view.title);
    let mut view = StepView {
        environment: original.view.environment.clone(),
        rollback_of: Some(original.id),
        ..record::blank(step.id, step.order, title, step.kind, verdict)
    };
    record::draw(&mut view, &kept, now);
    record::row(&kept, view, original.environment.clone())
}

/// An attempt that the run no longer waits for is over; a result is kept with it.
async fn close_attempts(
    tx: &mut TenantTx<'_>,
    before: &Run,
    after: &Run,
    result: Option<Value>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let flying = before.steps.iter().filter_map(|step| step.phase.flight());
    for flight in flying.filter(|flight| after.flying(flight.attempt).is_none()) {
        dispatch::close(tx, flight.attempt, result.clone(), now).await?;
    }
    Ok(())
}

async fn write(
    tx: &mut TenantTx<'_>,
    locked: &LockedExecution,
    effect: &Effect,
    now: Timestamp,
) -> Result<(), StoreError> {
    match effect {
        Effect::StartTimer { step, kind, attempt, due_at } => {
            let timer = Timer {
                execution: locked.id,
                step: *step,
                kind: kind.as_str().to_owned(),
                attempt: *attempt,
                due_at: *due_at,
            };
            timers::start(tx, &timer).await
        }
        Effect::StopTimers { step } => timers::stop(tx, locked.id, *step).await,
        Effect::Notify { step, what } => notify(tx, locked, *step, what, now).await,
        // The inverse command is part of the step's row since the run was made; the rest leaves after the commit.
        _ => Ok(()),
    }
}

async fn notify(
    tx: &mut TenantTx<'_>,
    locked: &LockedExecution,
    step: Option<StepId>,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = MessageId::from_uuid(Uuid::now_v7());
    let payload = json!({
        "schema": "dd0c.notification/v1", "id": id, "tenant_id": tx.tenant(), "execution_id": locked.id,
        "step_id": step, "what": what,
    });
    outbox::push(tx, id, "notification", &locked.id.to_string(), payload, now).await
}

impl Engine {
    /// Does after the commit what must leave the house.
    pub(crate) fn perform(&self, tenant: TenantId, locked: &LockedExecution, effects: &[Effect]) {
        for effect in effects {
            let message = match effect {
                Effect::WantsDispatch { .. } => {
                    // The other end lives as long as the engine runs; without it the sweep of the next start claims.
                    let _ = self.wake.send((tenant, locked.id));
                    continue;
                }
                Effect::Query { attempt } => Kind::Query(Query { attempt_id: attempt.to_string() }),
                Effect::StopStep { attempt, reason } => {
                    Kind::Stop(StopStep { attempt_id: attempt.to_string(), reason: reason.clone() })
                }
                Effect::ConfirmResult { attempt } => committed(*attempt),
                _ => continue,
            };
            if self.agents.send(locked.agent, message).is_err() {
                tracing::info!(execution = %locked.id, agent = %locked.agent, "the agent is not connected");
            }
        }
    }
}

pub(crate) fn committed(attempt: AttemptId) -> Kind {
    Kind::ResultCommitted(ResultCommitted { attempt_id: attempt.to_string() })
}
