//! One event, one transaction: the run is locked, the executor decides, rows, clocks, messages and audit are written.
//! What must leave the house is handed back and leaves only after the commit.

use dd0c_executor::{Effect, Event, Run};
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::{Query, ResultCommitted, StopStep};
use dd0c_store::executions::{self, LockedExecution, StoredStep};
use dd0c_store::timers::{self, Timer};
use dd0c_store::{StoreError, TenantTx, audit, dispatch, outbox};
use dd0c_types::{Actor, AttemptId, MessageId, StepId, TenantId, Timestamp};
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
    Ok(Applied { run, effects })
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
    let mut view = original.view.clone();
    view.id = step.id;
    view.order = step.order;
    view.kind = step.kind;
    view.title = format!("Roll back step {}: {}", original.order, original.view.title);
    view.rollback_of = Some(original.id);
    view.unlisted = None;
    view.prescribed_command = None;
    view.branch = None;
    view.hazards = Vec::new();
    view.object = verdict.as_ref().and_then(|verdict| verdict.object.clone());
    view.objects = verdict.as_ref().map(|verdict| verdict.objects.clone()).unwrap_or_default();
    view.classification = verdict;
    (view.exit_code, view.duration_ms, view.started_at, view.ended_at) = (None, None, None, None);
    (view.output_bytes, view.stdout_sha256) = (0, None);
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
