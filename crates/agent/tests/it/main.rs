//! The agent as a real process, against a gateway that says whatever a test wants it to say.

mod engine;
mod evil;
mod kill;
mod steps;
mod tree;
