//! Slack: workspaces, who is who in them, and what was written there.

pub mod confirmations;
pub mod installs;
pub mod links;
pub mod messages;
pub mod people;
pub mod workspaces;
