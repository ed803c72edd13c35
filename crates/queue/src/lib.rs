//! Work that one service leaves for another: published in the transaction that causes it, received at least once,
//! worked off once, put off with growing waits when it fails, and given up after so many tries. The messages are rows
//! of Postgres; nothing else is needed on one machine.
//!
//! It must never lose a message that was committed, never let a receiver that was too slow settle what somebody else
//! has received since, and never put a tenant's words into a notification. Postgres is the truth: a message only says
//! that looking is worth while, so whoever works it off reads the state anew.

mod backoff;
mod consumer;
mod message;
mod trace;

pub use backoff::Backoff;
pub use consumer::{Consumer, Handler, Rejected, Settings};
pub use message::{Message, MessageError, publish};
pub use trace::Trace;

/// What kinds of messages there are.
pub mod topic {
    /// A delivery was kept and waits to be read and matched: `{sender, identity}`.
    pub const ALERT_DELIVERED: &str = "alert.delivered";
    /// An alert is new (`why` is `new`), or was matched anew, fired again, changed its state or took others in
    /// (`changed`, at most once in a few seconds): `{alert_id, why}`.
    pub const ALERT_CHANGED: &str = "alert.changed";
    /// The words of an alert leave open which runbook is for it, and a model was not asked about them yet:
    /// `{alert_id}`. Published only where a model is configured. A topic of its own: a message is worked off once, so
    /// two consumers of one topic would take each other's away.
    pub const ALERT_UNSURE: &str = "alert.unsure";
}
