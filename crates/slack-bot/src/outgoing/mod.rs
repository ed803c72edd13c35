//! What is sent to Slack, when, and never twice.

pub mod budget;
pub mod plan;

mod desk;
mod reconcile;
mod send;

pub(crate) use reconcile::run;
pub(crate) use send::content;

use dd0c_types::{AlertId, ExecutionId};

/// What a set of messages is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// An alert, and the run that was started for it.
    Alert(AlertId),
    /// A run that no alert led to.
    Run(ExecutionId),
}

impl Subject {
    /// As it stands in the record: the id with its prefix.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Alert(alert) => alert.to_string(),
            Self::Run(run) => run.to_string(),
        }
    }

    pub(crate) fn read(name: &str) -> Option<Self> {
        name.parse().map(Self::Alert).ok().or_else(|| name.parse().map(Self::Run).ok())
    }
}
