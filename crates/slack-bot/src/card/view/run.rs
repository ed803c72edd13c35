//! A run as a whole, and all runs of a person.

use std::time::Duration;

use dd0c_types::{Role, Timestamp};

use super::{Link, Position, RiskWord, RunbookName};
use crate::reference::Token;

/// A run as its parent message tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCard {
    /// The runbook, its link leading to the run.
    pub runbook: RunbookName,
    /// Where it stands.
    pub state: RunWord,
    /// The step it is at, from 1.
    pub step: u32,
    /// How many there are.
    pub of: u32,
    /// Who started it.
    pub led_by: String,
    /// When.
    pub started_at: Timestamp,
    /// The agent and whether it is online.
    pub agent: Option<(String, bool)>,
    /// Steps that ended well.
    pub done: u32,
    /// Steps that run now.
    pub running: u32,
    /// Steps that wait for a person.
    pub waiting: u32,
    /// Steps that ended badly.
    pub failed: u32,
    /// Steps that were left out.
    pub skipped: u32,
    /// Steps to come.
    pub to_go: u32,
    /// The alert it was started for.
    pub alert: Option<AlertLine>,
    /// Grows with every update.
    pub revision: u32,
}

/// The alert of a run, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertLine {
    /// `PagerDuty`, …: our own words.
    pub sender: &'static str,
    /// `#4821`.
    pub number: String,
    /// Where people look at it.
    pub link: Option<Link>,
}

/// Where a run stands, in the words of its parent message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunWord {
    /// It goes on.
    Running,
    /// It waits for a person.
    Waiting,
    /// Panic has frozen it, or its agent is away.
    Paused,
    /// A step failed, or somebody must find out what happened.
    NeedsAPerson,
    /// It ended well.
    Finished,
    /// It was stopped.
    Aborted,
}

/// Panic is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicCard {
    /// Who.
    pub by: String,
    /// How, in our own words: `/dd0c panic`, `the Panic button in Slack`, `the dashboard`.
    pub how: &'static str,
    /// When.
    pub at: Timestamp,
    /// The reason; may be empty.
    pub reason: String,
    /// How long until every engine knew; none when that is not known.
    pub reached_in: Option<Duration>,
    /// Runs that are paused; none when that is not known yet.
    pub paused: Option<u32>,
    /// Approvals that were revoked; none when that is not known yet.
    pub revoked: Option<u32>,
    /// What was running, in the dashboard.
    pub link: Link,
}

/// A run that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortedCard {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The step it was at.
    pub step: u32,
    /// How many there are.
    pub of: u32,
    /// Steps that ran.
    pub ran: u32,
    /// Steps that never started.
    pub never_started: u32,
    /// What became of the step that was running: exit code and time after the signal.
    pub stopped: Option<StoppedStep>,
    /// How many inverse commands are known, and where they are.
    pub rollbacks: Option<(u32, Link)>,
    /// The run.
    pub link: Link,
}

/// What became of the step that was running when its run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedStep {
    /// It ended this long after it was asked to.
    Ended(u32, Duration),
    /// It was asked to stop; what became of it is not known yet.
    Asked(u32),
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryCard {
    /// The runbook, its link leading to the run.
    pub runbook: RunbookName,
    /// From the start to the end.
    pub took: Duration,
    /// The median of the runbook's earlier runs.
    pub median: Option<Duration>,
    /// How long it waited for people.
    pub waited: Duration,
    /// Steps that ran and ended well, or that a person reports done.
    pub ran: u32,
    /// Steps left out.
    pub skipped: u32,
    /// Steps that failed.
    pub failed: u32,
    /// How many steps there were.
    pub of: u32,
    /// Who approved what, in order, at most six shown.
    pub approvals: Vec<(RiskWord, String)>,
    /// What was done otherwise than written, in words, at most three shown.
    pub divergences: Vec<String>,
    /// How many divergences there are.
    pub divergence_count: u32,
    /// The proposed change of the runbook.
    pub review: Option<Link>,
    /// The timeline.
    pub timeline: Link,
    /// The audit trail as a file; none when there is none.
    pub audit: Option<Link>,
    /// The alert, and whether it is over.
    pub alert: Option<(AlertLine, bool)>,
}

/// A person's App Home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeCard {
    /// What waits for a person. At most ten are shown.
    pub waiting: Vec<WaitingLine>,
    /// Live runs. At most ten are shown.
    pub runs: Vec<RunLine>,
    /// The agents and whether they are online.
    pub agents: Vec<(String, bool)>,
    /// `strict` or `audit`.
    pub policy: &'static str,
    /// Whether panic is on.
    pub panic: bool,
    /// The linked account and its role; none when not linked.
    pub account: Option<(String, Role)>,
    /// Where to link, when not linked.
    pub link_account: Option<Link>,
    /// The dashboard.
    pub dashboard: Link,
    /// `Reference::Tenant`.
    pub token: Token,
}

/// A question that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLine {
    /// Its risk.
    pub risk: RiskWord,
    /// Which step.
    pub position: Position,
    /// Of which runbook.
    pub runbook: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The message.
    pub thread: Option<Link>,
}

/// A live run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    /// The runbook.
    pub runbook: String,
    /// Where it stands.
    pub state: RunWord,
    /// The step it is at.
    pub step: u32,
    /// How many there are.
    pub of: u32,
    /// Who leads it.
    pub led_by: String,
    /// The run.
    pub link: Option<Link>,
}
