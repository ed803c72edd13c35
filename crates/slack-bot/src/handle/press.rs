//! Buttons.

use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_proto::engine::v1::{Abort, Approve, Check, Done, Edit, HaltRequest, Retry, Rollback, Stop};
use dd0c_store::executions;
use dd0c_types::account::needed_by;
use dd0c_types::run::{ExecutionView, StepState, StepView};
use dd0c_types::{CommandHash, ExecutionId, StepId};
use tonic::Status;

use super::outcome::Target;
use super::{HandleError, Scene, start, typed};
use crate::card::{self, Origin, Person, SkipCard};
use crate::incoming::Pressed;
use crate::interaction::Action;
use crate::load::{self, LoadedRun};
use crate::outgoing::content;
use crate::reference::{Reference, Token};
use crate::scene::step_card;

/// A button was pressed.
pub(super) async fn pressed(scene: &Scene, pressed: &Pressed) -> Result<(), HandleError> {
    let Some(action) = Action::parse(&pressed.action) else {
        return scene.say("This button was made by another version of dd0c/run. Nothing was done.").await;
    };
    if is_link(action) {
        return Ok(());
    }
    let read = Reference::verify(&pressed.value, &scene.bot.key, scene.place.tenant);
    let reference = match read {
        Ok((reference, _)) => Some(reference),
        // The home's button to run a runbook needs none.
        Err(_) if action == Action::HomeRun => None,
        Err(forged) => {
            scene.audit_refusal("forged").await?;
            return scene.say(&forged.to_string()).await;
        }
    };
    match reference {
        Some(Reference::Step { execution, step, command, .. }) => {
            let press = Press { target: Target { execution, step }, command, pressed };
            of_step(scene, action, &press).await
        }
        Some(Reference::Run(execution)) => of_run(scene, action, execution).await,
        Some(reference) => of_offer(scene, action, reference, pressed).await,
        None => start::pick(scene, &pressed.trigger).await,
    }
}

/// A button of a step.
struct Press<'p> {
    target: Target,
    /// Of the command that was shown.
    command: Option<CommandHash>,
    pressed: &'p Pressed,
}

async fn of_step(scene: &Scene, action: Action, press: &Press<'_>) -> Result<(), HandleError> {
    let target = press.target;
    match action {
        Action::StepTypedOpen | Action::RollbackTypedOpen => {
            let rollback = action == Action::RollbackTypedOpen;
            typed::open(scene, target, press.command, rollback, press.pressed).await
        }
        Action::RollbackApprove => roll_back(scene, target, press.command).await,
        Action::StepEditOpen => open_edit(scene, press).await,
        Action::StepSkipOpen => open_skip(scene, press).await,
        Action::StepEditUndo => undo_edit(scene, target).await,
        Action::ApprovalNudge => nudge(scene, target).await,
        Action::RunAbort => abort(scene, target.execution).await,
        Action::AgentPing => check(scene, target).await,
        _ => {
            if let Some(decision) = at_once(action, press.command) {
                scene.decide(target, decision).await?;
            }
            Ok(())
        }
    }
}

/// What the engine is told without another question.
fn at_once(action: Action, command: Option<CommandHash>) -> Option<Decision> {
    match action {
        Action::StepApprove => Some(approve(command, Vec::new())),
        Action::StepRetry | Action::ApprovalRenew => Some(Decision::Retry(Retry {})),
        Action::StepStop => Some(Decision::Stop(Stop { reason: String::new() })),
        _ => closing(action).map(Decision::Done),
    }
}

/// The ways in which a person closes a step.
fn closing(action: Action) -> Option<Done> {
    let done = |outcome: &str, choice: &str| Done {
        note: String::new(),
        outcome: outcome.to_owned(),
        choice: choice.to_owned(),
    };
    Some(match action {
        Action::StepItRan => done("it_ran", ""),
        Action::StepItDidNotRun => done("it_did_not_run", ""),
        Action::BranchThen => done("", "then"),
        Action::BranchElse => done("", "else"),
        Action::StepManualDone => done("", ""),
        Action::StepManual => done("by_hand", ""),
        _ => return None,
    })
}

async fn of_run(scene: &Scene, action: Action, execution: ExecutionId) -> Result<(), HandleError> {
    match action {
        Action::RunAbort => abort(scene, execution).await,
        Action::AgentPing => {
            let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
            let loaded = load::run(&mut tx, scene.place.whose(), execution).await?;
            drop(tx);
            let flying = loaded.and_then(|loaded| {
                let step =
                    loaded.run.steps.iter().find(|step| step.started_at.is_some() && step.ended_at.is_none());
                step.map(|step| step.id)
            });
            match flying {
                Some(step) => check(scene, Target { execution, step }).await,
                None => scene.say("No step of this run is under way. Nothing was asked.").await,
            }
        }
        _ => Ok(()),
    }
}

async fn of_offer(
    scene: &Scene,
    action: Action,
    reference: Reference,
    pressed: &Pressed,
) -> Result<(), HandleError> {
    match (action, reference) {
        (Action::RunStart | Action::MatchPick, Reference::Offer { .. } | Reference::Runbook { .. }) => {
            start::begin(scene, reference, &pressed.trigger, &pressed.value).await
        }
        (Action::MatchReject, Reference::Offer { .. } | Reference::Alert(_)) => {
            let modal = card::why_not_modal(&origin(scene, pressed));
            scene.open_with(&pressed.trigger, &modal).await.map(drop)
        }
        (Action::HomeRun, _) => start::pick(scene, &pressed.trigger).await,
        (Action::Panic, Reference::Tenant) => halt(scene, "").await,
        _ => Ok(()),
    }
}

const fn is_link(action: Action) -> bool {
    matches!(
        action,
        Action::OpenLink | Action::OpenSecondLink | Action::OpenThirdLink | Action::RunbookPreview
    )
}

pub(super) fn approve(command: Option<CommandHash>, typed: Vec<String>) -> Decision {
    let command_sha256 = command.map(|hash| hash.to_string()).unwrap_or_default();
    Decision::Approve(Approve { command_sha256, typed })
}

/// From where a modal is opened.
pub(super) fn origin(scene: &Scene, pressed: &Pressed) -> Origin {
    let token: Token = serde_json::from_value(pressed.value.clone().into())
        .unwrap_or_else(|_| scene.bot.pen(scene.place.tenant).sign(&Reference::Tenant));
    Origin {
        token,
        channel: scene.spot.channel.clone(),
        thread: scene.spot.thread.clone(),
        message: scene.spot.message.clone(),
    }
}

/// The run and the step, as they are now. None when there is no such thing any more.
pub(super) async fn load_step(
    scene: &Scene,
    target: Target,
) -> Result<Option<(LoadedRun, StepView)>, HandleError> {
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let loaded = load::run(&mut tx, scene.place.whose(), target.execution).await?;
    Ok(loaded.and_then(|loaded| {
        let step = loaded.run.steps.iter().find(|step| step.id == target.step).cloned()?;
        Some((loaded, step))
    }))
}

async fn open_edit(scene: &Scene, press: &Press<'_>) -> Result<(), HandleError> {
    let view = scene.open(&press.pressed.trigger, "Edit the command").await?;
    let modal = match load_step(scene, press.target).await? {
        Some((loaded, step)) => {
            let pen = scene.bot.pen(scene.place.tenant);
            let position =
                step_card(&loaded.scene(&pen, None, scene.bot.now()), &step, Vec::new(), 0).position;
            let command = step.command.as_ref();
            command.and_then(|command| card::edit_modal(&origin(scene, press.pressed), position, command))
        }
        None => None,
    };
    let long =
        || card::notice_modal("Edit the command", "This command cannot be edited here. Use the dashboard.");
    scene.change(&view, &modal.unwrap_or_else(long)).await
}

async fn open_skip(scene: &Scene, press: &Press<'_>) -> Result<(), HandleError> {
    let view = scene.open(&press.pressed.trigger, "Skip a step").await?;
    let Some((loaded, step)) = load_step(scene, press.target).await? else {
        let gone = card::notice_modal("Skip a step", "There is no such step any more. Nothing was done.");
        return scene.change(&view, &gone).await;
    };
    let pen = scene.bot.pen(scene.place.tenant);
    let (dependent, independent) = later(&loaded, &step);
    let skip = SkipCard {
        origin: origin(scene, press.pressed),
        position: step_card(&loaded.scene(&pen, None, scene.bot.now()), &step, Vec::new(), 0).position,
        dependent,
        independent,
    };
    scene.change(&view, &card::skip_modal(&skip)).await
}

/// Which later steps use what this one sets and nobody else has, and which do not.
fn later(loaded: &LoadedRun, step: &StepView) -> (Vec<u32>, Vec<u32>) {
    let steps = &loaded.run.steps;
    let at = steps.iter().position(|other| other.id == step.id);
    let dependent = at.and_then(|at| needed_by(steps).into_iter().nth(at)).unwrap_or_default();
    let later = steps.iter().skip(at.map_or(steps.len(), |at| at + 1));
    let independent = later
        .filter(|other| other.state == StepState::Pending && !dependent.contains(&other.order))
        .map(|other| other.order);
    let independent = independent.collect();
    (dependent, independent)
}

async fn undo_edit(scene: &Scene, target: Target) -> Result<(), HandleError> {
    let prescribed = load_step(scene, target).await?.and_then(|(_, step)| step.prescribed_command);
    match prescribed {
        Some(command) => {
            let edit = Edit { command: command.reveal().to_owned() };
            scene.decide(target, Decision::Edit(edit)).await.map(drop)
        }
        None => scene.say("The runbook's own command stands already. Nothing was done.").await,
    }
}

/// The inverse command becomes a step, and that step gets the yes that was meant for exactly this command.
async fn roll_back(scene: &Scene, target: Target, command: Option<CommandHash>) -> Result<(), HandleError> {
    match make_rollback(scene, target).await {
        Ok(Some(step)) => {
            let made = Target { step, ..target };
            scene.decide(made, approve(command, Vec::new())).await.map(drop)
        }
        Ok(None) => Ok(()),
        Err(status) => scene.refused(Some(target), &status).await,
    }
}

/// Makes the step of the inverse command, and reads which one it is.
pub(super) async fn make_rollback(scene: &Scene, target: Target) -> Result<Option<StepId>, Status> {
    scene.ask(target.execution, Some(target.step), Decision::Rollback(Rollback {})).await?;
    let unread = |error: dd0c_store::StoreError| {
        tracing::warn!(%error, "the step of a rollback was made and could not be read");
        Status::unavailable("the rollback is a step now and could not be read; its question is in the thread")
    };
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await.map_err(unread)?;
    let run = executions::view(&mut tx, target.execution).await.map_err(unread)?;
    let made = |run: ExecutionView| {
        run.steps.into_iter().rfind(|step| step.rollback_of == Some(target.step)).map(|step| step.id)
    };
    Ok(run.and_then(made))
}

async fn abort(scene: &Scene, execution: ExecutionId) -> Result<(), HandleError> {
    let decision = Decision::Abort(Abort { reason: String::new() });
    match scene.ask(execution, None, decision).await {
        Ok(_) => Ok(()),
        Err(status) => scene.refused(None, &status).await,
    }
}

async fn check(scene: &Scene, target: Target) -> Result<(), HandleError> {
    if scene.decide(target, Decision::Check(Check {})).await? {
        let says = "The agent was asked. What its journal says of this step is shown as soon as it is told.";
        scene.say(says).await?;
    }
    Ok(())
}

/// "Ask Dana and Kim": one message in the thread that mentions them.
async fn nudge(scene: &Scene, target: Target) -> Result<(), HandleError> {
    let Some((loaded, step)) = load_step(scene, target).await? else { return Ok(()) };
    let requester = dd0c_approval::Requester(loaded.lead);
    let may = |user: &dd0c_store::users::User| {
        user.id != scene.who.member.id
            && dd0c_approval::may_approve(user.role, user.id, requester, step.gate, step.risk, &loaded.policy)
                .is_ok()
    };
    let whom: Vec<Person> =
        loaded.people.who(may).into_iter().map(|user| loaded.people.person(user.id)).collect();
    if whom.is_empty() || scene.spot.channel.is_empty() {
        return scene.say("Nobody else may approve this step. Change the policy, or ask an Owner.").await;
    }
    let pen = scene.bot.pen(scene.place.tenant);
    let card = step_card(&loaded.scene(&pen, None, scene.bot.now()), &step, Vec::new(), 1);
    let mut arguments = content(&card::nudge(&card, &scene.who.member.name, &whom, None));
    arguments["channel"] = scene.spot.channel.clone().into();
    if !scene.spot.thread.is_empty() {
        arguments["thread_ts"] = scene.spot.thread.clone().into();
    }
    scene.bot.call(&scene.place, "chat.postMessage", &arguments).await?;
    Ok(())
}

/// Panic: nobody is asked back. The receipt comes as soon as the latch is shut.
pub(super) async fn halt(scene: &Scene, reason: &str) -> Result<(), HandleError> {
    let request = HaltRequest { actor: Some(scene.place.actor_ref(&scene.who)), reason: reason.to_owned() };
    match scene.bot.engine().halt(request).await {
        Ok(halted) => {
            let halted = halted.into_inner();
            let dashboard = scene.bot.urls.home();
            scene.show(&card::panic_receipt(halted.frozen, halted.running, halted.recorded, &dashboard)).await
        }
        Err(status) => scene.refused(None, &status).await,
    }
}
