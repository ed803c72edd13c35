//! The copilot in Slack: what it says, and what a press of one of its buttons means.
//!
//! Slack is a view and a door, never the state: the engine decides, and every message is drawn from what it decided.
//! This crate must never show a command otherwise than whole beside a button that lets it run, never let text from a
//! runbook, an alert or a command's output become a mention, a link or a line that looks like ours, and never take a
//! press for an approval before the engine has said so.

pub mod card;
pub mod interaction;
pub mod manifest;
pub mod reference;
