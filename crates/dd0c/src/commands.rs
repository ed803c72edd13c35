//! The commands of the terminal, one file each. Data goes to standard output, talk to standard error.

pub mod approve;
pub mod audit;
pub mod classify;
pub mod connection;
pub mod exit;
pub mod explain;
pub mod follow;
pub mod lint;
pub mod pages;
pub mod paint;
pub mod panic;
pub mod parse;
mod region;
pub mod run;
pub mod runbook;
pub mod runs;
pub mod terminal;
