//! The store on a real PostgreSQL, as the role that the product uses; the superuser is only the attacker and the judge.

mod audit_chain;
mod isolation;
mod messages;
mod people;
mod runbook_versions;
mod schema;
mod set_up;
mod world;
