//! The engine with a real database, a real gateway and agents.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod gateway;
mod house;
mod housekeeping;
mod runs;
