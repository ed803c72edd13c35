//! What is offered for an alert, and what is not.

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

/// The shelf with these vectors.
fn shelf_with(vectors: [[f32; 4]; 3]) -> Ranking {
    let with = |(runbook, vector): (Candidate, [f32; 4])| runbook.with_vector(Some(vector.to_vec()));
    Ranking::new(shelf().into_iter().zip(vectors).map(with).collect())
}

const APART: [[f32; 4]; 3] = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

#[test]
fn a_vector_offers_what_words_miss_and_never_chooses_alone() {
    let ranking = shelf_with(APART);
    let alert = alert("Volume nearly exhausted");
    assert_eq!(ranking.choice(&alert, None, &[]).sureness, Sureness::Nothing);
    let choice = ranking.choice(&alert, Some(&[0.0, 3.0, 0.1, 0.0]), &[]);
    assert_eq!((choice.sureness, choice.ranked.len()), (Sureness::Unsure, 1));
    assert_eq!((choice.ranked[0].runbook, choice.ranked[0].points), (id(2), 60));
    assert_eq!(choice.ranked[0].reasons, [MatchReason::Alike(100)]);
    let ruled_out = ranking.choice(&alert, Some(&[0.0, 3.0, 0.1, 0.0]), &[id(2)]);
    assert_eq!(ruled_out.sureness, Sureness::Nothing);
}

#[test]
fn a_vector_chooses_together_with_words() {
    let ranking = shelf_with(APART);
    let alert = Alert { service: Some("database".into()), ..alert("Disk volume exhausted") };
    let by_words = ranking.choice(&alert, None, &[]);
    assert_eq!((by_words.sureness, by_words.ranked[0].runbook), (Sureness::Unsure, id(2)));
    let choice = ranking.choice(&alert, Some(&[0.0, 1.0, 0.0, 0.0]), &[]);
    assert_eq!(chosen(&choice), Some(id(2)), "{choice:?} after {by_words:?}");
}

#[test]
fn what_a_model_says_of_any_two_texts_says_nothing() {
    // Every two of these are alike to some 0.7.
    let ranking = shelf_with([[1.5, 1.0, 0.0, 0.0], [1.5, 0.0, 1.0, 0.0], [1.5, 0.0, 0.0, 1.0]]);
    for vector in [[1.5, 0.6, 0.6, 0.6], [1.0, 0.0, 0.0, 0.0]] {
        let choice = ranking.choice(&alert("Billing invoices late"), Some(&vector), &[]);
        assert_eq!((choice.sureness, choice.ranked.len()), (Sureness::Nothing, 0), "{choice:?}");
    }
    let choice = ranking.choice(&alert("Billing invoices late"), Some(&[1.5, 0.1, 1.2, 0.0]), &[]);
    assert_eq!((choice.ranked.len(), choice.ranked[0].runbook), (1, id(2)), "but one that leads is seen");
}

#[test]
fn a_vector_that_does_not_compare_changes_nothing() {
    let ranking = shelf_with(APART);
    let alert = alert("Disk full");
    let by_words = ranking.choice(&alert, None, &[]);
    for vector in [&[1.0, 0.0][..], &[0.0; 4], &[-1.0, -1.0, -1.0, 0.0], &[f32::NAN; 4], &[]] {
        assert_eq!(ranking.choice(&alert, Some(vector), &[]), by_words, "{vector:?}");
    }
}
