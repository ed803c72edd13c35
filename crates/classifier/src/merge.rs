//! The five merge rules: code, never configuration (decision log 0011).

use dd0c_types::{MergeRule, ReviewerVerdict, Risk, ScannerRisk};

/// The confidence below which a reviewer's word is escalated, and never enough for Safe.
const SURE: f64 = 0.9;

/// Joins the two keys into the final risk and names the rule that decided.
///
/// A reviewer that is absent, late or malformed is `None`. One whose confidence is below 0.9, or is not a number,
/// is escalated one tier here unless it says that it already was.
pub fn merge(scanner: ScannerRisk, reviewer: Option<&ReviewerVerdict>) -> (Risk, MergeRule) {
    let second = reviewer.map(heard);
    let at_least_caution = second.map_or(Risk::Caution, |risk| risk.max(Risk::Caution));
    match scanner {
        ScannerRisk::Dangerous => (Risk::Dangerous, MergeRule::M1),
        ScannerRisk::Caution => (at_least_caution, MergeRule::M2),
        ScannerRisk::Safe if second == Some(Risk::Safe) => (Risk::Safe, MergeRule::M3),
        ScannerRisk::Safe => (at_least_caution, MergeRule::M4),
        ScannerRisk::Unknown => (at_least_caution, MergeRule::M5),
    }
}

/// The reviewer's own verdict with low confidence escalated.
pub(crate) fn escalate(mut verdict: ReviewerVerdict) -> ReviewerVerdict {
    if !is_sure(&verdict) && !verdict.escalated {
        verdict.risk = verdict.risk.escalated();
        verdict.escalated = true;
    }
    verdict
}

/// What a verdict counts as: Safe only with confidence, and never Safe when it was escalated.
fn heard(verdict: &ReviewerVerdict) -> Risk {
    if is_sure(verdict) {
        verdict.risk
    } else if verdict.escalated {
        verdict.risk.max(Risk::Caution)
    } else {
        verdict.risk.escalated()
    }
}

fn is_sure(verdict: &ReviewerVerdict) -> bool {
    (SURE..=1.0).contains(&verdict.confidence)
}
