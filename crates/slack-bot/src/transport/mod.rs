//! The two ways in which Slack reaches the bot. Both hand the same JSON to the same [`Receiver`].

mod http;
mod socket;

pub use http::{router, serve};
pub use socket::run as socket_mode;

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::incoming::Kind;

/// What goes back with the acknowledgement.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing.
    Empty,
    /// This JSON: what becomes of a submitted modal, or a message that only the sender of a command sees.
    Json(Value),
}

/// What both ways hand to.
pub trait Receiver: Send + Sync + 'static {
    /// Takes a payload in and answers within 300 ms; whatever takes longer goes on by itself.
    fn receive(&self, kind: Kind, payload: Value) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}
