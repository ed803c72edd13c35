//! The runbooks that are offered for an alert.

use std::time::Duration;

use dd0c_store::alerts::Record as AlertRecord;
use dd0c_store::runbooks::RunbookVersion;
use dd0c_types::{AlertChoice, MatchReason, Risk, RunbookId, Timestamp};

use super::Pen;
use crate::card::{LastUse, OfferCard, RiskCounts, RunbookName};
use crate::reference::{Reference, Token};

/// A runbook that may be offered, as it is now.
#[derive(Clone)]
pub struct Candidate {
    /// Its latest version.
    pub version: RunbookVersion,
    /// When it last ran, and until when, if it was completed.
    pub last_run: Option<(Timestamp, Option<Timestamp>)>,
}

/// What is offered: ranked, and nothing that somebody ruled out or deleted.
pub fn offers(
    pen: &Pen,
    alert: &AlertRecord,
    choice: &AlertChoice,
    candidates: &[Candidate],
) -> Vec<(RunbookId, OfferCard)> {
    let none_fits = alert.rejections.iter().any(|rejection| rejection.runbook.is_none());
    let ruled_out =
        |runbook: RunbookId| alert.rejections.iter().any(|rejection| rejection.runbook == Some(runbook));
    let known = |runbook: RunbookId| candidates.iter().find(|candidate| candidate.version.runbook == runbook);
    let offered = choice.ranked.iter().filter(|ranked| !none_fits && !ruled_out(ranked.runbook));
    offered
        .filter_map(|ranked| {
            let candidate = known(ranked.runbook)?;
            let reference = Reference::Offer {
                alert: alert.id,
                runbook: ranked.runbook,
                version: candidate.version.version,
            };
            let reasons = ranked.reasons.iter().map(reason).collect();
            let card = offer(pen, candidate, pen.sign(&reference));
            Some((ranked.runbook, OfferCard { points: ranked.points, reasons, ..card }))
        })
        .collect()
}

/// A runbook without a match: to be chosen by hand.
pub fn offer(pen: &Pen, candidate: &Candidate, token: Token) -> OfferCard {
    let version = &candidate.version;
    OfferCard {
        runbook: RunbookName {
            title: version.title.clone(),
            version: version.version,
            link: Some(pen.urls.runbook(version.runbook)),
        },
        risks: risks(version),
        points: 0,
        reasons: Vec::new(),
        prerequisites: version.parsed.prerequisites.iter().map(|one| one.text.clone()).collect(),
        last_used: candidate
            .last_run
            .map(|(from, to)| LastUse { at: from, resolved_in: to.map(|to| between(from, to)) }),
        token,
    }
}

/// The time from one moment to another; nothing when they are the other way round.
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    (to - from).to_std().unwrap_or_default()
}

fn risks(version: &RunbookVersion) -> RiskCounts {
    let mut counts = RiskCounts::default();
    for step in &version.parsed.steps {
        let verdict = step.classification.as_ref().map(|verdict| verdict.risk);
        match (step.command.is_some(), verdict) {
            (false, _) => counts.by_hand += 1,
            (true, Some(Risk::Safe)) => counts.safe += 1,
            (true, Some(Risk::Caution) | None) => counts.caution += 1,
            (true, Some(Risk::Dangerous)) => counts.dangerous += 1,
        }
    }
    counts
}

fn reason(reason: &MatchReason) -> String {
    let some = |words: &[String]| words.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    match reason {
        MatchReason::Rule(parts) => format!("rule: {}", some(parts)),
        MatchReason::Name(_) => "alert name".to_owned(),
        MatchReason::Service(service) => format!("service {service}"),
        MatchReason::Region(region) => format!("region {region}"),
        MatchReason::Words(words) => format!("words {}", some(words)),
        MatchReason::Alike(hundredths) => format!("texts alike to {hundredths} %"),
    }
}
