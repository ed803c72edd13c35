//! Deliveries of alerts on a real database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod deliveries;
mod house;
mod vectors;
