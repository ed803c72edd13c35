//! Finds the runbook for an alert: reads each sender's payload into one shape, and ranks the runbooks by rules,
//! names and words.
//!
//! It must never start anything, and never choose when it is unsure: below 70 points, or with a second one within
//! 10 points, it offers. It does no I/O; the same alert and runbooks always give the same ranking.

mod delivery;
mod fold;
mod payload;
mod rank;
mod ranking;
mod rules;
mod words;

pub use delivery::identity;
pub use fold::{Stamp, Stamps, fold};
pub use payload::{PayloadError, read};
pub use rank::{Candidate, Choice, Index, Match, choose};
pub use ranking::{Ranking, chosen};
pub use rules::holds;
