//! The agent as a real process, against a gateway that says whatever a test wants it to say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod engine;
mod evil;
mod kill;
mod steps;
mod tree;
