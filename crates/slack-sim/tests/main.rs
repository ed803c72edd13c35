//! The look-alike of Slack, as clients see it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod slack_bolt;
mod slack_morphism;
mod slack_socket_mode;
mod slack_web_api;
mod support;
