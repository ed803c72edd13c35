//! What people do in Slack, and what comes of it. Everything is acknowledged at once and worked off behind; a submitted
//! modal alone is answered, and where that takes too long the modal is changed afterwards.
//!
//! A press is a request. Whoever pressed is found among the linked members; the engine decides by their role, and what
//! it says is what they are shown.

mod command;
mod modal;
mod outcome;
mod press;
mod reply;
mod start;
mod typed;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dd0c_store::slack::people::{self, Linked};
use dd0c_store::slack::workspaces;
use dd0c_store::{StoreError, audit, inbox};
use dd0c_types::{Actor, EventType};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::bot::{Bot, Place};
use crate::card::{self, Modal as ModalCard};
use crate::incoming::{Incoming, Kind, Pressed, Typed, What, read};
use crate::transport::{Answer, Receiver};

/// How long an answer to a submitted modal may take before the modal says that it is working.
const ANSWER_WITHIN: Duration = Duration::from_millis(250);
/// Under which name deliveries are remembered.
const CONSUMER: &str = "slack";
/// How many answers to submissions are remembered, for deliveries that come twice.
const REMEMBERED: usize = 500;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandleError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Slack.
    #[error(transparent)]
    Slack(#[from] crate::web_api::CallError),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random(#[from] getrandom::Error),
}

/// The one receiver behind both transports.
pub(crate) struct Desk {
    bot: Arc<Bot>,
    answers: Mutex<VecDeque<(String, Answer)>>,
}

/// Who did something where.
pub(crate) struct Scene {
    pub(crate) bot: Arc<Bot>,
    pub(crate) place: Place,
    pub(crate) who: Linked,
    pub(crate) spot: Spot,
}

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spot {
    /// Empty: a direct message.
    pub(crate) channel: String,
    /// The thread; empty outside of one.
    pub(crate) thread: String,
    /// The message that was pressed; empty when none was.
    pub(crate) message: String,
}

impl Desk {
    pub(crate) fn new(bot: Arc<Bot>) -> Self {
        Self { bot, answers: Mutex::default() }
    }

    async fn take(&self, incoming: Incoming) -> Answer {
        let bot = Arc::clone(&self.bot);
        if !matches!(incoming.what, What::Submitted(_)) {
            tokio::spawn(async move {
                if let Err(error) = work_off(&bot, incoming).await {
                    tracing::warn!(%error, "something that somebody did in Slack was not worked off");
                }
            });
            return Answer::Empty;
        }
        if let Some(answer) = self.remembered(&incoming.id) {
            return answer;
        }
        let id = incoming.id.clone();
        let answer = submitted(bot, incoming).await;
        self.remember(id, answer.clone());
        answer
    }

    fn remembered(&self, id: &str) -> Option<Answer> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().find(|(known, _)| known == id).map(|(_, answer)| answer.clone())
    }

    fn remember(&self, id: String, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() == REMEMBERED {
            answers.pop_front();
        }
        answers.push_back((id, answer));
    }
}

impl Receiver for Desk {
    fn receive(&self, kind: Kind, payload: Value) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            match read(kind, &payload) {
                Some(incoming) => self.take(incoming).await,
                None => Answer::Empty,
            }
        })
    }
}

/// A submission is worked off beside the answer; what is too late for the answer changes the modal.
async fn submitted(bot: Arc<Bot>, incoming: Incoming) -> Answer {
    let (answered, answer) = oneshot::channel();
    tokio::spawn(async move {
        let outcome = modal::submitted(&bot, &incoming).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a submitted modal was not worked off");
            modal::Outcome::Notice(
                "Something went wrong inside. Look at the run before you try again.".to_owned(),
            )
        });
        if let Err(outcome) = answered.send(outcome)
            && let Err(error) = modal::show_late(&bot, &incoming, &outcome).await
        {
            tracing::warn!(%error, "what came of a modal could not be shown");
        }
    });
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(outcome)) => outcome.answer(),
        Ok(Err(_)) => Answer::Empty,
        Err(_) => update(&card::loading_modal("Working on it")),
    }
}

/// The answer that puts another view in the modal's place.
fn update(modal: &ModalCard) -> Answer {
    Answer::Json(json!({"response_action": "update", "view": modal.view}))
}

async fn work_off(bot: &Arc<Bot>, incoming: Incoming) -> Result<(), HandleError> {
    let Some(place) = bot.place(&incoming.team, &incoming.enterprise).await? else { return Ok(()) };
    if !first_time(bot, &place, &incoming.id).await? {
        return Ok(());
    }
    if incoming.what == What::Removed {
        return removed(bot, &place).await;
    }
    let spot = Spot::of(&incoming.what);
    let who = {
        let mut tx = bot.store.tenant(place.tenant).await?;
        people::find(&mut tx, place.workspace.id, &incoming.user).await?
    };
    let Some(who) = who else { return stranger(bot, &place, &spot, &incoming).await };
    let scene = Scene { bot: Arc::clone(bot), place, who, spot };
    if !scene.who.member.active {
        scene.audit_refusal("inactive").await?;
        return scene.say("You are not an active member any more. Nothing was done.").await;
    }
    match incoming.what {
        What::Pressed(pressed) => press::pressed(&scene, &pressed).await,
        What::Command(typed) => command::typed(&scene, &typed, &incoming.id).await,
        What::Mentioned(typed) => command::mentioned(&scene, &typed, &incoming.id).await,
        What::HomeOpened => reply::publish_home(&scene).await,
        What::Shortcut { callback, trigger, text } => {
            command::shortcut(&scene, &callback, &trigger, &text).await
        }
        What::Submitted(_) | What::Removed => Ok(()),
    }
}

/// Whether this delivery was not taken in before. Taken in first and worked off then: after a crash in between people
/// press again, and nothing is ever done twice.
async fn first_time(bot: &Bot, place: &Place, id: &str) -> Result<bool, StoreError> {
    let mut tx = bot.store.tenant(place.tenant).await?;
    let first = inbox::accept(&mut tx, CONSUMER, id).await?;
    tx.commit().await?;
    Ok(first)
}

async fn removed(bot: &Bot, place: &Place) -> Result<(), HandleError> {
    let mut tx = bot.store.tenant(place.tenant).await?;
    match workspaces::remove(&mut tx, place.workspace.id).await {
        Ok(()) => {}
        Err(StoreError::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let data = json!({"workspace": place.workspace.id, "team_id": place.workspace.key.team});
    audit::append(&mut tx, EventType::SlackRemoved, None, &Actor::system("slack"), data).await?;
    Ok(tx.commit().await?)
}

/// Somebody whom nobody linked: nothing is done for them, and they are shown how to link.
async fn stranger(
    bot: &Arc<Bot>,
    place: &Place,
    spot: &Spot,
    incoming: &Incoming,
) -> Result<(), HandleError> {
    let what = match &incoming.what {
        What::HomeOpened => return reply::publish_strangers_home(bot, place, &incoming.user).await,
        What::Pressed(pressed) => pressed.action.as_str(),
        _ => "command",
    };
    let mut tx = bot.store.tenant(place.tenant).await?;
    let data = json!({"why": "not_linked", "slack_user": incoming.user, "what": what});
    audit::append(&mut tx, EventType::SlackRefused, None, &Actor::system("slack"), data).await?;
    tx.commit().await?;
    reply::ask_to_link(bot, place, spot, &incoming.user, &incoming.user_name).await
}

impl Spot {
    fn of(what: &What) -> Self {
        match what {
            What::Pressed(pressed) => Self::of_press(pressed),
            What::Command(typed) | What::Mentioned(typed) => Self::of_typed(typed),
            _ => Self::default(),
        }
    }

    fn of_press(pressed: &Pressed) -> Self {
        Self {
            channel: pressed.channel.clone(),
            thread: pressed.thread_ts.clone(),
            message: pressed.message_ts.clone(),
        }
    }

    fn of_typed(typed: &Typed) -> Self {
        // A word in a thread is answered there; a mention outside of one is answered in its own thread.
        let thread = if typed.thread_ts.is_empty() { &typed.message_ts } else { &typed.thread_ts };
        Self { channel: typed.channel.clone(), thread: thread.clone(), message: typed.message_ts.clone() }
    }
}
