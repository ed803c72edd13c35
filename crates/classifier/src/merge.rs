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

#[cfg(test)]
mod tests {
    use dd0c_types::ReviewerKind;

    use super::*;

    fn reviewer(risk: Risk, confidence: f64, escalated: bool) -> ReviewerVerdict {
        ReviewerVerdict {
            kind: ReviewerKind::Local,
            model: String::new(),
            risk,
            confidence,
            escalated,
            reason: String::new(),
            rollback: None,
        }
    }

    #[test]
    fn each_rule_decides_as_the_table_says() {
        use MergeRule::{M1, M2, M3, M4, M5};
        use Risk::{Caution, Dangerous, Safe};
        let said = [None, Some(Safe), Some(Caution), Some(Dangerous)];
        let table = [
            (ScannerRisk::Dangerous, [(Dangerous, M1), (Dangerous, M1), (Dangerous, M1), (Dangerous, M1)]),
            (ScannerRisk::Caution, [(Caution, M2), (Caution, M2), (Caution, M2), (Dangerous, M2)]),
            (ScannerRisk::Safe, [(Caution, M4), (Safe, M3), (Caution, M4), (Dangerous, M4)]),
            (ScannerRisk::Unknown, [(Caution, M5), (Caution, M5), (Caution, M5), (Dangerous, M5)]),
        ];
        for (scanner, row) in table {
            for (said, expected) in said.iter().zip(row) {
                let verdict = said.map(|risk| reviewer(risk, 0.95, false));
                assert_eq!(merge(scanner, verdict.as_ref()), expected, "{scanner:?} and {said:?}");
            }
        }
    }

    #[test]
    fn a_reviewer_counts_by_its_confidence() {
        use Risk::{Caution, Dangerous, Safe};
        for (risk, confidence, escalated, counts) in [
            (Safe, 0.9, false, Safe),
            (Safe, 1.0, false, Safe),
            (Safe, 0.9, true, Safe),
            (Safe, 0.899_999, false, Caution),
            (Safe, 1.000_001, false, Caution),
            (Safe, f64::NAN, false, Caution),
            (Safe, -1.0, false, Caution),
            (Safe, 0.5, true, Caution),
            (Caution, 0.9, false, Caution),
            (Caution, 0.5, false, Dangerous),
            (Caution, 0.5, true, Caution),
            (Dangerous, 0.5, false, Dangerous),
            (Dangerous, 0.5, true, Dangerous),
        ] {
            let verdict = reviewer(risk, confidence, escalated);
            assert_eq!(merge(ScannerRisk::Safe, Some(&verdict)).0, counts, "{verdict:?}");
        }
    }

    #[test]
    fn a_doubtful_reviewer_is_escalated_once() {
        let once = escalate(reviewer(Risk::Safe, 0.5, false));
        assert_eq!((once.risk, once.escalated), (Risk::Caution, true));
        assert_eq!(escalate(once.clone()), once);
        let sure = reviewer(Risk::Safe, 0.9, false);
        assert_eq!(escalate(sure.clone()), sure);
    }
}
