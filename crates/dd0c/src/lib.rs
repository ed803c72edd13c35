//! The `dd0c` program: the command line, and `dd0c up`, which is every role of the product in one process.
//!
//! It must never decide what may run (the engine does), never keep a secret where other users of the machine can read
//! it, and never stop or touch a process that it did not start.

pub mod commands;
pub mod doctor;
mod route;
pub mod up;
