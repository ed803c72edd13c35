//! The stop switch of a tenant.

pub(crate) mod clear;
pub(crate) mod set;
pub(crate) mod show;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why everything is stopped.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PanicReason {
    /// In words; may be empty, nobody is asked back.
    #[serde(default)]
    pub reason: String,
}

/// What panic reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct PanicSet {
    /// Grows with every change of the switch.
    pub epoch: u64,
    /// Steps that were frozen.
    pub frozen: u32,
    /// Steps that were running.
    pub running: u32,
    /// Whether the database holds it already; if not, it is tried until it does.
    pub recorded: bool,
}

/// The switch is open again.
#[derive(Serialize, ToSchema)]
pub(crate) struct PanicCleared {
    /// Grows with every change of the switch.
    pub epoch: u64,
}

/// The switch as it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct PanicView {
    /// Whether everything is halted.
    pub halted: bool,
    /// Grows with every change of the switch.
    pub epoch: u64,
    /// Why.
    pub reason: Option<String>,
    /// Who changed it last.
    pub by: Option<String>,
    /// When.
    pub since: Option<DateTime<Utc>>,
}
