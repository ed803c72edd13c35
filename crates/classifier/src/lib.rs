//! The safety core: says of a command how much harm it can do, and why, without running anything.
//!
//! Three parts. [`scan`] is the deterministic scanner: placeholders become opaque words, the text is parsed as shell,
//! every command in the whole tree is judged by an allow-list and a deny-list, and the worst finding wins.
//! [`merge`] joins that verdict with the second key by five fixed rules. [`classify`] does both for one step.
//!
//! This crate must never call a command Safe because it did not understand it, never do I/O, never read the time,
//! and never take longer than its caps allow: whatever it cannot read is Unknown or worse.

mod builtins;
mod call;
mod carry;
mod classify;
mod coarse;
mod deceptive;
pub mod effects;
mod explain;
mod foreign;
mod grant;
mod judge;
mod language;
mod merge;
mod names;
mod object;
mod parallel;
mod paths;
mod payload;
mod report;
mod rules;
mod running_flags;
mod scan;
mod shell;
mod table;
mod tokens;
mod variables;

pub use classify::{classify, typed_names};
pub use language::Language;
pub use merge::merge;
pub use scan::{Scan, scan, scan_in};

/// The scanner's version: the engine's version and a digest of the rule files, fixed when the crate was built.
pub fn version() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), "+", env!("DD0C_RULES_DIGEST"))
}
