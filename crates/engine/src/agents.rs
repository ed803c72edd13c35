//! What agents say, brought into the run it belongs to. Who speaks comes from the gateway; whether the attempt is
//! theirs is looked up here.

use std::time::Duration;

use dd0c_executor::{AgentWord, Event, Refused, Report, ReportKind, Status};
use dd0c_proto::agent::v1::attempt_status::Status as WireStatus;
use dd0c_proto::agent::v1::step_output::Stream as WireStream;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{AttemptStatus, StepOutput, StepResult};
use dd0c_store::dispatch::{self, Attempt, Mark};
use dd0c_store::executions::{self, LockedExecution};
use dd0c_store::outputs::{self, NewChunk, Stream};
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{Actor, AttemptId};
use serde_json::json;

use crate::Engine;
use crate::control::Frozen;
use crate::error::EngineError;
use crate::gateway::{AgentEvent, AgentEventKind};
use crate::transaction::{apply, committed};

/// How often an event is tried again while the database is away. After that the agent's own journal has it: results
/// are sent again until they are acknowledged, and every clock ends in a question to the agent.
const TRIES: u32 = 5;

/// Takes in one event.
pub(crate) async fn hear(engine: &Engine, event: AgentEvent) {
    for attempt in 0..TRIES {
        match engine.hear_once(&event).await {
            Ok(()) => return,
            Err(EngineError::Store(error)) if error.is_retryable() => {
                tracing::warn!(agent = %event.agent, %error, "the store is away; an agent's word waits");
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            }
            Err(error) => {
                tracing::warn!(agent = %event.agent, %error, "an agent's word changed nothing");
                return;
            }
        }
    }
}

impl Engine {
    async fn hear_once(&self, event: &AgentEvent) -> Result<(), EngineError> {
        match &event.kind {
            AgentEventKind::Connected(_) => Ok(self.ask_after_open(event.tenant, Some(event.agent)).await?),
            AgentEventKind::Disconnected => self.lost(event).await,
            AgentEventKind::Halted(halted) => {
                let frozen =
                    Frozen { epoch: halted.panic_epoch, frozen: halted.frozen, running: halted.running };
                self.note_frozen(event.tenant, frozen);
                Ok(())
            }
            AgentEventKind::Alive(_) => Ok(()),
            AgentEventKind::Output(output) => self.keep_output(event, output).await,
            other => match word(other) {
                Some((attempt, word, result)) => self.spoken(event, attempt, word, result).await,
                None => Err(EngineError::Invalid("an attempt's id that cannot be read".to_owned())),
            },
        }
    }

    async fn spoken(
        &self,
        event: &AgentEvent,
        attempt: AttemptId,
        word: AgentWord,
        result: Option<&StepResult>,
    ) -> Result<(), EngineError> {
        let mut tx = self.store.tenant(event.tenant).await?;
        let found = own_attempt(&mut tx, event, attempt).await?;
        let now = self.clock.now();
        if let Some(mark) = mark(&word) {
            dispatch::mark(&mut tx, attempt, mark, now).await?;
        }
        let mut locked = executions::lock(&mut tx, found.execution, self.replica).await?;
        if let Some(result) = result.filter(|_| !found.closed) {
            take_result(&mut tx, &mut locked, &found, result).await?;
        }
        let actor = Actor::agent(event.agent, &event.name);
        let kept = result.map(document);
        let output_bytes = outputs::bytes_of(&mut tx, attempt).await?;
        let heard = Event::Agent { attempt, word, output_bytes };
        match apply(&mut tx, &mut locked, heard, &actor, kept, now).await {
            Ok(applied) => {
                tx.commit().await?;
                self.perform(event.tenant, &locked, &applied.effects);
                Ok(())
            }
            // A result that was committed before and whose acknowledgement was lost: acknowledged again, nothing else.
            Err(EngineError::Refused(Refused::UnknownAttempt)) if result.is_some() && found.closed => {
                let _ = self.agents.send(event.agent, committed(attempt));
                Ok(())
            }
            Err(EngineError::Refused(refused)) => {
                tracing::info!(%attempt, %refused, "a late or repeated word of an agent");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn keep_output(&self, event: &AgentEvent, output: &StepOutput) -> Result<(), EngineError> {
        let attempt =
            id(&output.attempt_id).ok_or_else(|| EngineError::Invalid("an attempt's id".to_owned()))?;
        let mut tx = self.store.tenant(event.tenant).await?;
        let found = own_attempt(&mut tx, event, attempt).await?;
        let stream = match output.stream() {
            WireStream::Stdout => Stream::Stdout,
            WireStream::Stderr => Stream::Stderr,
        };
        let chunk = NewChunk {
            execution: found.execution,
            step: found.step,
            attempt,
            sequence: output.sequence,
            stream,
            offset: output.offset,
            bytes: &output.data,
            skipped: output.skipped,
        };
        outputs::append(&mut tx, &chunk).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn lost(&self, event: &AgentEvent) -> Result<(), EngineError> {
        let mut tx = self.store.tenant(event.tenant).await?;
        let runs = dispatch::live(&mut tx, Some(event.agent)).await?;
        drop(tx);
        for execution in runs {
            let mut tx = self.store.tenant(event.tenant).await?;
            let mut locked = executions::lock(&mut tx, execution, self.replica).await?;
            let actor = Actor::agent(event.agent, &event.name);
            apply(&mut tx, &mut locked, Event::AgentLost, &actor, None, self.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn own_attempt(
    tx: &mut TenantTx<'_>,
    event: &AgentEvent,
    attempt: AttemptId,
) -> Result<Attempt, EngineError> {
    let found = dispatch::get(tx, attempt).await?;
    // Another agent's attempt and an absent one are the same to whoever asks.
    if found.agent == event.agent { Ok(found) } else { Err(StoreError::NotFound.into()) }
}

/// Puts the figures of a result into the step's row, and the variables that it set into the steps that use them.
async fn take_result(
    tx: &mut TenantTx<'_>,
    locked: &mut LockedExecution,
    attempt: &Attempt,
    result: &StepResult,
) -> Result<(), EngineError> {
    let Some(at) = locked.steps.iter().position(|stored| stored.id == attempt.step) else { return Ok(()) };
    let view = &mut locked.steps[at].view;
    view.exit_code = (result.outcome() != Outcome::Unknown).then_some(result.exit_code);
    view.duration_ms = Some(result.duration_ms);
    view.output_bytes = result.stdout_bytes.saturating_add(result.stderr_bytes);
    view.stdout_sha256 = Some(result.stdout_sha256.clone()).filter(|hash| !hash.is_empty());
    let sets = crate::record::kept(&locked.steps[at])?.sets;
    let values = result.variables.iter().filter(|(name, value)| sets.contains(name) && is_value(value));
    let values: Vec<(String, String)> = values.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in values {
        pass_on(tx, locked, at, &name, &value).await?;
        locked.variables.insert(name, value);
    }
    Ok(())
}

async fn pass_on(
    tx: &mut TenantTx<'_>,
    locked: &mut LockedExecution,
    from: usize,
    name: &str,
    value: &str,
) -> Result<(), EngineError> {
    for at in 0..locked.steps.len() {
        let mut kept = crate::record::kept(&locked.steps[at])?;
        let uses = kept.uses.iter().any(|used| used == name);
        // Only what has not been asked for yet: an approval stays an approval of what was shown.
        if at == from || !uses || locked.steps[at].state != dd0c_types::run::StepState::Pending {
            continue;
        }
        let mut after = locked.steps[at].clone();
        kept.step.needs.retain(|needed| needed != name);
        after.machine = serde_json::to_value(&kept).map_err(|_| crate::record::corrupt("a step"))?;
        after.view.needs.clone_from(&kept.step.needs);
        after.environment.insert(name.to_owned(), value.to_owned());
        after.view.environment.insert(name.to_owned(), value.to_owned());
        executions::save_step(tx, locked.id, &locked.steps[at], &after).await?;
        locked.steps[at] = after;
    }
    Ok(())
}

/// What a command printed becomes an environment value only when it could not be mistaken for anything else.
fn is_value(value: &str) -> bool {
    value.len() <= 4096 && !value.chars().any(char::is_control)
}

fn document(result: &StepResult) -> serde_json::Value {
    json!({
        "outcome": result.outcome().as_str_name(), "exit_code": result.exit_code, "duration_ms": result.duration_ms,
        "stdout_bytes": result.stdout_bytes, "stderr_bytes": result.stderr_bytes,
        "stdout_sha256": result.stdout_sha256, "stderr_sha256": result.stderr_sha256,
        "survivors": result.survivors, "note": result.note, "started_unix_ms": result.started_unix_ms,
        "ended_unix_ms": result.ended_unix_ms,
    })
}

const fn mark(word: &AgentWord) -> Option<Mark> {
    match word {
        AgentWord::Accepted => Some(Mark::Accepted),
        AgentWord::Started => Some(Mark::Started),
        _ => None,
    }
}

fn id(text: &str) -> Option<AttemptId> {
    text.parse().ok()
}

fn word(kind: &AgentEventKind) -> Option<(AttemptId, AgentWord, Option<&StepResult>)> {
    match kind {
        AgentEventKind::Accepted(said) => Some((id(&said.attempt_id)?, AgentWord::Accepted, None)),
        AgentEventKind::Started(said) => Some((id(&said.attempt_id)?, AgentWord::Started, None)),
        AgentEventKind::Refused(said) => {
            let word = AgentWord::Refused { code: said.code.clone(), reason: said.reason.clone() };
            Some((id(&said.attempt_id)?, word, None))
        }
        AgentEventKind::Result(result) => {
            Some((id(&result.attempt_id)?, AgentWord::Result(report(result)), Some(result)))
        }
        AgentEventKind::Status(status) => {
            let word = AgentWord::Status { status: status_of(status), note: status.note.clone() };
            Some((id(&status.attempt_id)?, word, None))
        }
        _ => None,
    }
}

fn report(result: &StepResult) -> Report {
    // An outcome of a later protocol is not one we know.
    let known = Outcome::try_from(result.outcome).unwrap_or(Outcome::Unknown);
    let kind = match known {
        Outcome::Finished => ReportKind::Finished { exit_code: result.exit_code },
        Outcome::TimedOut => ReportKind::TimedOut,
        Outcome::Stopped => ReportKind::Stopped,
        Outcome::Unknown => ReportKind::Unknown,
    };
    let output_bytes = result.stdout_bytes.saturating_add(result.stderr_bytes);
    Report { kind, survivors: result.survivors, output_bytes, note: result.note.clone() }
}

fn status_of(status: &AttemptStatus) -> Status {
    match WireStatus::try_from(status.status).unwrap_or(WireStatus::Unknown) {
        WireStatus::NotSeen => Status::NotSeen,
        WireStatus::Accepted => Status::Accepted,
        WireStatus::Running => Status::Running,
        WireStatus::Finished => Status::Finished,
        WireStatus::Unknown => Status::Unknown,
        WireStatus::Refused => Status::Refused,
    }
}
