//! What the gateway tells the engine about agents.

use dd0c_proto::agent::v1::{
    Accepted, AttemptStatus, Halted, Heartbeat, Refused, Started, StepOutput, StepResult,
};
use dd0c_types::{AgentId, AttemptId, TenantId};

/// Something an agent did or said. Who it is comes from its certificate and the database, never from the message.
#[derive(Debug, Clone)]
pub struct AgentEvent {
    /// Whose agent.
    pub tenant: TenantId,
    /// Which agent.
    pub agent: AgentId,
    /// Its name, as chosen when it enrolled.
    pub name: String,
    /// What happened.
    pub kind: AgentEventKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum AgentEventKind {
    /// The stream stands. Its open attempts are those that the agent accepted and that nobody acknowledged yet.
    Connected(Connected),
    /// The stream is gone; `Connected` follows when the agent is back.
    Disconnected,
    /// The attempt is in the agent's journal; it is started next.
    Accepted(Accepted),
    /// The process runs.
    Started(Started),
    /// The agent will never start this attempt.
    Refused(Refused),
    /// Output of a running attempt. Its bytes are spent credit: the gateway returns it once this event was taken.
    Output(StepOutput),
    /// The end of an attempt, as the agent's journal has it. Answer with `ResultCommitted` once it is committed.
    Result(StepResult),
    /// The answer to a `Query`.
    Status(AttemptStatus),
    /// The agent froze what runs.
    Halted(Halted),
    /// A sign of life.
    Alive(Heartbeat),
}

/// What an agent said in its first message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The agent's version.
    pub version: String,
    /// `linux/x86_64` and so on.
    pub platform: String,
    /// The machine's name.
    pub hostname: String,
    /// The agent's own limit, as it says.
    pub max_risk: String,
    /// Its scanner's version.
    pub scanner_version: String,
    /// Attempts accepted and not acknowledged. Ids that cannot be read are left out.
    pub open_attempts: Vec<AttemptId>,
}

/// No stream of this agent stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the agent is not connected")]
pub struct Offline;
