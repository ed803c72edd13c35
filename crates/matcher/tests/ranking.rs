//! What is offered for an alert, and what is not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

use dd0c_matcher::{Candidate, Ranking, chosen};
use dd0c_types::{Alert, MatchReason, MatchRule, RunbookId, Sureness};

fn id(first_hex_digit: u8) -> RunbookId {
    format!("rbk_{first_hex_digit:032x}").parse().unwrap()
}

fn runbook(number: u8, title: &str, text: &str) -> Candidate {
    Candidate { runbook: Some(id(number)), title: title.into(), text: text.into(), ..Candidate::default() }
}

fn alert(title: &str) -> Alert {
    serde_json::from_value(serde_json::json!({"sender": "dd0c-alert", "key": "k", "status": "firing",
        "title": title, "service": "checkout-api", "severity": 1}))
    .unwrap()
}

fn shelf() -> Vec<Candidate> {
    vec![
        runbook(1, "Checkout 5xx: drain bad pods", "kubectl drain checkout pods that answer 5xx"),
        runbook(2, "Disk full on a database host", "df -h; journalctl --vacuum-time=2d"),
        runbook(3, "Rotate the certificates of the edge", "openssl x509 -enddate"),
    ]
}

#[test]
fn the_one_that_fits_is_chosen_and_no_other_once_people_ruled_it_out() {
    let rule = MatchRule { services: vec!["checkout-*".into()], ..MatchRule::default() };
    let mut shelf = shelf();
    shelf[0] = shelf[0].clone().matched_by(vec!["checkout".into()], vec![rule]);
    let ranking = Ranking::new(shelf);
    let choice = ranking.choice(&alert("Checkout 5xx above 5%"), None, &[]);
    assert_eq!((choice.sureness, chosen(&choice)), (Sureness::Sure, Some(id(1))));
    assert!(matches!(choice.ranked[0].reasons[0], MatchReason::Rule(_)));
    let without = ranking.choice(&alert("Checkout 5xx above 5%"), None, &[id(1)]);
    assert_eq!(chosen(&without), None);
    assert!(without.ranked.iter().all(|one| one.runbook != id(1)));
}

#[test]
fn two_that_fit_alike_are_offered_and_none_is_chosen() {
    let twins = vec![runbook(1, "Checkout 5xx", "restart"), runbook(2, "Checkout 5xx", "restart")];
    let choice = Ranking::new(twins).choice(&alert("Checkout 5xx"), None, &[]);
    assert_eq!((choice.sureness, choice.ranked.len(), chosen(&choice)), (Sureness::Unsure, 2, None));
}

#[test]
fn an_alert_about_nothing_known_is_offered_nothing() {
    let choice = Ranking::new(shelf()).choice(&alert("Billing invoices late"), None, &[]);
    assert_eq!((choice.sureness, choice.ranked.len()), (Sureness::Nothing, 0));
    let none = Ranking::new(Vec::new()).choice(&alert("anything"), None, &[]);
    assert_eq!(none.sureness, Sureness::Nothing);
}

#[test]
fn a_runbooks_own_points_are_told_even_when_they_are_too_few_to_be_offered() {
    let ranking = Ranking::new(shelf());
    let points = ranking.points(&alert("Disk of the billing queue is slow"), id(2)).unwrap();
    assert!((1..30).contains(&points.points), "{}", points.points);
    assert_eq!(ranking.points(&alert("zzz"), id(3)), None);
}
