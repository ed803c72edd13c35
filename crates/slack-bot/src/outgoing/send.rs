//! One call: recorded before it is made, and again when it is answered.
//!
//! Slack offers no key under which a message is posted once. A row stands in the record before a message is posted; when
//! the process dies, or the answer is lost, between the two, the message is posted once more after a while, and never a
//! third time. A question that stands twice asks for the same thing: the engine takes the first answer and tells the
//! second who was first.

use std::time::Duration;

use chrono::TimeDelta;
use dd0c_store::StoreError;
use dd0c_store::slack::messages::{self, Message as Recorded, Place as Spot};
use dd0c_store::slack::workspaces;
use dd0c_types::ExecutionId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Subject;
use super::plan::{CallKind, PARENT};
use crate::bot::{Bot, Place};
use crate::card::{Delivery, Message, cannot_update};
use crate::scene::Picture;
use crate::web_api::CallError;

/// How long an answer of Slack's is waited for before a message is posted once more.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// What is sent, and where.
pub(super) struct Job<'j> {
    pub(super) place: &'j Place,
    pub(super) channel: &'j str,
    pub(super) subject: Subject,
    pub(super) run: Option<ExecutionId>,
    pub(super) picture: &'j Picture<'j>,
    /// The record of this message, when there is one.
    pub(super) known: Option<&'j Recorded>,
    /// The record of the thread's parent.
    pub(super) parent: Option<&'j Recorded>,
    pub(super) kind: CallKind,
}

/// What came of it.
pub(super) enum Sent {
    /// It stands.
    Done,
    /// Slack wants to be left alone for so long.
    TooOften(Duration),
    /// Nobody knows; to be looked at again after so many milliseconds.
    Unknown(u64),
    /// It never will.
    Never,
}

/// Sends, and records what came of it.
pub(super) async fn send(bot: &Bot, job: &Job<'_>) -> Result<Sent, StoreError> {
    match job.kind {
        CallKind::Post => post(bot, job).await,
        CallKind::Update => match job.known {
            Some(known) => update(bot, job, known).await,
            None => Ok(Sent::Never),
        },
    }
}

async fn post(bot: &Bot, job: &Job<'_>) -> Result<Sent, StoreError> {
    let wanted = &job.picture.wanted;
    let thread = job.parent.filter(|_| wanted.slot != PARENT).and_then(|parent| parent.ts.as_deref());
    let subject = job.subject.name();
    let spot = Spot {
        workspace: job.place.workspace.id,
        subject: &subject,
        slot: &wanted.slot,
        execution: job.run,
        step: job.picture.step,
        channel: job.channel,
        thread_ts: thread,
    };
    let mut tx = bot.store.tenant(job.place.tenant).await?;
    let begun = messages::begin(&mut tx, Uuid::now_v7(), &spot, bot.now(), PATIENCE).await?;
    tx.commit().await?;
    let Some(id) = begun else { return Ok(still_begun(bot, job)) };
    let message = job.picture.draw(1);
    let mut arguments = content(&message);
    arguments["channel"] = Value::from(job.channel);
    if let Some(thread) = thread {
        arguments["thread_ts"] = Value::from(thread);
        arguments["reply_broadcast"] = Value::from(message.delivery == Delivery::Broadcast);
    }
    arguments["metadata"] = json!({"event_type": "dd0c_message", "event_payload": {"id": id.to_string()}});
    let answer = bot.call(job.place, "chat.postMessage", &arguments).await;
    let mut tx = bot.store.tenant(job.place.tenant).await?;
    let sent = match &answer {
        Ok(answer) => {
            let ts = answer["ts"].as_str().unwrap_or_default();
            messages::shown(&mut tx, id, ts, &wanted.hash, 1, wanted.settled).await?;
            Sent::Done
        }
        Err(CallError::NoAnswer(_)) => Sent::Unknown(milliseconds(PATIENCE)),
        Err(error) => {
            messages::not_sent(&mut tx, id).await?;
            refused(bot, job, error, id, &mut tx).await?
        }
    };
    tx.commit().await?;
    Ok(sent)
}

/// Sending was begun before and no answer is known: looked at again when the patience is over, if it still may be sent.
fn still_begun(bot: &Bot, job: &Job<'_>) -> Sent {
    let begun =
        job.known.filter(|known| known.posts < 2 && known.ts.is_none()).and_then(|known| known.post_begun_at);
    match begun {
        Some(begun) => Sent::Unknown(milliseconds((begun + PATIENCE - bot.now()).max(TimeDelta::seconds(1)))),
        None => Sent::Never,
    }
}

async fn update(bot: &Bot, job: &Job<'_>, known: &Recorded) -> Result<Sent, StoreError> {
    let Some(ts) = &known.ts else { return Ok(Sent::Never) };
    let revision = known.revision.saturating_add(1);
    let message = job.picture.draw(u32::try_from(revision).unwrap_or(u32::MAX));
    let mut arguments = content(&message);
    arguments["channel"] = Value::from(known.channel.clone());
    arguments["ts"] = Value::from(ts.clone());
    let answer = bot.call(job.place, "chat.update", &arguments).await;
    let wanted = &job.picture.wanted;
    let mut tx = bot.store.tenant(job.place.tenant).await?;
    let sent = match &answer {
        Ok(_) => {
            messages::shown(&mut tx, known.id, ts, &wanted.hash, revision, wanted.settled).await?;
            Sent::Done
        }
        // Changing it again to the same is harmless.
        Err(CallError::NoAnswer(_)) => Sent::Unknown(2_000),
        Err(error) => refused(bot, job, error, known.id, &mut tx).await?,
    };
    tx.commit().await?;
    if let (Sent::Never, Some(_)) = (&sent, job.run) {
        tell_the_lead(bot, job).await?;
    }
    Ok(sent)
}

async fn refused(
    bot: &Bot,
    job: &Job<'_>,
    error: &CallError,
    id: Uuid,
    tx: &mut dd0c_store::TenantTx<'_>,
) -> Result<Sent, StoreError> {
    let code = match error {
        CallError::RateLimited(wait) => return Ok(Sent::TooOften(*wait)),
        CallError::Refused(code) => code,
        CallError::NoAnswer(_) => return Ok(Sent::Unknown(2_000)),
    };
    tracing::warn!(
        code,
        slot = job.picture.wanted.slot,
        "Slack refused a message; what it tells stands in the dashboard"
    );
    if error.is_of_the_installation() {
        workspaces::note_broken(tx, job.place.workspace.id, Some(code)).await?;
    }
    let _ = bot;
    messages::give_up(tx, id, code).await?;
    Ok(Sent::Never)
}

/// Once for a run: its messages here are old.
async fn tell_the_lead(bot: &Bot, job: &Job<'_>) -> Result<(), StoreError> {
    let Some(run) = job.run else { return Ok(()) };
    let mut tx = bot.store.tenant(job.place.tenant).await?;
    let Some(loaded) = crate::load::run(&mut tx, job.place.whose(), run).await? else { return Ok(()) };
    let Some(lead) = loaded.people.person(loaded.lead).slack else { return Ok(()) };
    let (subject, slot) = (job.subject.name(), format!("{}/cannot-update", run.uuid().simple()));
    let spot = Spot {
        workspace: job.place.workspace.id,
        subject: &subject,
        slot: &slot,
        execution: Some(run),
        step: None,
        channel: lead.as_str(),
        thread_ts: None,
    };
    let begun = messages::begin(&mut tx, Uuid::now_v7(), &spot, bot.now(), PATIENCE).await?;
    tx.commit().await?;
    let Some(id) = begun else { return Ok(()) };
    let mut arguments = content(&cannot_update(&loaded.run.title, &bot.urls.run(run)));
    arguments["channel"] = Value::from(lead.as_str());
    let answer = bot.call(job.place, "chat.postMessage", &arguments).await;
    let mut tx = bot.store.tenant(job.place.tenant).await?;
    match answer {
        Ok(answer) => {
            let ts = answer["ts"].as_str().unwrap_or_default();
            messages::shown(&mut tx, id, ts, &[0; 32], 1, true).await?;
        }
        Err(error) => {
            messages::give_up(&mut tx, id, &error.to_string().chars().take(100).collect::<String>()).await?
        }
    }
    tx.commit().await
}

/// Text and blocks, as every method that shows a message takes them.
pub(crate) fn content(message: &Message) -> Value {
    json!({
        "text": message.text, "blocks": message.blocks, "mrkdwn": false,
        "unfurl_links": false, "unfurl_media": false,
    })
}

fn milliseconds(time: TimeDelta) -> u64 {
    u64::try_from(time.num_milliseconds()).unwrap_or(0)
}
