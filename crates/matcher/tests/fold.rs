//! One state, whatever order deliveries come in.

use chrono::{DateTime, TimeDelta};
use dd0c_matcher::{Stamp, Stamps, fold};
use dd0c_types::{Alert, AlertSender, AlertStatus, Severity, Timestamp};
use proptest::prelude::*;

fn start() -> Timestamp {
    DateTime::from_timestamp(1_770_000_000, 0).unwrap()
}

/// A delivery: what it says and what it is known by.
fn delivery() -> impl Strategy<Value = (Alert, [u8; 32])> {
    let status =
        prop_oneof![Just(AlertStatus::Firing), Just(AlertStatus::Acknowledged), Just(AlertStatus::Resolved)];
    let word = proptest::option::of("[ab]");
    (status, 0_i64..4, "[ab]", word.clone(), word, 1_u8..=5, any::<u8>()).prop_map(
        |(status, second, title, service, label, level, id)| {
            let alert = Alert {
                sender: AlertSender::Pagerduty,
                key: "k".into(),
                number: String::new(),
                status,
                title,
                text: label.clone().unwrap_or_default(),
                service,
                region: None,
                environment: None,
                severity: Severity::new(level),
                labels: label.into_iter().map(|label| ("l".into(), label)).collect(),
                url: None,
                at: Some(start() + TimeDelta::seconds(second)),
            };
            (alert, [id; 32])
        },
    )
}

/// Folds deliveries in this order. Identities name deliveries: one comes with one content.
fn folded(deliveries: &[(Alert, [u8; 32])]) -> (Alert, Stamps) {
    let (first, identity) = &deliveries[0];
    let stamp =
        |alert: &Alert, identity: [u8; 32]| Stamp::new(alert, start() + TimeDelta::hours(1), identity);
    let mut known = first.clone();
    let mut stamps = Stamps::first(first, &stamp(first, *identity));
    for (alert, identity) in &deliveries[1..] {
        fold(&mut known, &mut stamps, alert, &stamp(alert, *identity));
    }
    (known, stamps)
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_come_to_one_state(
        (given, shuffled) in proptest::collection::vec(delivery(), 1..12).prop_flat_map(|mut all| {
            for (at, (_, identity)) in all.iter_mut().enumerate() {
                identity[0] = u8::try_from(at).unwrap();
            }
            let mut twice = all.clone();
            twice.extend(all.iter().rev().step_by(2).cloned());
            (Just(all), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(folded(&given), folded(&shuffled));
    }
}

fn said(text: &str) -> Alert {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_close_that_says_little_takes_nothing_away() {
    let open = said(
        r#"{"sender":"opsgenie","key":"k","status":"firing","title":"t","text":"long","service":"billing","severity":2,
            "labels":{"env":"production"},"at":"2026-03-01T03:00:00Z"}"#,
    );
    let close = said(
        r#"{"sender":"opsgenie","key":"k","status":"resolved","title":"t","severity":3,"at":"2026-03-01T03:05:00Z"}"#,
    );
    for order in [[&open, &close], [&close, &open]] {
        let deliveries: Vec<_> = order.into_iter().map(|alert| (alert.clone(), [1; 32])).collect();
        let (known, _) = folded(&deliveries);
        assert_eq!(known.status, AlertStatus::Resolved);
        assert_eq!((known.text.as_str(), known.service.as_deref()), ("long", Some("billing")));
        assert_eq!((known.severity.level(), known.labels.len()), (2, 1), "3 is what nobody says");
    }
}

#[test]
fn a_delivery_from_the_far_future_does_not_freeze_an_alert() {
    let now = start();
    let mut far = said(r#"{"sender":"pagerduty","key":"k","status":"firing","title":"far","severity":1}"#);
    far.at = DateTime::from_timestamp(253_000_000_000, 0);
    let (mut known, mut stamps) = (far.clone(), Stamps::first(&far, &Stamp::new(&far, now, [1; 32])));
    let later = now + TimeDelta::hours(1);
    let over = Alert { status: AlertStatus::Resolved, at: Some(later), ..far };
    fold(&mut known, &mut stamps, &over, &Stamp::new(&over, later, [2; 32]));
    assert_eq!(known.status, AlertStatus::Resolved);
    assert_eq!(stamps.status_at(), Some(later));
}
