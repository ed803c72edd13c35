//! Alerts, the runbooks offered for them, and what is asked before a start.

use std::time::Duration;

use dd0c_types::Timestamp;

use super::{Link, Origin, RunbookName};
use crate::reference::Token;

/// How many steps there are of each risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RiskCounts {
    /// 🟢
    pub safe: u32,
    /// 🟡
    pub caution: u32,
    /// 🔴
    pub dangerous: u32,
    /// Steps without a command.
    pub by_hand: u32,
}

/// An alert, as its sender tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertCard {
    /// `PagerDuty`, `Opsgenie` …: our own words.
    pub sender: &'static str,
    /// The sender's number, such as `#4821`. May be empty.
    pub number: String,
    /// Where people look at it.
    pub link: Option<Link>,
    /// What is wrong.
    pub title: String,
    /// 1 (worst) to 5, shown as P1 to P5.
    pub severity: u8,
    /// The service.
    pub service: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// How many more alerts were folded into this message. 0: none.
    pub folded: u32,
    /// Whether its sender says that it is over.
    pub resolved: bool,
    /// `Reference::Alert`.
    pub token: Token,
    /// Grows with every update of the message.
    pub revision: u32,
}

/// A runbook that may be for an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferCard {
    /// The runbook.
    pub runbook: RunbookName,
    /// How many steps of each risk it has.
    pub risks: RiskCounts,
    /// 0 to 100.
    pub points: u8,
    /// Why it fits, best reason first, in words.
    pub reasons: Vec<String>,
    /// What must be true before starting.
    pub prerequisites: Vec<String>,
    /// Its last run.
    pub last_used: Option<LastUse>,
    /// `Reference::Offer`.
    pub token: Token,
}

/// A runbook's last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// When it began. Never how long ago: words that change with the clock would change every open alert each second.
    pub at: Timestamp,
    /// How long it took until it was completed; none when it was not.
    pub resolved_in: Option<Duration>,
}

/// A run that somebody wants to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartCard {
    /// What was pressed: `Reference::Offer` or `Reference::Runbook`.
    pub origin: Origin,
    /// The runbook.
    pub runbook: RunbookName,
    /// How many steps it has.
    pub steps: u32,
    /// What policy and trust level mean for it, in one sentence of our own.
    pub policy: &'static str,
    /// What must be filled in. At most 20 are asked for here; with more, the dashboard asks.
    pub variables: Vec<VariableAsk>,
    /// What must be true. At most 10 are ticked here.
    pub prerequisites: Vec<String>,
    /// The agents that could run it; asked for when there are several.
    pub agents: Vec<AgentChoice>,
}

/// A value that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableAsk {
    /// Its name.
    pub name: String,
    /// What is filled in already, and where it comes from in our own words: `From the alert`.
    pub known: Option<(String, &'static str)>,
    /// A remark in our own words and numbers, such as `Used by red step 5`.
    pub hint: Option<String>,
}

/// An agent to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentChoice {
    /// Its id with prefix.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is connected.
    pub online: bool,
}
