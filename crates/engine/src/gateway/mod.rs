//! The agent gateway: enrolment, renewal and the one stream of every agent, over mTLS that ends here.
//!
//! It must never take an identity from a message, never decide what runs, and never hold more of an agent's output
//! than the credit it gave.

mod event;

pub use event::{AgentEvent, AgentEventKind, Connected, Offline};
