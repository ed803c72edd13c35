//! Between the executor's values and the store's rows.

use std::collections::BTreeMap;

use dd0c_executor::{Flight, Phase, Run, Spending, Step, Warrant};
use dd0c_store::StoreError;
use dd0c_store::executions::{LockedExecution, SpentOn, StoredStep};
use dd0c_types::intent::Intent;
use dd0c_types::run::{Gate, StepState, StepView};
use dd0c_types::runbook::{Rollback, RollbackOrigin, StepKind};
use dd0c_types::{AttemptId, Classification, Command, Risk, StepId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is kept of a step beside its columns.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) step: Step,
    /// Shell variables it sets for later steps.
    pub(crate) sets: Vec<String>,
    /// Variables it uses.
    pub(crate) uses: Vec<String>,
    /// Who knows the inverse command.
    pub(crate) rollback_origin: Option<RollbackOrigin>,
    /// The verdict on the inverse command.
    pub(crate) rollback_verdict: Option<Classification>,
}

pub(crate) fn kept(stored: &StoredStep) -> Result<Kept, StoreError> {
    serde_json::from_value(stored.machine.clone()).map_err(|_| corrupt("a step's machine state"))
}

/// The run as the executor takes it.
pub(crate) fn run_of(locked: &LockedExecution) -> Result<Run, StoreError> {
    let mut run: Run =
        serde_json::from_value(locked.machine.clone()).map_err(|_| corrupt("a run's machine state"))?;
    run.steps =
        locked.steps.iter().map(|stored| Ok(kept(stored)?.step)).collect::<Result<_, StoreError>>()?;
    Ok(run)
}

/// The run without its steps: they have rows of their own.
pub(crate) fn header(run: &Run) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(Run { steps: Vec::new(), ..run.clone() }).map_err(|_| corrupt("a run"))
}

/// The row of a step that the executor changed.
pub(crate) fn changed(before: &StoredStep, step: &Step, now: Timestamp) -> Result<StoredStep, StoreError> {
    let kept = Kept { step: step.clone(), ..kept(before)? };
    let mut view = before.view.clone();
    draw(&mut view, &kept, now);
    row(&kept, view, before.environment.clone())
}

/// The row of a step.
pub(crate) fn row(
    kept: &Kept,
    view: StepView,
    environment: BTreeMap<String, String>,
) -> Result<StoredStep, StoreError> {
    let step = &kept.step;
    Ok(StoredStep {
        id: step.id,
        order: step.order,
        state: step.state(),
        attempt: step.attempts,
        open: step.is_open(),
        machine: serde_json::to_value(kept).map_err(|_| corrupt("a step"))?,
        view,
        environment,
    })
}

/// The view of a step of which nothing has happened yet; [`draw`] brings it up to its state.
pub(crate) fn blank(
    id: StepId,
    order: u32,
    title: String,
    kind: StepKind,
    verdict: Option<Classification>,
) -> StepView {
    StepView {
        id,
        order,
        title,
        kind,
        state: StepState::Pending,
        gate: Gate::Typed,
        risk: None,
        object: verdict.as_ref().and_then(|verdict| verdict.object.clone()),
        objects: verdict.as_ref().map(|verdict| verdict.objects.clone()).unwrap_or_default(),
        command: None,
        command_sha256: None,
        prescribed_command: None,
        environment: BTreeMap::new(),
        classification: verdict,
        rollback: None,
        rollback_of: None,
        unlisted: None,
        sets: Vec::new(),
        uses: Vec::new(),
        needs: Vec::new(),
        needed_by: Vec::new(),
        hazards: Vec::new(),
        branch: None,
        exit_code: None,
        stdout_tail: String::new(),
        stderr_tail: String::new(),
        output_bytes: 0,
        stdout_sha256: None,
        approved_by: None,
        approved_at: None,
        started_at: None,
        ended_at: None,
        duration_ms: None,
        allowed_actions: Vec::new(),
        blocked_reason: None,
        expires_at: None,
        attempt: 0,
        ever_started: false,
        by_hand: false,
        skipped_by: None,
        stop_asked_by: None,
        note: None,
    }
}

/// Brings a view up to the step's state.
pub(crate) fn draw(view: &mut StepView, kept: &Kept, now: Timestamp) {
    let step = &kept.step;
    view.state = step.state();
    view.gate = step.gate;
    view.risk = step.risk;
    view.attempt = step.attempts;
    view.note = step.note.clone();
    view.command_sha256 = step.command.as_ref().map(Command::hash);
    view.command = step.command.clone();
    view.rollback = rollback(kept);
    view.sets = kept.sets.clone();
    view.uses = kept.uses.clone();
    view.needs = step.needs.clone();
    view.ever_started = step.ever_started;
    view.by_hand = step.by_hand;
    view.skipped_by = step.decided_by.clone().filter(|_| step.phase == Phase::Skipped);
    view.stop_asked_by = step.stop_asked.clone();
    view.expires_at = match &step.phase {
        Phase::AwaitApproval { expires_at } => Some(*expires_at),
        _ => None,
    };
    draw_decision(view, &step.phase);
    draw_flight(view, step, now);
}

/// Everything that decides what an attempt runs. With the nil attempt it is what an approval speaks of.
pub(crate) fn intent(
    tenant: TenantId,
    locked: &LockedExecution,
    stored: &StoredStep,
    kept: &Kept,
    attempt: AttemptId,
    run: &Run,
) -> Intent {
    let step = &kept.step;
    Intent {
        tenant,
        agent: locked.agent,
        execution: locked.id,
        step: step.id,
        attempt,
        shell: "bash".to_owned(),
        command: step.command.clone().unwrap_or_else(|| Command::new("")),
        cwd: String::new(),
        environment: stored.environment.clone(),
        sets: kept.sets.clone(),
        timeout_ms: u64::from(step.timeout(&run.rules)) * 1000,
        risk: step.risk.unwrap_or(Risk::Dangerous),
        scanner_version: dd0c_classifier::version().to_owned(),
    }
}

pub(crate) const fn spent(spending: Spending) -> SpentOn {
    match spending {
        Spending::Human => SpentOn::Human,
        Spending::Machine => SpentOn::Machine,
        Spending::Idle => SpentOn::Idle,
        Spending::Nothing => SpentOn::Nothing,
    }
}

pub(crate) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt { what: what.to_owned() }
}

fn rollback(kept: &Kept) -> Option<Rollback> {
    let inverse = kept.step.rollback.as_ref().filter(|_| kept.step.rollback_available())?;
    let origin = kept.rollback_origin.unwrap_or(RollbackOrigin::Derived);
    Some(Rollback { text: inverse.command.clone(), origin })
}

/// Who said yes, to what is now asked, approved or under way. A new question forgets the old answer.
fn draw_decision(view: &mut StepView, phase: &Phase) {
    match phase {
        Phase::Approved { approval, .. } => {
            view.approved_by = Some(approval.by.clone());
        }
        Phase::Ready | Phase::AwaitApproval { .. } => {
            view.approved_by = None;
            view.approved_at = None;
        }
        Phase::Dispatching { flight: Flight { warrant: Warrant::Gate, .. } } => {
            view.approved_by = Some("policy".to_owned());
        }
        _ => {}
    }
}

fn draw_flight(view: &mut StepView, step: &Step, now: Timestamp) {
    match &step.phase {
        Phase::Approved { .. } | Phase::AutoOk { .. } => view.approved_at = view.approved_at.or(Some(now)),
        Phase::Dispatching { .. } => {
            view.started_at = None;
            view.ended_at = None;
            view.exit_code = None;
            view.duration_ms = None;
            view.output_bytes = 0;
            view.stdout_sha256 = None;
        }
        Phase::Running { flight } | Phase::Paused { flight } => {
            view.started_at = flight.started_at.or(flight.accepted_at);
        }
        _ => {}
    }
    let over = matches!(
        view.state,
        StepState::Succeeded | StepState::Failed | StepState::TimedOut | StepState::RollbackAvailable
    );
    if over {
        view.ended_at = view.ended_at.or(Some(now));
    }
}
