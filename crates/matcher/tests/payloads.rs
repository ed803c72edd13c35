//! A delivery of each sender, as its documentation shows it.

use dd0c_matcher::{PayloadError, read};
use dd0c_types::{AlertSender, AlertStatus};
use proptest::prelude::*;

fn sample(name: &str) -> Vec<u8> {
    let file = format!("{}/tests/payloads/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn pagerduty_names_service_priority_and_number() {
    let alerts = read(AlertSender::Pagerduty, &sample("pagerduty-triggered")).unwrap();
    let [alert] = &alerts[..] else { panic!("one alert: {alerts:?}") };
    assert_eq!((alert.key.as_str(), alert.number.as_str()), ("PGR0VU2", "#4821"));
    assert_eq!(alert.status, AlertStatus::Firing);
    assert_eq!(alert.service.as_deref(), Some("checkout-api"));
    assert_eq!(alert.region.as_deref(), Some("us-east-1"), "found in the title");
    assert_eq!(alert.severity.level(), 1);
    assert!(alert.url.as_deref().unwrap().starts_with("https://acme.pagerduty.com/"));
    let over = read(AlertSender::Pagerduty, &sample("pagerduty-resolved")).unwrap();
    assert_eq!((over[0].key.as_str(), over[0].status), ("PGR0VU2", AlertStatus::Resolved));
}

#[test]
fn a_ping_or_a_comment_is_no_alert_and_no_error() {
    assert_eq!(read(AlertSender::Pagerduty, &sample("pagerduty-ping")), Ok(vec![]));
    let note = br#"{"action":"AddNote","alert":{"alertId":"x","message":"m"}}"#;
    assert_eq!(read(AlertSender::Opsgenie, note), Ok(vec![]));
}

#[test]
fn opsgenie_and_jira_tags_become_labels() {
    for sender in [AlertSender::Opsgenie, AlertSender::Jsm] {
        let alerts = read(sender, &sample("opsgenie-create")).unwrap();
        assert_eq!(alerts[0].service.as_deref(), Some("billing"));
        assert_eq!(alerts[0].environment.as_deref(), Some("production"));
        assert_eq!((alerts[0].severity.level(), alerts[0].sender), (2, sender));
    }
}

#[test]
fn every_alert_of_a_group_is_read_with_its_own_state() {
    let alerts = read(AlertSender::Alertmanager, &sample("alertmanager-group")).unwrap();
    let states: Vec<_> = alerts.iter().map(|alert| (alert.key.as_str(), alert.status)).collect();
    assert_eq!(
        states,
        [("c7c5c5d6f1f1a001", AlertStatus::Firing), ("c7c5c5d6f1f1a002", AlertStatus::Resolved)]
    );
    assert_eq!(alerts[0].labels["alertname"], "KubePersistentVolumeFillingUp");
    assert!(alerts[0].title.starts_with("KubePersistentVolumeFillingUp: "));
}

#[test]
fn our_own_payload_needs_a_key_and_a_title() {
    let alerts = read(AlertSender::Dd0cAlert, br#"{"key":"a","title":"t","severity":2}"#).unwrap();
    assert_eq!((alerts[0].severity.level(), alerts[0].status), (2, AlertStatus::Firing));
    let missing = read(AlertSender::Dd0cAlert, br#"{"title":"t"}"#);
    assert_eq!(missing, Err(PayloadError::Missing { sender: "dd0c/alert", field: "key" }));
    assert!(matches!(read(AlertSender::Dd0cAlert, b"key=a"), Err(PayloadError::NotJson(_))));
}

#[test]
fn untrusted_text_is_cut_and_loses_its_control_characters() {
    let body = serde_json::json!({"key": "k".repeat(1000), "title": "a\u{0}b\u{1b}[31m".repeat(500),
        "url": "javascript:alert(1)"});
    let alerts = read(AlertSender::Dd0cAlert, body.to_string().as_bytes()).unwrap();
    assert_eq!(alerts[0].key.chars().count(), 255);
    assert!(alerts[0].title.chars().count() <= 500 && !alerts[0].title.contains('\u{1b}'));
    assert_eq!(alerts[0].url, None);
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), which in 0_usize..5) {
        let _ = read(AlertSender::ALL[which], &body);
    }

    #[test]
    fn a_title_of_any_characters_is_read(title in "\\PC{1,600}", which in 0_usize..1) {
        let body = serde_json::json!({"key": "k", "title": title});
        let read = read(AlertSender::ALL[4 - which], body.to_string().as_bytes());
        prop_assert!(read.is_ok() || title.trim().is_empty());
    }
}
