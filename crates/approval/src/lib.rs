//! Who may let a step run, and what they must do for it: policy, the gate, permission, the typed name.
//!
//! Pure functions over values. This crate must never do I/O, read the time, or answer "yes" because something is
//! missing: an unread policy is the strict one, an unknown approver is nobody.

pub mod actions;
pub mod permission;
pub mod policy;
pub mod typed;

pub use actions::{Offer, Situation, allowed_actions};
pub use dd0c_types::gate::{GovernanceMode, gate};
pub use permission::{NotAllowed, Requester, may, may_approve};
pub use policy::{Policy, PolicyError};
pub use typed::{Mismatch, confirm};
