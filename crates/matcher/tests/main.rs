//! Alerts: how they are read, folded, ranked, and how often the right runbook comes first.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod accuracy;
mod fold;
mod payloads;
mod ranking;
