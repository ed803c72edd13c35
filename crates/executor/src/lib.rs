//! A whole run as a value, and what one event makes of it.
//!
//! [`step`] takes a run, an event and the time, and answers the next run and the effects the shell must perform, in
//! order. [`bind`] puts values into a command without ever letting them become syntax.
//!
//! This crate must never do I/O, read the time, start anything by itself, take the gate from its caller, or turn an
//! outcome that nobody knows into one that looks known.

mod advance;
pub mod bind;
pub mod divergence;
mod event;
mod flight;
mod machine;
mod panic;
mod person;
mod refused;
mod run;
mod under_way;
mod unlisted;
mod words;

pub use bind::{BindError, Bound, bind};
pub use event::{
    Act, AgentWord, Choice, Effect, Event, HumanOutcome, Person, Report, ReportKind, Status, TimerKind,
    UnlistedStep,
};
pub use machine::step;
pub use refused::Refused;
pub use run::{
    Aborted, Approval, Ending, Flight, Inverse, Phase, Rules, Run, Spending, Step, Timeouts, Warrant,
};
pub use words::mentions;
