//! Starting a run: at once when nothing has to be asked, else by a modal.
//!
//! The run's id follows from what was pressed for which alert, so that two presses, two people and a delivery that comes
//! twice start one run.

use std::collections::HashMap;

use dd0c_proto::engine::v1::StartRequest;
use dd0c_store::alerts::Record as AlertRecord;
use dd0c_store::{StoreError, agents, alerts, audit, executions, policies, runbooks};
use dd0c_types::runbook::VariableKind;
use dd0c_types::{AlertId, EventType, ExecutionId, RunbookId, TrustLevel};
use serde_json::json;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::modal::Outcome;
use super::outcome::sentence_of;
use super::{HandleError, Scene};
use crate::card::{
    self, AgentChoice, FieldErrors, Modal as ModalCard, OfferCard, Origin, RunbookName, StartCard,
    VariableAsk,
};
use crate::incoming::Modal;
use crate::interaction::field;
use crate::load;
use crate::outgoing::Subject;
use crate::reference::{Reference, Token};
use crate::scene::Candidate;

/// What is to be run, and for which alert.
struct Wanted {
    candidate: Candidate,
    alert: Option<AlertRecord>,
    agents: Vec<AgentChoice>,
    trust: TrustLevel,
    strict: bool,
}

/// 02a or at once: somebody pressed Start or picked a runbook.
pub(super) async fn begin(
    scene: &Scene,
    reference: Reference,
    trigger: &str,
    value: &str,
) -> Result<(), HandleError> {
    let Some(wanted) = wanted(scene, reference).await? else {
        return scene.say("This runbook is not there any more. Nothing was started.").await;
    };
    let token = scene.bot.pen(scene.place.tenant).sign(&reference);
    let modal = start_modal(scene, &wanted, token);
    match modal {
        Ask::Nothing => {
            let id = run_id(scene, &wanted, value);
            match start(scene, &wanted, id, HashMap::new(), String::new()).await? {
                Ok(_) => Ok(()),
                Err(status) => scene.refused(None, &status).await,
            }
        }
        Ask::Modal(modal) if !trigger.is_empty() => scene.open_with(trigger, &modal).await.map(drop),
        Ask::Modal(_) | Ask::Elsewhere => {
            let link = scene.bot.urls.runbook(wanted.candidate.version.runbook);
            let says = format!(
                "This runbook needs values before it starts. Start it with /dd0c run, or in the dashboard: {}. Nothing was started.",
                link.as_str()
            );
            scene.say(&says).await
        }
    }
}

/// The modal of 02a was submitted.
pub(super) async fn submitted(
    scene: &Scene,
    reference: Reference,
    modal: &Modal,
    delivery: &str,
) -> Result<Outcome, HandleError> {
    let Some(wanted) = wanted(scene, reference).await? else {
        return Ok(Outcome::Notice("This runbook is not there any more. Nothing was started.".to_owned()));
    };
    let prerequisites = wanted.candidate.version.parsed.prerequisites.len();
    if modal.ticked(field::PREREQUISITES).len() < prerequisites {
        let says = "Tick each one when it is true. Nothing was started.".to_owned();
        return Ok(Outcome::Errors(FieldErrors { errors: vec![(field::PREREQUISITES.to_owned(), says)] }));
    }
    let asked = asked_variables(&wanted);
    let values: HashMap<String, String> = asked
        .iter()
        .enumerate()
        .filter_map(|(n, ask)| Some((ask.name.clone(), modal.value(&field::variable(n))?)))
        .collect();
    let agent = modal.value(field::AGENT).unwrap_or_default();
    let id = run_id(scene, &wanted, delivery);
    Ok(match start(scene, &wanted, id, values, agent).await? {
        Ok(_) => Outcome::Close,
        Err(status) => match (asked.is_empty(), dd0c_proto::refusal::code_of(&status)) {
            (false, Some("invalid_value")) => {
                let errors = vec![(field::variable(0), sentence_of(&status))];
                Outcome::Errors(FieldErrors { errors })
            }
            _ => Outcome::Notice(sentence_of(&status)),
        },
    })
}

/// Which runbook? Opens the modal that asks.
pub(super) async fn pick(scene: &Scene, trigger: &str) -> Result<(), HandleError> {
    let pen = scene.bot.pen(scene.place.tenant);
    let origin = Origin {
        token: pen.sign(&Reference::Tenant),
        channel: scene.spot.channel.clone(),
        thread: scene.spot.thread.clone(),
        message: scene.spot.message.clone(),
    };
    let offers = all_offers(scene).await?;
    scene.open_with(trigger, &card::pick_modal(&origin, &offers)).await.map(drop)
}

/// A runbook was picked in that modal.
pub(super) async fn picked(scene: &Scene, modal: &Modal, origin: &Origin) -> Result<Outcome, HandleError> {
    let value = modal.value(field::RUNBOOK).unwrap_or_default();
    let Ok((reference, _)) = Reference::verify(&value, &scene.bot.key, scene.place.tenant) else {
        return Ok(Outcome::Notice("Choose a runbook of the list. Nothing was started.".to_owned()));
    };
    let Some(wanted) = wanted(scene, reference).await? else {
        return Ok(Outcome::Notice("This runbook is not there any more. Nothing was started.".to_owned()));
    };
    let token = scene.bot.pen(scene.place.tenant).sign(&reference);
    Ok(match start_modal(scene, &wanted, token) {
        Ask::Modal(modal) => Outcome::Show(*modal),
        Ask::Elsewhere => {
            Outcome::Notice("This runbook needs more than fits here. Start it in the dashboard.".to_owned())
        }
        Ask::Nothing => {
            // The view is opened once for each pick: its trigger makes the run's id.
            let id = run_id(scene, &wanted, &format!("{} {}", modal.view.id, origin.token.as_str()));
            match start(scene, &wanted, id, HashMap::new(), String::new()).await? {
                Ok(_) => Outcome::Close,
                Err(status) => Outcome::Notice(sentence_of(&status)),
            }
        }
    })
}

/// The runbooks of the tenant whose title holds these words; all of them when it is exactly one's title.
pub(super) async fn named(scene: &Scene, words: &str) -> Result<Vec<(RunbookId, u32)>, HandleError> {
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let known = runbooks::list(&mut tx).await?;
    let words = words.to_lowercase();
    let exact: Vec<_> = known.iter().filter(|one| one.title.to_lowercase() == words).collect();
    let found = if exact.is_empty() {
        known.iter().filter(|one| one.title.to_lowercase().contains(&words)).collect()
    } else {
        exact
    };
    Ok(found.into_iter().map(|one| (one.id, one.latest_version)).collect())
}

async fn all_offers(scene: &Scene) -> Result<Vec<OfferCard>, HandleError> {
    let pen = scene.bot.pen(scene.place.tenant);
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let mut offers = Vec::new();
    for runbook in runbooks::list(&mut tx).await?.into_iter().take(100) {
        let reference = Reference::Runbook { runbook: runbook.id, version: runbook.latest_version };
        let candidate = load::candidate(&mut tx, runbook.id).await?;
        let token = pen.sign(&reference);
        offers.extend(candidate.map(|candidate| crate::scene::offer(&pen, &candidate, token)));
    }
    Ok(offers)
}

async fn wanted(scene: &Scene, reference: Reference) -> Result<Option<Wanted>, HandleError> {
    let (runbook, version, alert) = match reference {
        Reference::Offer { alert, runbook, version } => (runbook, version, Some(alert)),
        Reference::Runbook { runbook, version } => (runbook, version, None),
        _ => return Ok(None),
    };
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let Some(mut candidate) = load::candidate(&mut tx, runbook).await? else { return Ok(None) };
    // What was offered is what runs, even when there is a newer version by now.
    if candidate.version.version != version {
        candidate.version = match runbooks::get_version(&mut tx, runbook, version).await {
            Ok(version) => version,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
    }
    let kept = runbooks::get(&mut tx, runbook).await?;
    let policy = policies::current(&mut tx).await?;
    let agents = agents::list(&mut tx).await?.into_iter().filter(|agent| agent.revoked_at.is_none());
    let agents = agents
        .map(|agent| AgentChoice { id: agent.id.to_string(), name: agent.name, online: agent.connected })
        .collect();
    let alert = match alert {
        Some(alert) => Some(alerts::get(&mut tx, alert).await?),
        None => None,
    };
    let strict =
        kept.locked_strict || policy.is_none_or(|policy| policy.document["governance_mode"] != "audit");
    Ok(Some(Wanted { candidate, alert, agents, trust: kept.trust_level, strict }))
}

enum Ask {
    Nothing,
    Modal(Box<ModalCard>),
    /// More than a modal can ask.
    Elsewhere,
}

fn start_modal(scene: &Scene, wanted: &Wanted, token: Token) -> Ask {
    let version = &wanted.candidate.version;
    let variables = asked_variables(wanted);
    let online = wanted.agents.iter().filter(|agent| agent.online).count();
    let several = wanted.agents.len() > 1 && online != 1;
    if variables.is_empty() && version.parsed.prerequisites.is_empty() && !several {
        return Ask::Nothing;
    }
    let card = StartCard {
        origin: Origin {
            token,
            channel: scene.spot.channel.clone(),
            thread: scene.spot.thread.clone(),
            message: scene.spot.message.clone(),
        },
        runbook: RunbookName {
            title: version.title.clone(),
            version: version.version,
            link: Some(scene.bot.urls.runbook(version.runbook)),
        },
        steps: u32::try_from(version.parsed.steps.len()).unwrap_or(u32::MAX),
        policy: policy_sentence(wanted),
        variables,
        prerequisites: version.parsed.prerequisites.iter().map(|one| one.text.clone()).collect(),
        agents: if several { wanted.agents.clone() } else { Vec::new() },
    };
    card::start_modal(&card).map_or(Ask::Elsewhere, |modal| Ask::Modal(Box::new(modal)))
}

const fn policy_sentence(wanted: &Wanted) -> &'static str {
    match (wanted.trust, wanted.strict) {
        (TrustLevel::Show, _) => "nothing is executed: commands are shown to copy",
        (TrustLevel::Copilot, false) => "safe steps run by themselves, everything else asks",
        _ => "every step asks before it runs",
    }
}

/// The values a person gives, in the order of the runbook. Secrets are not asked for in Slack.
fn asked_variables(wanted: &Wanted) -> Vec<VariableAsk> {
    let parsed = &wanted.candidate.version.parsed;
    let asked = parsed.variables.iter().filter(|variable| variable.kind == VariableKind::Input);
    asked
        .map(|variable| VariableAsk {
            name: variable.name.clone(),
            known: from_alert(wanted.alert.as_ref(), &variable.name).map(|value| (value, "From the alert")),
            hint: None,
        })
        .collect()
}

/// What the alert says of a variable: a label of the same name, or its service or region.
fn from_alert(alert: Option<&AlertRecord>, name: &str) -> Option<String> {
    let alert = &alert?.alert;
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    let label = alert.labels.iter().find(|(label, _)| plain(label) == name).map(|(_, value)| value.clone());
    label.or_else(|| match name.as_str() {
        "service" | "app" => alert.service.clone(),
        "region" => alert.region.clone(),
        "environment" | "env" => alert.environment.clone(),
        _ => None,
    })
}

/// Starts, and notes it with the alert. Whoever comes second gets the run that stands.
async fn start(
    scene: &Scene,
    wanted: &Wanted,
    id: ExecutionId,
    variables: HashMap<String, String>,
    agent: String,
) -> Result<Result<ExecutionId, Status>, HandleError> {
    if let Some(standing) = standing(scene, wanted.alert.as_ref()).await? {
        scene
            .say("A run for this alert goes on already; its thread shows it. Nothing else was started.")
            .await?;
        return Ok(Ok(standing));
    }
    let version = &wanted.candidate.version;
    let request = StartRequest {
        actor: Some(scene.place.actor_ref(&scene.who)),
        runbook_id: version.runbook.to_string(),
        version: version.version,
        variables,
        agent_id: agent,
        execution_id: id.to_string(),
    };
    if let Err(status) = scene.bot.engine().start(request).await {
        return Ok(Err(status));
    }
    let subject = match &wanted.alert {
        Some(alert) => {
            note(scene, alert.id, id).await?;
            Subject::Alert(alert.id)
        }
        None => Subject::Run(id),
    };
    scene.bot.wake(scene.place.workspace.id, subject);
    Ok(Ok(id))
}

/// The run of this alert that has not ended.
async fn standing(scene: &Scene, alert: Option<&AlertRecord>) -> Result<Option<ExecutionId>, HandleError> {
    let Some(run) = alert.and_then(|alert| alert.execution) else { return Ok(None) };
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let view = executions::view(&mut tx, run).await?;
    Ok(view.filter(|view| !view.state.is_final()).map(|view| view.id))
}

/// Of two who pressed at once, the first one's runbook runs; it is noted once.
async fn note(scene: &Scene, alert: AlertId, run: ExecutionId) -> Result<(), HandleError> {
    let actor = scene.place.actor(&scene.who);
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let known = alerts::lock(&mut tx, alert).await?.execution;
    let started = executions::view(&mut tx, run).await?.filter(|_| known != Some(run));
    let Some(runbook) = started.map(|run| run.runbook_id) else { return Ok(()) };
    alerts::choose(&mut tx, alert, runbook, &actor).await?;
    alerts::set_execution(&mut tx, alert, run).await?;
    let data = json!({"alert_id": alert, "runbook_id": runbook, "execution_id": run});
    audit::append(&mut tx, EventType::AlertMatched, Some(run), &actor, data).await?;
    Ok(tx.commit().await?)
}

/// For an alert: the same for whoever starts it and from wherever, until the run before it has ended. Without one: the
/// same for one press.
fn run_id(scene: &Scene, wanted: &Wanted, press: &str) -> ExecutionId {
    if let Some(alert) = &wanted.alert {
        return alert.next_run(scene.place.tenant);
    }
    let mut hash = Sha256::new();
    hash.update(b"dd0c/slack/run/v1");
    hash.update(scene.place.tenant.uuid());
    hash.update(scene.who.member.id.uuid());
    hash.update(press);
    let digest = hash.finalize();
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    ExecutionId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
