//! The store on a real PostgreSQL, as the role that the product uses; the superuser is only the attacker and the judge.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod alerts;
mod audit_chain;
mod messages;
mod models;
mod people;
mod runbook_versions;
mod schema;
mod set_up;
mod world;
