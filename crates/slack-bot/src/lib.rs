//! The copilot in Slack: what it says, and what a press of one of its buttons means.
//!
//! Slack is a view and a door, never the state: the engine decides, and every message is drawn from what it decided.
//! This crate must never show a command otherwise than whole beside a button that lets it run, never let text from a
//! runbook, an alert or a command's output become a mention, a link or a line that looks like ours, and never take a
//! press for an approval before the engine has said so.

pub mod bot;
pub mod card;
pub mod incoming;
pub mod interaction;
pub mod manifest;
pub mod oauth;
pub mod outgoing;
pub mod reference;
pub mod scene;
pub mod seal;
pub mod secret;
pub mod transport;
pub mod web_api;

mod handle;
mod load;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use bot::{Bot, Deps, InstallError, Installation};

use transport::Receiver;

/// What takes in everything that people do in Slack, for one of the [`transport`]s.
pub fn receiver(bot: &Arc<Bot>) -> Arc<dyn Receiver> {
    Arc::new(handle::Desk::new(Arc::clone(bot)))
}

/// Keeps every workspace's messages up to date until `stop`. Call once for each bot.
pub async fn run(bot: Arc<Bot>, stop: CancellationToken) {
    outgoing::run(bot, stop).await;
}
