//! What a member of a tenant may do. Roles are ordered: each holds all rights of the ones before it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::risk::UnknownSpelling;

/// A member's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also starts runs, runs Safe steps, approves Caution, skips, aborts, presses panic.
    Responder,
    /// Also approves Dangerous steps, writes and publishes runbooks, sets trust levels.
    Lead,
    /// Also changes policy and members, enrols agents, lifts panic.
    Owner,
}

impl Role {
    /// Every role, from the least to the most powerful.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Responder, Role::Lead, Role::Owner];

    /// The spelling in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Responder => "responder",
            Role::Lead => "lead",
            Role::Owner => "owner",
        }
    }

    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Viewer => "Viewer",
            Role::Responder => "Responder",
            Role::Lead => "Lead",
            Role::Owner => "Owner",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownSpelling;
    fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownSpelling)
    }
}
