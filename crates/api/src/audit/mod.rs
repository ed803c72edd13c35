//! The audit trail: read it, check it, take it away.

mod csv;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod verify;

use chrono::{DateTime, Utc};
use dd0c_types::{Actor, ExecutionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only events with a greater `seq`, in the order of the chain.
    pub after: Option<u64>,
    /// Newest first instead of in the order of the chain.
    pub newest: Option<bool>,
    /// With `newest`: only events with a smaller `seq`.
    pub before: Option<u64>,
    /// At most so many, 1 to 1000; 100 when absent.
    pub limit: Option<u32>,
    /// Only events of this type.
    pub event_type: Option<String>,
    /// Only events of this run.
    #[param(value_type = Option<String>)]
    pub execution_id: Option<ExecutionId>,
}

/// One event.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEvent {
    /// Its place in the tenant's chain, from 1, without gaps.
    pub seq: u64,
    /// Its type, such as `step.approved`.
    pub event_type: String,
    /// The run it belongs to.
    pub execution_id: Option<ExecutionId>,
    /// Who caused it.
    pub actor: Actor,
    /// What is to be known of it.
    #[schema(value_type = Object)]
    pub event_data: Value,
    /// When, by the database's clock.
    pub created_at: DateTime<Utc>,
    /// The hash of the event before it.
    pub prev_hash: String,
    /// SHA-256 over this event and the hash before it.
    pub hash: String,
}

/// Events in the order of the chain, or newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The events.
    pub events: Vec<AuditEvent>,
    /// Pass it as `after`, or with `newest` as `before`, to read on; absent on the last page.
    pub next: Option<u64>,
}

/// What came of recomputing the chain.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditVerdict {
    /// Whether every hash is what it must be.
    pub ok: bool,
    /// How many events were checked.
    pub events: u64,
    /// The first event that is not what it must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_bad_seq: Option<u64>,
    /// The end of the chain.
    pub head: AuditHead,
}

/// The end of the chain.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditHead {
    /// The last event's place; 0 for an empty chain.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportQuery {
    /// `json` or `csv`.
    pub format: String,
    /// Only events of this run.
    #[param(value_type = Option<String>)]
    pub execution_id: Option<ExecutionId>,
}

impl From<dd0c_store::audit::AuditEvent> for AuditEvent {
    fn from(event: dd0c_store::audit::AuditEvent) -> Self {
        Self {
            seq: event.seq,
            event_type: event.event_type.as_str().to_owned(),
            execution_id: event.execution,
            actor: event.actor,
            event_data: event.data,
            created_at: event.created_at,
            prev_hash: event.prev_hash,
            hash: event.hash,
        }
    }
}
