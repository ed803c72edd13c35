//! Who did something, and through which door.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{AgentId, UserId};

/// Who caused an audit event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// The id with its prefix (`usr_…`, `agt_…`, `tok_…`) or the service's name.
    pub id: String,
    /// A name people recognise: an e-mail address, an agent's name. Empty for services.
    #[serde(default)]
    pub name: String,
    /// The door it came through.
    pub channel: Channel,
}

/// What kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A named person.
    User,
    /// An agent.
    Agent,
    /// The product itself: a timer, the gate under policy `audit`.
    System,
}

/// The door an action came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The dashboard.
    Web,
    /// The REST API with a token, which the command line uses too.
    Api,
    /// Slack.
    Slack,
    /// An alert or another webhook.
    Webhook,
    /// The agent's stream.
    Agent,
    /// Inside the service.
    Internal,
}

impl Actor {
    /// A person who came through `channel`.
    pub fn user(id: UserId, name: impl Into<String>, channel: Channel) -> Self {
        Self { kind: ActorKind::User, id: id.to_string(), name: name.into(), channel }
    }

    /// An agent.
    pub fn agent(id: AgentId, name: impl Into<String>) -> Self {
        Self { kind: ActorKind::Agent, id: id.to_string(), name: name.into(), channel: Channel::Agent }
    }

    /// A part of the service, such as `engine.timer`.
    pub fn system(part: &str) -> Self {
        Self { kind: ActorKind::System, id: part.to_owned(), name: String::new(), channel: Channel::Internal }
    }

    /// The user's id, when the actor is a person.
    pub fn user_id(&self) -> Option<UserId> {
        matches!(self.kind, ActorKind::User).then(|| self.id.parse().ok()).flatten()
    }
}
