//! The machine of a run: what never happens, how values are bound, and what drafts are made of departures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod binding;
mod drafts;
mod model;
mod safety;
