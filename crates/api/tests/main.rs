//! The HTTP interface, with a real database behind it and the real engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod alerts;
mod coverage;
mod models;
mod runbooks;
mod runs;
mod sign_in;
mod support;
mod webhooks;
