//! Submitted modals, and what they become.

use std::sync::Arc;

use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_proto::engine::v1::{Edit, Skip};
use dd0c_proto::refusal::code_of;
use dd0c_store::alerts::{self, Rejection};
use dd0c_store::audit;
use dd0c_store::slack::people;
use dd0c_types::{AlertId, EventType, RunbookId};
use serde_json::json;

use super::outcome::{Target, sentence_of};
use super::{HandleError, Scene, Spot, reply, start, typed, update};
use crate::bot::Bot;
use crate::card::{self, FieldErrors, Message, Modal as ModalCard, Origin, SKIP_REASONS};
use crate::incoming::{Incoming, Modal, What};
use crate::interaction::{Callback, field};
use crate::outgoing::Subject;
use crate::reference::Reference;
use crate::transport::Answer;

/// What becomes of a submitted modal.
pub(super) enum Outcome {
    /// It closes.
    Close,
    /// Fields are wrong; it stays.
    Errors(FieldErrors),
    /// Another view takes its place.
    Show(ModalCard),
    /// A sentence takes its place.
    Notice(String),
    /// It closes, and the person alone is told this; already sent when the answer is given.
    Say(Box<Message>),
}

impl Outcome {
    /// As an answer in time.
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Close => Answer::Empty,
            Self::Errors(errors) => Answer::Json(errors.payload()),
            Self::Show(modal) => update(modal),
            Self::Notice(says) => update(&card::notice_modal("Nothing was done", says)),
            Self::Say(message) => update(&card::notice_modal("Not done", &message.text)),
        }
    }
}

/// Works off a submission.
pub(super) async fn submitted(bot: &Arc<Bot>, incoming: &Incoming) -> Result<Outcome, HandleError> {
    let What::Submitted(modal) = &incoming.what else { return Ok(Outcome::Close) };
    let Some(place) = bot.place(&incoming.team, &incoming.enterprise).await? else {
        return Ok(Outcome::Notice("This workspace is not installed. Nothing was done.".to_owned()));
    };
    let who = {
        let mut tx = bot.store.tenant(place.tenant).await?;
        people::find(&mut tx, place.workspace.id, &incoming.user).await?
    };
    let Some(who) = who.filter(|who| who.member.active) else {
        return Ok(Outcome::Notice(
            "Your Slack user is not linked to an active member. Nothing was done.".to_owned(),
        ));
    };
    if !super::first_time(bot, &place, &incoming.id).await? {
        return Ok(Outcome::Close);
    }
    let origin = Origin::decode(&modal.private_metadata);
    let Some(origin) = origin else {
        return Ok(Outcome::Close);
    };
    let spot = Spot {
        channel: origin.channel.clone(),
        thread: if origin.thread.is_empty() { origin.message.clone() } else { origin.thread.clone() },
        message: origin.message.clone(),
    };
    let scene = Scene { bot: Arc::clone(bot), place, who, spot };
    let outcome = of_callback(&scene, modal, &origin, &incoming.id).await?;
    if let Outcome::Say(message) = &outcome {
        scene.show(message).await?;
    }
    Ok(outcome)
}

/// Shows an outcome that came too late for the answer.
pub(super) async fn show_late(
    bot: &Arc<Bot>,
    incoming: &Incoming,
    outcome: &Outcome,
) -> Result<(), HandleError> {
    let What::Submitted(modal) = &incoming.what else { return Ok(()) };
    let Some(place) = bot.place(&incoming.team, &incoming.enterprise).await? else { return Ok(()) };
    let shown = match outcome {
        Outcome::Close => card::notice_modal("Done", "It is done; the thread shows it."),
        Outcome::Errors(errors) => {
            let says: Vec<&str> = errors.errors.iter().map(|(_, says)| says.as_str()).collect();
            card::notice_modal("Nothing was done", &says.join(" "))
        }
        Outcome::Show(modal) => modal.clone(),
        Outcome::Notice(says) => card::notice_modal("Nothing was done", says),
        Outcome::Say(message) => card::notice_modal("Not done", &message.text),
    };
    reply::change(bot, &place, &modal.view, &shown).await
}

async fn of_callback(
    scene: &Scene,
    modal: &Modal,
    origin: &Origin,
    delivery: &str,
) -> Result<Outcome, HandleError> {
    let callback = Callback::parse(&modal.callback);
    let read = Reference::verify(origin.token.as_str(), &scene.bot.key, scene.place.tenant);
    let reference = match read {
        Ok((reference, _)) => reference,
        Err(forged) => {
            scene.audit_refusal("forged").await?;
            return Ok(Outcome::Notice(forged.to_string()));
        }
    };
    match (callback, reference) {
        (Some(Callback::StepEdit), Reference::Step { execution, step, .. }) => {
            edit(scene, Target { execution, step }, modal).await
        }
        (Some(Callback::StepSkip), Reference::Step { execution, step, .. }) => {
            skip(scene, Target { execution, step }, modal).await
        }
        (Some(Callback::StepTyped), Reference::Step { execution, step, command, .. }) => {
            typed::submitted(scene, Target { execution, step }, command, false, modal, origin).await
        }
        (Some(Callback::RollbackTyped), Reference::Step { execution, step, command, .. }) => {
            typed::submitted(scene, Target { execution, step }, command, true, modal, origin).await
        }
        (Some(Callback::MatchReject), Reference::Offer { alert, runbook, .. }) => {
            reject(scene, alert, Some(runbook), modal).await
        }
        (Some(Callback::MatchReject), Reference::Alert(alert)) => reject(scene, alert, None, modal).await,
        (Some(Callback::RunStart), reference) => start::submitted(scene, reference, modal, delivery).await,
        (Some(Callback::RunPick), _) => start::picked(scene, modal, origin).await,
        _ => Ok(Outcome::Close),
    }
}

/// 06: classified anew by the engine, which asks again; never run by this.
async fn edit(scene: &Scene, target: Target, modal: &Modal) -> Result<Outcome, HandleError> {
    let command = modal.value(field::COMMAND).unwrap_or_default();
    let decision = Decision::Edit(Edit { command });
    match scene.ask(target.execution, Some(target.step), decision).await {
        Ok(_) => Ok(Outcome::Close),
        Err(status) if code_of(&status) == Some("invalid_value") => {
            let errors = vec![(field::COMMAND.to_owned(), sentence_of(&status))];
            Ok(Outcome::Errors(FieldErrors { errors }))
        }
        Err(status) => Ok(Outcome::Say(Box::new(scene.refusal(Some(target), &status).await?))),
    }
}

/// 17.
async fn skip(scene: &Scene, target: Target, modal: &Modal) -> Result<Outcome, HandleError> {
    let picked = modal.value(field::WHY).unwrap_or_default();
    let label = SKIP_REASONS.iter().find(|(value, _)| *value == picked).map(|(_, label)| (*label).to_owned());
    let decision = Decision::Skip(Skip { reason: label.unwrap_or_default() });
    match scene.ask(target.execution, Some(target.step), decision).await {
        Ok(_) => Ok(Outcome::Close),
        Err(status) => Ok(Outcome::Say(Box::new(scene.refusal(Some(target), &status).await?))),
    }
}

/// "Not this one": kept with the alert, for the ranking and for people.
async fn reject(
    scene: &Scene,
    alert: AlertId,
    runbook: Option<RunbookId>,
    modal: &Modal,
) -> Result<Outcome, HandleError> {
    let actor = scene.place.actor(&scene.who);
    let reason = modal.value(field::WHY).unwrap_or_default().chars().take(500).collect::<String>();
    let rejection = Rejection { runbook, reason: reason.clone(), by: actor.clone(), at: scene.bot.now() };
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    if alerts::reject(&mut tx, alert, &rejection).await? {
        let data = json!({"alert_id": alert, "runbook_id": runbook, "reason": reason});
        audit::append(&mut tx, EventType::AlertRunbookRejected, None, &actor, data).await?;
    }
    tx.commit().await?;
    scene.bot.wake(scene.place.workspace.id, Subject::Alert(alert));
    Ok(Outcome::Close)
}
