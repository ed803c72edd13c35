//! The words every other crate speaks: ids, risk, trust, runbooks, classifications, the views of a run,
//! the catalogue of audit events, intents and the clock.
//!
//! This crate holds values and their meaning only. It must never do I/O, read the time or the environment,
//! or link an async runtime: everything above it relies on that to stay testable in microseconds.

pub mod account;
pub mod actor;
pub mod alert;
pub mod classification;
pub mod clock;
pub mod command;
pub mod divergence;
pub mod effect;
pub mod event;
pub mod gate;
pub mod ids;
pub mod intent;
pub mod risk;
pub mod role;
pub mod run;
pub mod runbook;
pub mod usage;
pub mod visible;

pub use actor::{Actor, ActorKind, Channel};
pub use alert::{
    Alert, AlertChoice, AlertSender, AlertStatus, MatchReason, MatchRule, RankedRunbook, Severity, Sureness,
};
pub use classification::{
    Classification, Finding, MergeRule, ObjectRef, ReviewerKind, ReviewerVerdict, ScannerVerdict, SecondKey,
    TokenSpan,
};
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use command::{Command, CommandHash};
pub use effect::{Act, Effect, Place, Reach};
pub use event::EventType;
pub use gate::GovernanceMode;
pub use ids::*;
pub use risk::{Risk, ScannerRisk, TrustLevel};
pub use role::Role;
pub use runbook::{ParsedRunbook, Span};
pub use usage::ModelUsage;
