//! What one person is shown: messages for them alone, modals, their home.

use std::sync::Arc;

use chrono::TimeDelta;
use dd0c_store::slack::links::{self, LinkToken};
use dd0c_store::{agents, audit, executions, panic};
use dd0c_types::EventType;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{HandleError, Scene, Spot};
use crate::bot::{Bot, Place};
use crate::card::{self, HomeCard, Link, Message, Modal, Position, WaitingLine};
use crate::incoming::ViewName;
use crate::load;
use crate::outgoing::content;
use crate::reference::Reference;
use crate::scene::{run_line, step_card};

/// How long a link to an account is good.
const LINK_LIFE: TimeDelta = TimeDelta::minutes(15);
/// The prefix of its secret.
const LINK_PREFIX: &str = "dd0c_slk_";
/// How many runs a home and a status look at.
const RUNS: u32 = 50;

impl Scene {
    /// Says something to the person alone.
    pub(crate) async fn say(&self, says: &str) -> Result<(), HandleError> {
        self.show(&card::sentence(says)).await
    }

    /// Shows something to the person alone.
    pub(crate) async fn show(&self, message: &Message) -> Result<(), HandleError> {
        to_one(&self.bot, &self.place, &self.spot, &self.who.slack_user, message).await
    }

    /// Opens a modal that says that it is loading, and answers its name: to be changed with [`Scene::change`].
    pub(crate) async fn open(&self, trigger: &str, title: &str) -> Result<ViewName, HandleError> {
        self.open_with(trigger, &card::loading_modal(title)).await
    }

    /// Opens a modal.
    pub(crate) async fn open_with(&self, trigger: &str, modal: &Modal) -> Result<ViewName, HandleError> {
        let arguments = json!({"trigger_id": trigger, "view": modal.view});
        let answer = self.bot.call(&self.place, "views.open", &arguments).await?;
        let text = |field: &str| answer["view"][field].as_str().unwrap_or_default().to_owned();
        Ok(ViewName { id: text("id"), hash: text("hash") })
    }

    /// Puts something else into a modal.
    pub(crate) async fn change(&self, view: &ViewName, modal: &Modal) -> Result<(), HandleError> {
        change(&self.bot, &self.place, view, modal).await
    }

    /// A refusal that the engine never saw, on record.
    pub(crate) async fn audit_refusal(&self, why: &str) -> Result<(), HandleError> {
        let mut tx = self.bot.store.tenant(self.place.tenant).await?;
        let data = json!({"why": why, "slack_user": self.who.slack_user});
        audit::append(&mut tx, EventType::SlackRefused, None, &self.place.actor(&self.who), data).await?;
        Ok(tx.commit().await?)
    }
}

/// Puts something else into a modal.
pub(super) async fn change(
    bot: &Bot,
    place: &Place,
    view: &ViewName,
    modal: &Modal,
) -> Result<(), HandleError> {
    // Without the hash: what is shown last is what holds.
    let arguments = json!({"view_id": view.id, "view": modal.view});
    bot.call(place, "views.update", &arguments).await?;
    Ok(())
}

/// Shows a message to one person where they are; in a direct message when they, or the bot, are not in the channel.
pub(super) async fn to_one(
    bot: &Bot,
    place: &Place,
    spot: &Spot,
    slack_user: &str,
    message: &Message,
) -> Result<(), HandleError> {
    if !spot.channel.is_empty() {
        let mut arguments = content(message);
        arguments["channel"] = Value::from(spot.channel.clone());
        arguments["user"] = Value::from(slack_user);
        if !spot.thread.is_empty() {
            arguments["thread_ts"] = Value::from(spot.thread.clone());
        }
        match bot.call(place, "chat.postEphemeral", &arguments).await {
            Ok(_) => return Ok(()),
            Err(crate::web_api::CallError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut arguments = content(message);
    arguments["channel"] = Value::from(slack_user);
    bot.call(place, "chat.postMessage", &arguments).await?;
    Ok(())
}

/// 21: a link that is good once, for somebody whom nobody linked.
pub(super) async fn ask_to_link(
    bot: &Arc<Bot>,
    place: &Place,
    spot: &Spot,
    slack_user: &str,
    name: &str,
) -> Result<(), HandleError> {
    let link = new_link(bot, place, slack_user, name).await?;
    to_one(bot, place, spot, slack_user, &card::not_linked(&link)).await
}

/// Makes a link by which a member says that a Slack user is theirs.
pub(super) async fn new_link(
    bot: &Bot,
    place: &Place,
    slack_user: &str,
    name: &str,
) -> Result<Link, HandleError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let secret = format!("{LINK_PREFIX}{}", hex::encode(bytes));
    let token = LinkToken {
        id: Uuid::now_v7(),
        workspace: place.workspace.id,
        slack_user: slack_user.to_owned(),
        slack_name: name.chars().take(200).collect(),
    };
    let mut tx = bot.store.tenant(place.tenant).await?;
    let hash: [u8; 32] = Sha256::digest(&secret).into();
    links::create(&mut tx, &token, &hash, bot.now() + LINK_LIFE).await?;
    tx.commit().await?;
    Ok(bot.urls.link_account(&secret))
}

/// 20: the home of somebody who is linked.
pub(super) async fn publish_home(scene: &Scene) -> Result<(), HandleError> {
    let account = Some((scene.who.member.email.clone(), scene.who.member.role));
    let home = home(&scene.bot, &scene.place, account, None).await?;
    publish(&scene.bot, &scene.place, &scene.who.slack_user, &home).await
}

pub(super) async fn publish_strangers_home(
    bot: &Arc<Bot>,
    place: &Place,
    user: &str,
) -> Result<(), HandleError> {
    let link = new_link(bot, place, user, "").await?;
    // What runs is not told to somebody who may not be a member.
    let home = HomeCard {
        waiting: Vec::new(),
        runs: Vec::new(),
        agents: Vec::new(),
        policy: "strict",
        panic: false,
        account: None,
        link_account: Some(link),
        dashboard: bot.urls.home(),
        token: bot.pen(place.tenant).sign(&Reference::Tenant),
    };
    publish(bot, place, user, &home).await
}

async fn publish(bot: &Bot, place: &Place, user: &str, home: &HomeCard) -> Result<(), HandleError> {
    let arguments = json!({"user_id": user, "view": card::home(home).view});
    bot.call(place, "views.publish", &arguments).await?;
    Ok(())
}

async fn home(
    bot: &Bot,
    place: &Place,
    account: Option<(String, dd0c_types::Role)>,
    link_account: Option<Link>,
) -> Result<HomeCard, HandleError> {
    let (runs, waiting) = live(bot, place).await?;
    let mut tx = bot.store.tenant(place.tenant).await?;
    let agents = agents::list(&mut tx).await?;
    let halted = panic::get(&mut tx).await?.halted;
    let policy = dd0c_store::policies::current(&mut tx).await?;
    let audit_mode = policy.is_some_and(|policy| policy.document["governance_mode"] == "audit");
    let agents = agents.into_iter().filter(|agent| agent.revoked_at.is_none());
    Ok(HomeCard {
        waiting,
        runs,
        agents: agents.map(|agent| (agent.name, agent.connected)).collect(),
        policy: if audit_mode { "audit" } else { "strict" },
        panic: halted,
        account,
        link_account,
        dashboard: bot.urls.home(),
        token: bot.pen(place.tenant).sign(&Reference::Tenant),
    })
}

/// Live runs, and the questions in them.
pub(super) async fn live(
    bot: &Bot,
    place: &Place,
) -> Result<(Vec<card::RunLine>, Vec<WaitingLine>), HandleError> {
    let pen = bot.pen(place.tenant);
    let mut tx = bot.store.tenant(place.tenant).await?;
    let listed = executions::list(&mut tx, None, RUNS).await?;
    let (mut lines, mut waiting) = (Vec::new(), Vec::new());
    for run in listed.into_iter().filter(|run| !run.state.is_final()) {
        let Some(loaded) = load::run(&mut tx, place.whose(), run.id).await? else { continue };
        let led_by = loaded.people.person(loaded.lead).name;
        lines.push(run_line(&loaded.run, led_by, bot.urls.run(run.id)));
        let scene = loaded.scene(&pen, None, bot.now());
        let asked = loaded.run.steps.iter().filter_map(|step| {
            let turn = loaded.story.turns(step.id).last().filter(|turn| turn.end.is_none())?;
            let open = turn.by_hand || (turn.asked.is_some() && turn.approved.is_none());
            let position: Position = step_card(&scene, step, Vec::new(), 0).position;
            open.then(|| WaitingLine {
                risk: step.risk.into(),
                position,
                runbook: loaded.run.title.clone(),
                asked_at: turn.opened_at,
                thread: Some(bot.urls.run(loaded.run.id)),
            })
        });
        waiting.extend(asked);
    }
    Ok((lines, waiting))
}
