//! All SQL of the product: migrations, and one file an aggregate with the questions and changes it allows.
//!
//! The only way to run a tenant's query is a [`TenantTx`]: a transaction that tells the database which tenant it is
//! for, so that row-level security sees the same tenant as the type does. This crate must never hand out a bare
//! connection, never set a tenant for longer than a transaction, and never change or remove an audit event.

#[cfg(test)]
mod attacks;
mod error;
mod json;
mod migrate;
mod posture;
mod store;

pub mod agents;
pub mod alert_deliveries;
pub mod alerts;
pub mod api_lists;
pub mod audit;
pub mod classifications;
pub mod dispatch;
pub mod durations;
pub mod executions;
pub mod idempotency;
pub mod inbox;
pub mod matching;
pub mod model_answers;
pub mod model_usage;
pub mod outbox;
pub mod outputs;
pub mod panic;
pub mod policies;
pub mod queue_messages;
pub mod runbooks;
pub mod sessions;
pub mod sign_in_links;
pub mod slack;
pub mod staleness;
pub mod tenants;
pub mod timers;
pub mod tokens;
pub mod users;
pub mod webhook_endpoints;

pub use error::{DatabaseError, StoreError};
pub use json::storable;
pub use migrate::migrate;
pub use store::{Listener, Store, TenantTx};
