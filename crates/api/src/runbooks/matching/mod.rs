//! What a runbook is matched to alerts by.

pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod test;

use dd0c_store::matching::Matching;
use dd0c_types::{Alert, AlertId, MatchReason, MatchRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// Most tags, and most rules.
const MOST: usize = 32;
/// Most characters of a tag, a name or a pattern.
const LONGEST: usize = 200;

/// Tags and rules of a runbook.
#[derive(Serialize, ToSchema)]
pub(crate) struct MatchingView {
    /// Grows with every change; 0 while nobody wrote any.
    pub version: u32,
    /// Words and names that it is for.
    pub tags: Vec<String>,
    /// Any one that holds is enough.
    pub rules: Vec<MatchRule>,
}

/// New tags and rules for a runbook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMatching {
    /// Words and names that it is for; at most 32 of at most 200 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// At most 32; any one that holds is enough.
    #[serde(default)]
    pub rules: Vec<MatchRule>,
    /// The version the change was made from; refused with `stale` when another is current.
    pub expected_version: u32,
}

/// Tags and rules to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchingTrial {
    /// As in a change.
    #[serde(default)]
    pub tags: Vec<String>,
    /// As in a change.
    #[serde(default)]
    pub rules: Vec<MatchRule>,
}

/// What the tags and rules would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct MatchingTrialResult {
    /// The last 20 alerts, last heard of first.
    pub alerts: Vec<TriedAlert>,
}

/// What a runbook is to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It is the one.
    Chosen,
    /// It is among those that a person may choose from.
    Offered,
    /// It is not offered.
    NotOffered,
}

/// An alert under the tags and rules as they are and as they would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct TriedAlert {
    /// The alert.
    pub id: AlertId,
    /// What it says.
    pub alert: Alert,
    /// As it is.
    pub before: Standing,
    /// As it would be.
    pub after: Standing,
    /// The points it would have, 0 to 100.
    pub points: u8,
    /// Why.
    pub reasons: Vec<MatchReason>,
}

impl From<Matching> for MatchingView {
    fn from(matching: Matching) -> Self {
        Self { version: matching.version, tags: matching.tags, rules: matching.rules }
    }
}

/// Whether tags and rules can be kept.
fn check(tags: &[String], rules: &[MatchRule]) -> Result<(), ApiError> {
    let wrong = |detail: &str| {
        Err(ApiError::unprocessable("invalid_matching", format!("{detail} Nothing was changed.")))
    };
    if tags.len() > MOST || rules.len() > MOST {
        return wrong("A runbook has at most 32 tags and 32 rules.");
    }
    if rules.contains(&MatchRule::default()) {
        return wrong("A rule without any part matches nothing: name a service, a label, a keyword.");
    }
    let is_bad = |text: &String| text.trim().is_empty() || text.chars().count() > LONGEST;
    if tags.iter().chain(rules.iter().flat_map(texts)).any(is_bad) {
        return wrong("Every tag, name and pattern has 1 to 200 characters.");
    }
    if rules.iter().any(|rule| texts(rule).count() > MOST) {
        return wrong("A rule has at most 32 names and patterns.");
    }
    Ok(())
}

fn texts(rule: &MatchRule) -> impl Iterator<Item = &String> {
    let MatchRule { services, regions, environments, worst_to: _, labels, keywords } = rule;
    let labels = labels.iter().flat_map(|(name, value)| [name, value]);
    services.iter().chain(regions).chain(environments).chain(keywords).chain(labels)
}
