//! What is too long, too large or too deeply nested is Unknown, and what destroys in it is still seen.

use dd0c_classifier::{Scan, scan};
use dd0c_types::ScannerRisk;

fn rules(scan: &Scan) -> Vec<&str> {
    scan.verdict.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn more_brackets_than_anybody_nests_are_unknown_without_asking_the_grammar() {
    let found = scan(&format!("echo {}", "(".repeat(8_000)));
    assert_eq!(found.verdict.risk, ScannerRisk::Unknown);
    assert!(rules(&found).contains(&"cap.tree"), "{:?}", rules(&found));
}

#[test]
fn what_destroys_behind_many_brackets_is_dangerous() {
    let found = scan(&format!("{} rm -rf /srv", "(".repeat(200)));
    assert_eq!(found.verdict.risk, ScannerRisk::Dangerous);
}

#[test]
fn brackets_that_close_are_no_nesting() {
    let command = (0..40).map(|number| format!("echo $(({number} + 1))")).collect::<Vec<_>>().join("; ");
    assert!(!rules(&scan(&command)).contains(&"cap.tree"));
}

#[test]
fn of_many_words_that_end_elsewhere_than_they_seem_the_last_hides_nothing() {
    let seems_longer = "echo $'\\\\' a #'\n".repeat(10);
    let found = scan(&format!("{seems_longer}echo $'\\\\'; rm -rf /srv #'"));
    assert_eq!(found.verdict.risk, ScannerRisk::Dangerous);
    assert_ne!(scan(&seems_longer).verdict.risk, ScannerRisk::Safe);
}
