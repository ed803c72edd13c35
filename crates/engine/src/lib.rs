//! The engine drives runs: it locks a run, asks [`dd0c_executor::step`] what follows, writes state, audit and outbox
//! in one transaction, and only then lets anything leave the house. Agents speak to it through [`gateway`].
//!
//! It must never decide by itself what may run (that is `dd0c_executor` and `dd0c_approval`), never send what is not
//! committed, and never guess an outcome: what it does not know it says.

pub mod gateway;
pub mod halt;
