//! Generated gRPC messages and services of `/proto`, and the codes that refusals carry.
//!
//! This crate translates; it must never decide anything.

/// The agent's protocol.
pub mod agent {
    /// Version 1.
    #[allow(
        clippy::allow_attributes,
        clippy::all,
        clippy::too_many_lines,
        missing_docs,
        unreachable_pub,
        clippy::str_to_string,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("dd0c.agent.v1");
    }
}

/// The engine's protocol.
pub mod engine {
    /// Version 1.
    #[allow(
        clippy::allow_attributes,
        clippy::all,
        clippy::too_many_lines,
        missing_docs,
        unreachable_pub,
        clippy::str_to_string,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("dd0c.engine.v1");
    }
}

/// The intake's protocol.
pub mod intake {
    /// Version 1.
    #[allow(
        clippy::allow_attributes,
        clippy::all,
        clippy::too_many_lines,
        missing_docs,
        unreachable_pub,
        clippy::str_to_string,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("dd0c.intake.v1");
    }
}

pub mod refusal;
