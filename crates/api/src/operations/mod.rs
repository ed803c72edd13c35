//! For those who run the service: is it up, can it work, what has it done.

pub(crate) mod healthz;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod readyz;

use serde::Serialize;
use utoipa::ToSchema;

/// Alive.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    pub status: String,
}

/// Able to work, or not.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether everything the service rests on answers.
    pub ready: bool,
    /// Whether the database answers.
    pub database: bool,
    /// Whether the engine answers.
    pub engine: bool,
    /// Whether the intake answers.
    pub intake: bool,
}
