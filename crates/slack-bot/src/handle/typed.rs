//! The typed confirmation of a Dangerous step. What must be typed is read from the engine's record each time and stands
//! in no payload; three wrong names lock the person out for a minute.

use chrono::TimeDelta;
use dd0c_proto::refusal::code_of;
use dd0c_store::audit;
use dd0c_store::slack::confirmations;
use dd0c_types::run::StepView;
use dd0c_types::{Classification, Command, CommandHash, EventType, Timestamp};
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::modal::Outcome;
use super::outcome::Target;
use super::press::{approve, load_step, make_rollback, origin};
use super::{HandleError, Scene};
use crate::card::{self, Destroyed, Origin, TypedCard, WrongName};
use crate::incoming::{Modal, Pressed};
use crate::interaction::field;
use crate::load::LoadedRun;
use crate::scene::step_card;

/// How many wrong names lock.
const MISSES: u32 = 3;
/// For how long.
const LOCK: TimeDelta = TimeDelta::seconds(60);

/// What is to be confirmed: the step's own command, or its inverse.
struct Confirmed {
    command: Command,
    objects: Vec<Destroyed>,
}

/// 09: opens the modal.
pub(super) async fn open(
    scene: &Scene,
    target: Target,
    shown: Option<CommandHash>,
    rollback: bool,
    pressed: &Pressed,
) -> Result<(), HandleError> {
    let view = scene.open(&pressed.trigger, "Confirm a red step").await?;
    if let Some(until) = locked_until(scene).await? {
        let origin = origin(scene, pressed);
        return scene.change(&view, &card::locked_modal(&origin, seconds_to(until, scene.bot.now()))).await;
    }
    let notice = |says: &str| card::notice_modal("Confirm a red step", says);
    let Some((loaded, step)) = load_step(scene, target).await? else {
        return scene.change(&view, &notice("There is no such step any more. Nothing has run.")).await;
    };
    if let Some(refused) = scene.not_allowed(&loaded, &step).filter(|_| !rollback) {
        let message = card::not_allowed(&refused);
        scene.change(&view, &notice(&message.text)).await?;
        return scene.show(&message).await;
    }
    let Some(confirmed) = confirmed(&step, rollback).filter(|one| Some(one.command.hash()) == shown) else {
        return scene
            .change(&view, &notice("The command has changed since you saw it. Nothing has run."))
            .await;
    };
    let modal =
        card::typed_modal(&typed_card(scene, &loaded, &step, confirmed, rollback, origin(scene, pressed)));
    let elsewhere = || {
        notice("This step cannot be confirmed here in full. Confirm it in the dashboard. Nothing has run.")
    };
    scene.change(&view, &modal.unwrap_or_else(elsewhere)).await
}

/// The names were typed.
pub(super) async fn submitted(
    scene: &Scene,
    target: Target,
    shown: Option<CommandHash>,
    rollback: bool,
    modal: &Modal,
    origin: &Origin,
) -> Result<Outcome, HandleError> {
    if let Some(until) = locked_until(scene).await? {
        return Ok(Outcome::Show(card::locked_modal(origin, seconds_to(until, scene.bot.now()))));
    }
    let Some((_, step)) = load_step(scene, target).await? else {
        return Ok(Outcome::Notice("There is no such step any more. Nothing has run.".to_owned()));
    };
    let Some(confirmed) = confirmed(&step, rollback).filter(|one| Some(one.command.hash()) == shown) else {
        return Ok(Outcome::Notice("The command has changed since you saw it. Nothing has run.".to_owned()));
    };
    let typed: Vec<String> =
        (0..confirmed.objects.len()).map(|n| modal.value(&field::name(n)).unwrap_or_default()).collect();
    // The inverse becomes a step only when the names are right: before that nothing is to be seen of it.
    if rollback && first_wrong(&typed, &confirmed.objects).is_some() {
        return missed(scene, target, &typed, &confirmed.objects, origin).await;
    }
    let asked = if rollback {
        match make_rollback(scene, target).await {
            Ok(Some(step)) => Target { step, ..target },
            Ok(None) => return Ok(Outcome::Notice("No rollback is known. Nothing has run.".to_owned())),
            Err(status) => return Ok(Outcome::Say(Box::new(scene.refusal(Some(target), &status).await?))),
        }
    } else {
        target
    };
    match scene.ask(asked.execution, Some(asked.step), approve(shown, typed.clone())).await {
        Ok(_) => {
            let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
            confirmations::clear(&mut tx, scene.who.member.id, target.step).await?;
            tx.commit().await?;
            Ok(Outcome::Close)
        }
        Err(status) if code_of(&status) == Some("typed_mismatch") => {
            missed(scene, target, &typed, &confirmed.objects, origin).await
        }
        Err(status) => Ok(Outcome::Say(Box::new(scene.refusal(Some(asked), &status).await?))),
    }
}

/// 10: counts a miss; after the third the modal says that it is over, and the audit trail tells of it.
async fn missed(
    scene: &Scene,
    target: Target,
    typed: &[String],
    objects: &[Destroyed],
    origin: &Origin,
) -> Result<Outcome, HandleError> {
    let now = scene.bot.now();
    let place = (target.execution, target.step);
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let misses = confirmations::miss(&mut tx, scene.who.member.id, place, MISSES, now + LOCK).await?;
    if misses >= MISSES {
        let data = json!({"step_id": target.step, "misses": misses, "seconds": LOCK.num_seconds()});
        let actor = scene.place.actor(&scene.who);
        audit::append(&mut tx, EventType::StepConfirmationLocked, Some(target.execution), &actor, data)
            .await?;
    }
    tx.commit().await?;
    if misses >= MISSES {
        return Ok(Outcome::Show(card::locked_modal(origin, LOCK.num_seconds().unsigned_abs())));
    }
    let field = first_wrong(typed, objects).unwrap_or(0);
    let wrong = WrongName {
        field,
        typed: typed.get(field).cloned().unwrap_or_default(),
        kind: objects.get(field).map(|object| object.kind.clone()).unwrap_or_default(),
        attempt: misses,
        of: MISSES,
    };
    Ok(Outcome::Errors(card::wrong_name(&wrong)))
}

/// Which field is wrong, compared as the engine does: byte for byte after NFC.
fn first_wrong(typed: &[String], objects: &[Destroyed]) -> Option<usize> {
    let right = |(typed, object): (&String, &Destroyed)| typed.nfc().eq(object.name.nfc());
    typed.iter().zip(objects).position(|pair| !right(pair))
}

async fn locked_until(scene: &Scene) -> Result<Option<Timestamp>, HandleError> {
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    Ok(confirmations::locked_until(&mut tx, scene.who.member.id, scene.bot.now()).await?)
}

fn seconds_to(until: Timestamp, now: Timestamp) -> u64 {
    u64::try_from((until - now).num_seconds()).unwrap_or(0).max(1)
}

fn confirmed(step: &StepView, rollback: bool) -> Option<Confirmed> {
    if rollback {
        let command = step.rollback.as_ref()?.text.clone();
        let verdict = dd0c_classifier::classify(&command, "bash", None);
        return Some(Confirmed { objects: objects(&verdict, &command), command });
    }
    let command = step.command.clone()?;
    let objects = objects(step.classification.as_ref()?, &command);
    Some(Confirmed { command, objects })
}

/// What the engine asks for, name by name, with the kind of each where it is known.
fn objects(verdict: &Classification, command: &Command) -> Vec<Destroyed> {
    let known = verdict.object.iter().chain(&verdict.objects);
    let kind = |name: &str| {
        known.clone().find(|object| object.name == name).map_or("target", |object| object.kind.as_str())
    };
    let names = dd0c_classifier::typed_names(verdict, command.reveal());
    let destroyed = |name: String| Destroyed { kind: kind(&name).replace(['_', '-'], " "), name };
    names.into_iter().map(destroyed).collect()
}

fn typed_card(
    scene: &Scene,
    loaded: &LoadedRun,
    step: &StepView,
    confirmed: Confirmed,
    is_rollback: bool,
    origin: Origin,
) -> TypedCard {
    let pen = scene.bot.pen(scene.place.tenant);
    let card = step_card(&loaded.scene(&pen, None, scene.bot.now()), step, Vec::new(), 0);
    TypedCard {
        origin,
        position: card.position,
        command: confirmed.command,
        place: card.place,
        objects: confirmed.objects,
        has_rollback: !is_rollback && step.rollback.is_some(),
        is_rollback,
        by: loaded.people.person(scene.who.member.id),
        role: scene.who.member.role,
    }
}
