//! An alert as every sender's payload is read: what is wrong, where, how bad, and whether it still is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::RunbookId;

/// Who sends alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlertSender {
    /// PagerDuty, webhooks V3.
    Pagerduty,
    /// Opsgenie; its interface ends on 5 April 2027.
    Opsgenie,
    /// Jira Service Management, which takes over from Opsgenie with the same payload.
    Jsm,
    /// Prometheus Alertmanager.
    Alertmanager,
    /// Our own plain payload, for scripts.
    Dd0cAlert,
}

impl AlertSender {
    /// Every sender.
    pub const ALL: [Self; 5] =
        [Self::Pagerduty, Self::Opsgenie, Self::Jsm, Self::Alertmanager, Self::Dd0cAlert];

    /// The spelling in paths, SQL and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pagerduty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::Jsm => "jsm",
            Self::Alertmanager => "alertmanager",
            Self::Dd0cAlert => "dd0c-alert",
        }
    }

    /// The name people know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pagerduty => "PagerDuty",
            Self::Opsgenie => "Opsgenie",
            Self::Jsm => "Jira Service Management",
            Self::Alertmanager => "Alertmanager",
            Self::Dd0cAlert => "dd0c/alert",
        }
    }

    /// Reads the spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sender| sender.as_str() == text)
    }
}

/// Whether it still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// It is.
    Firing,
    /// Somebody has seen it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AlertStatus {
    /// The spelling in SQL and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    /// Reads the spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Firing, Self::Acknowledged, Self::Resolved].into_iter().find(|status| status.as_str() == text)
    }
}

/// How bad the sender says it is, one scale for all: 1 is the worst, 5 the least. What nobody says is 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Severity(u8);

impl Severity {
    /// What nobody says.
    pub const UNSAID: Self = Self(3);

    /// 1 to 5; anything else is brought to the nearer end.
    pub const fn new(level: u8) -> Self {
        Self(if level < 1 {
            1
        } else if level > 5 {
            5
        } else {
            level
        })
    }

    /// 1 (worst) to 5.
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// One alert, as read from a delivery. Every text is the sender's: untrusted, cut to the lengths given here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Who sent it.
    pub sender: AlertSender,
    /// What the sender calls this alert through all its deliveries. 1 to 255 characters.
    pub key: String,
    /// A number or name for people, such as PagerDuty's `#4821`. At most 100 characters.
    #[serde(default)]
    pub number: String,
    /// Whether it still is.
    pub status: AlertStatus,
    /// What is wrong, in the sender's words. At most 500 characters.
    pub title: String,
    /// More words. At most 4,000 characters.
    #[serde(default)]
    pub text: String,
    /// The service, when the sender names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The region, zone or datacentre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The environment, such as `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// Everything else that has a name. At most 64, each value at most 500 characters.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Where people look at it; https or http only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the sender says this state began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// What must be true of an alert for a runbook to be the one for it. Every part that is there must hold; a rule with no
/// part matches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// The service is one of these; `*` stands for any run of characters; case does not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The region is one of these, in the same spelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The environment is one of these, in the same spelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// At least as bad as this (1 is the worst).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_to: Option<Severity>,
    /// Each label has a value of this spelling.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// All of these words stand in the title or text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

/// Why a runbook fits an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "says", rename_all = "snake_case")]
pub enum MatchReason {
    /// A rule that people wrote holds; its parts.
    Rule(Vec<String>),
    /// The alert's own name stands in the title or tags.
    Name(String),
    /// The service stands in the title or tags.
    Service(String),
    /// The region stands in the title or tags.
    Region(String),
    /// Words of the alert that stand in the runbook, the rarest first.
    Words(Vec<String>),
    /// A model finds the texts alike, in hundredths.
    Alike(u8),
}

/// A runbook that may be for an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RankedRunbook {
    /// The runbook.
    pub runbook: RunbookId,
    /// Its title when the ranking was made.
    pub title: String,
    /// 0 to 100.
    pub points: u8,
    /// Why, best reason first.
    pub reasons: Vec<MatchReason>,
}

/// How sure a ranking is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// One runbook has at least 70 points and no other is within 10.
    Sure,
    /// Several may be meant: a person chooses.
    Unsure,
    /// None fits.
    Nothing,
}

/// What the ranking says of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertChoice {
    /// How sure it is.
    pub sureness: Sureness,
    /// The runbooks that may fit, best first; at most three, and none when nothing fits.
    pub ranked: Vec<RankedRunbook>,
}
