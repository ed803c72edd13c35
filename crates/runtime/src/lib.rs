//! What every process of the house does before and after its work: read the configuration, notice signals, keep its
//! roles alive together, and know which parts are well.
//!
//! It is the only place that reads the environment. It must never decide anything about runbooks, and never keep a
//! process half alive: when one role is gone, all go, and whoever started the process starts it again.

pub mod config;
pub mod health;
pub mod in_process;
pub mod roles;
pub mod signals;
