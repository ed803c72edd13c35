//! Agents: which are there, how a new one joins, how one is shut out.

mod install;
pub(crate) mod join_token;
pub(crate) mod list;
pub(crate) mod revoke;

use chrono::{DateTime, Utc};
use dd0c_types::{AgentId, JoinTokenId, Risk};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An agent.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentView {
    /// The agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Whether it is connected now.
    pub online: bool,
    /// The greatest risk it says that it runs; its own file decides.
    pub max_risk: Risk,
    /// Its version, as it says.
    pub version: Option<String>,
    /// When it was last heard of.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// When it joined.
    pub enrolled_at: DateTime<Utc>,
    /// When it was shut out.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The tenant's agents.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentList {
    /// The agents, by name.
    pub agents: Vec<AgentView>,
}

/// What a new agent is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJoinToken {
    /// Its name.
    pub name: String,
    /// The greatest risk its file is to allow. `safe` unless said otherwise.
    #[serde(default = "least")]
    pub max_risk: Risk,
}

fn least() -> Risk {
    Risk::Safe
}

/// A one-time join token; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct JoinToken {
    /// Names the token in the audit trail.
    pub id: JoinTokenId,
    /// The secret. It works once.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// How to install the agent with it.
    pub install: Install,
}

/// Text to copy. No private key is ever in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Install {
    /// For a shell on a Linux host.
    pub linux: String,
    /// For `kubectl apply -f -`.
    pub kubernetes: String,
}
