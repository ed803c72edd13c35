//! What a person decides, authorised inside the transaction that performs it.

use dd0c_approval::{NotAllowed, Policy, Requester, confirm, may, may_approve};
use dd0c_executor::{Act, Choice, Event, HumanOutcome, Person, Refused, Run};
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_store::dispatch::{self, NewApproval};
use dd0c_store::executions::{self, LockedExecution};
use dd0c_store::{StoreError, TenantTx, audit, users};
use dd0c_types::run::{ExecutionState, Gate, StepAction, StepState};
use dd0c_types::runbook::RollbackOrigin;
use dd0c_types::{
    Actor, ApprovalId, AttemptId, Classification, Command, CommandHash, EventType, ExecutionId, Role, StepId,
    TenantId, UserId,
};
use serde_json::json;
use uuid::Uuid;

use crate::Engine;
use crate::error::EngineError;
use crate::record;
use crate::relay::{approval_hash, intent_of};
use crate::transaction::{Applied, apply};
use crate::typed::{self, Judged};
use crate::unlisted;

/// Who decides, as the caller has authenticated them.
#[derive(Debug, Clone)]
pub(crate) struct Decider {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) actor: Actor,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided {
    /// The state of the step, or of the run for what concerns the whole run.
    pub(crate) state: &'static str,
    /// The step decided on, or the one that was made.
    pub(crate) step: Option<StepId>,
}

/// A decision on its way through one transaction.
struct Deciding<'d> {
    by: &'d Decider,
    role: Role,
    policy: Policy,
    step: StepId,
}

impl Engine {
    /// Performs a decision.
    pub(crate) async fn decide(
        &self,
        by: &Decider,
        execution: ExecutionId,
        step: Option<StepId>,
        decision: Decision,
    ) -> Result<Decided, EngineError> {
        let done = self.try_decide(by, execution, step, decision).await;
        if let Err(error) = &done {
            self.note_refusal(by, execution, step, error).await;
        }
        done
    }

    async fn try_decide(
        &self,
        by: &Decider,
        execution: ExecutionId,
        step: Option<StepId>,
        decision: Decision,
    ) -> Result<Decided, EngineError> {
        let mut tx = self.store.tenant(by.tenant).await?;
        let role = role_of(&mut tx, by.user).await?;
        let mut locked = executions::lock(&mut tx, execution, self.replica).await?;
        let policy = policy_of(&locked)?;
        let event = match (decision, step) {
            (Decision::Abort(abort), _) => {
                may(role, StepAction::Abort, None, &policy)?;
                Event::Aborted { by: person(by), reason: abort.reason }
            }
            (Decision::Unlisted(asked), _) => {
                may(role, StepAction::Edit, None, &policy)?;
                unlisted::event(by, &asked.command)?
            }
            (Decision::Resume(_), _) => self.resume_run(by, role, &policy)?,
            (decision, Some(step)) => {
                let deciding = Deciding { by, role, policy, step };
                let act = self.act(&mut tx, &mut locked, &deciding, decision).await?;
                Event::Acted { step, by: person(by), act }
            }
            (_, None) => {
                return Err(EngineError::Invalid(
                    "This decision needs a step. Nothing has changed.".to_owned(),
                ));
            }
        };
        let step = unlisted::step_of(&event).or(step);
        let approval = approval_of(&event);
        let applied = apply(&mut tx, &mut locked, event, &by.actor, None, self.clock.now()).await?;
        if let (Some(id), Some(step)) = (approval, step) {
            self.keep_approval(&mut tx, &locked, &applied.run, by, step, id).await?;
        }
        tx.commit().await?;
        self.perform(by.tenant, &locked, &applied.effects);
        Ok(Decided { state: state_after(&applied, step), step })
    }

    /// Turns a decision into an act, after everything that could refuse it.
    async fn act(
        &self,
        tx: &mut TenantTx<'_>,
        locked: &mut LockedExecution,
        deciding: &Deciding<'_>,
        decision: Decision,
    ) -> Result<Act, EngineError> {
        let at = locked
            .steps
            .iter()
            .position(|stored| stored.id == deciding.step)
            .ok_or(EngineError::NotFound("step"))?;
        let risk = locked.steps[at].view.risk;
        let role_allows = |action| may(deciding.role, action, risk, &deciding.policy);
        Ok(match decision {
            Decision::Approve(approve) => {
                self.approve(locked, at, deciding, &approve.command_sha256, &approve.typed)?
            }
            Decision::Skip(skip) => {
                role_allows(StepAction::Skip)?;
                Act::Skip { reason: skip.reason }
            }
            Decision::Edit(edit) => {
                role_allows(StepAction::Edit)?;
                edit_step(tx, locked, at, &edit.command).await?
            }
            Decision::Done(done) => {
                role_allows(StepAction::Done)?;
                Act::Done { note: done.note, outcome: outcome(&done.outcome)?, choice: choice(&done.choice)? }
            }
            Decision::Stop(stop) => {
                role_allows(StepAction::Stop)?;
                Act::Stop { reason: stop.reason }
            }
            Decision::Check(_) => {
                role_allows(StepAction::Check)?;
                if !self.agents.online(locked.agent) {
                    return Err(EngineError::AgentOffline);
                }
                Act::Check
            }
            Decision::Retry(_) => {
                role_allows(StepAction::Retry)?;
                Act::Retry
            }
            _ => {
                role_allows(StepAction::Rollback)?;
                Act::Rollback { new_step: StepId::from_uuid(Uuid::now_v7()) }
            }
        })
    }

    fn approve(
        &self,
        locked: &LockedExecution,
        at: usize,
        deciding: &Deciding<'_>,
        seen: &str,
        typed: &[String],
    ) -> Result<Act, EngineError> {
        let stored = &locked.steps[at];
        let command_sha256: CommandHash = seen.parse().map_err(|_| {
            EngineError::Invalid("command_sha256 is not a SHA-256. Nothing has run.".to_owned())
        })?;
        let approval = ApprovalId::from_uuid(Uuid::now_v7());
        let act = |typed| Act::Approve { approval, command_sha256, typed };
        // Whoever comes too late learns who decided before anything else is checked.
        if stored.state != StepState::AwaitApproval {
            return Ok(act(false));
        }
        if self.latch.is_halted(deciding.by.tenant) {
            return Err(EngineError::Halted);
        }
        let kept = record::kept(stored)?;
        let requester = Requester(locked.requester);
        may_approve(
            deciding.role,
            deciding.by.user,
            requester,
            kept.step.gate,
            kept.step.risk,
            &deciding.policy,
        )?;
        if kept.step.command.as_ref().map(Command::hash) != Some(command_sha256) {
            return Err(Refused::Changed.into());
        }
        if !self.agents.online(locked.agent) {
            return Err(EngineError::AgentOffline);
        }
        if kept.step.gate != Gate::Typed {
            return Ok(act(false));
        }
        let asked = typed_names(stored.view.classification.as_ref(), kept.step.command.as_ref());
        let kind = stored.view.object.as_ref().map(|object| object.kind.as_str());
        confirm(typed, &asked, kind)?;
        Ok(act(true))
    }

    async fn keep_approval(
        &self,
        tx: &mut TenantTx<'_>,
        locked: &LockedExecution,
        run: &Run,
        by: &Decider,
        step: StepId,
        id: ApprovalId,
    ) -> Result<(), EngineError> {
        let nil = AttemptId::from_uuid(Uuid::nil());
        let (intent, _) = intent_of(by.tenant, locked, run, step, nil)?;
        let expires_at = run.find(step).and_then(|step| match &step.phase {
            dd0c_executor::Phase::Approved { approval, .. } => Some(approval.expires_at),
            _ => None,
        });
        let now = self.clock.now();
        let new = NewApproval {
            id,
            execution: locked.id,
            step,
            approval_hash: approval_hash(&intent),
            command_sha256: intent.command.hash(),
            user: by.user,
            channel: json!(by.actor.channel).as_str().unwrap_or_default().to_owned(),
            typed_hash: None,
            at: now,
            expires_at: expires_at.unwrap_or(now),
        };
        Ok(dispatch::approve(tx, &new).await?)
    }

    fn resume_run(&self, by: &Decider, role: Role, policy: &Policy) -> Result<Event, EngineError> {
        may(role, StepAction::Retry, None, policy)?;
        if self.latch.is_halted(by.tenant) {
            return Err(EngineError::Halted);
        }
        Ok(Event::Resumed)
    }

    /// A refused decision leaves a trace of its own: the transaction that refused left none.
    async fn note_refusal(
        &self,
        by: &Decider,
        execution: ExecutionId,
        step: Option<StepId>,
        error: &EngineError,
    ) {
        if matches!(error, EngineError::Store(_) | EngineError::NotFound(_)) {
            return;
        }
        let data = json!({ "step_id": step, "code": error.code(), "reason": error.to_string() });
        let noted = async {
            let mut tx = self.store.tenant(by.tenant).await?;
            audit::append(&mut tx, EventType::StepApprovalRefused, Some(execution), &by.actor, data).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%execution, %error, "a refusal could not be recorded; nothing has run");
        }
    }
}

/// The member's role now; somebody who left, or was never here, is nobody.
pub(crate) async fn role_of(tx: &mut TenantTx<'_>, user: UserId) -> Result<Role, EngineError> {
    match users::get(tx, user).await {
        Ok(member) if member.active => Ok(member.role),
        Ok(_) | Err(StoreError::NotFound) => {
            let reason = "You are not an active member. Nothing has changed.".to_owned();
            Err(NotAllowed { reason }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// What must be typed for a command.
pub(crate) fn typed_names(classification: Option<&Classification>, command: Option<&Command>) -> Vec<String> {
    match (classification, command) {
        (Some(classification), Some(command)) => {
            dd0c_classifier::typed_names(classification, command.reveal())
        }
        _ => Vec::new(),
    }
}

async fn edit_step(
    tx: &mut TenantTx<'_>,
    locked: &mut LockedExecution,
    at: usize,
    text: &str,
) -> Result<Act, EngineError> {
    let Judged { command, verdict, rollback, rollback_verdict } = typed::judge(text)?;
    let risk = verdict.risk;
    let before = locked.steps[at].clone();
    let mut kept = record::kept(&before)?;
    kept.rollback_origin = rollback.is_some().then_some(RollbackOrigin::Derived);
    kept.rollback_verdict = rollback_verdict;
    let mut view = before.view.clone();
    view.prescribed_command = view.prescribed_command.or_else(|| view.command.clone());
    view.object = verdict.object.clone();
    view.objects = verdict.objects.clone();
    view.classification = Some(verdict);
    let row = record::row(&kept, view, before.environment.clone())?;
    executions::save_step(tx, locked.id, &before, &row).await?;
    locked.steps[at] = row;
    Ok(Act::Edit { command, risk, rollback })
}

fn policy_of(locked: &LockedExecution) -> Result<Policy, EngineError> {
    serde_json::from_value(locked.policy.clone()).map_err(|_| record::corrupt("a run's policy").into())
}

pub(crate) fn person(by: &Decider) -> Person {
    Person { user: by.user, name: by.actor.name.clone() }
}

fn approval_of(event: &Event) -> Option<ApprovalId> {
    match event {
        Event::Acted { act: Act::Approve { approval, .. }, .. } => Some(*approval),
        _ => None,
    }
}

fn outcome(text: &str) -> Result<Option<HumanOutcome>, EngineError> {
    match text {
        "" => Ok(None),
        "it_ran" => Ok(Some(HumanOutcome::ItRan)),
        "it_did_not_run" => Ok(Some(HumanOutcome::ItDidNotRun)),
        "by_hand" => Ok(Some(HumanOutcome::ByHand)),
        _ => {
            let words = "outcome is it_ran, it_did_not_run or by_hand. Nothing has changed.";
            Err(EngineError::Invalid(words.to_owned()))
        }
    }
}

fn choice(text: &str) -> Result<Option<Choice>, EngineError> {
    match text {
        "" => Ok(None),
        "then" => Ok(Some(Choice::Then)),
        "else" => Ok(Some(Choice::Else)),
        _ => Err(EngineError::Invalid("choice is then or else. Nothing has changed.".to_owned())),
    }
}

fn state_after(applied: &Applied, step: Option<StepId>) -> &'static str {
    let of_run: fn(ExecutionState) -> &'static str = ExecutionState::as_str;
    match step.and_then(|step| applied.run.find(step)) {
        Some(step) => step.state().as_str(),
        None => of_run(applied.run.state()),
    }
}
