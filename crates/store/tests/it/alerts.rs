//! Alerts, the places where they come in, and what runbooks are matched by.

use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::alerts::{self, Rejection};
use dd0c_store::matching::{self, Matching};
use dd0c_store::runbooks::{self, NewVersion};
use dd0c_store::webhook_endpoints::{self, Endpoint, SealedSecret};
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{
    Alert, AlertChoice, AlertId, AlertSender, AlertSourceId, MatchRule, ParsedRunbook, RankedRunbook,
    RunbookId, Severity, Sureness, TenantId,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::world::{World, actor, at, runbook};

fn alert_id(n: u128) -> AlertId {
    AlertId::from_uuid(Uuid::from_u128(n))
}

fn alert(key: &str) -> Alert {
    let read = json!({"sender": "pagerduty", "key": key, "status": "firing", "title": "5xx on checkout",
        "service": "checkout", "severity": 1});
    serde_json::from_value(read).unwrap()
}

async fn make(tx: &mut TenantTx<'_>, n: u128, key: &str) -> alerts::Record {
    let (known, first) = alerts::find_or_make(tx, alert_id(n), &alert(key), json!({}), at(0)).await.unwrap();
    assert!(first);
    known
}

async fn save_runbook(tx: &mut TenantTx<'_>, tenant: TenantId, n: u128) -> RunbookId {
    let parsed: ParsedRunbook =
        serde_json::from_value(json!({"schema": "dd0c.runbook/v1", "title": "Checkout",
        "source": {"sha256": "00", "bytes": 1, "format": "markdown"}, "extracted_by": "structure",
        "has_actionable_steps": false, "prerequisites": [], "variables": [], "steps": [], "ambiguities": [],
        "warnings": [], "timings_ms": {}}))
        .unwrap();
    let by = actor(tenant);
    let new = NewVersion { title: "Checkout", text: "x", parsed: &parsed, by: &by };
    runbooks::create(tx, runbook(n), &new).await.unwrap().id
}

fn endpoint(n: u128) -> Endpoint {
    Endpoint {
        id: AlertSourceId::from_uuid(Uuid::from_u128(n)),
        sender: AlertSender::Pagerduty,
        name: "PagerDuty".into(),
        key: Sha256::digest(n.to_be_bytes()).into(),
        created_at: at(0),
        last_delivery_at: None,
    }
}

fn secret(n: u8, length: usize) -> SealedSecret {
    SealedSecret { id: Uuid::from_u128(n.into()), sealed: vec![n; length], expires_at: None }
}

#[tokio::test]
async fn deliveries_of_one_key_are_one_alert_and_no_other_tenant_sees_it() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    make(&mut tx, 1, "k").await;
    let mut later = alert("k");
    later.title = "worse".into();
    let (known, first) = alerts::find_or_make(&mut tx, alert_id(2), &later, json!({}), at(5)).await.unwrap();
    assert!(!first);
    assert_eq!(known.id, alert_id(1));
    alerts::refire(&mut tx, known.id, &later, json!({"a": 1}), at(5)).await.unwrap();
    let known = alerts::get(&mut tx, alert_id(1)).await.unwrap();
    assert_eq!((known.deliveries, known.alert.title.as_str()), (2, "worse"));
    assert_eq!((known.first_seen_at, known.last_seen_at), (at(0), at(5)));
    tx.commit().await.unwrap();
    let mut tx = world.tx(world.b).await;
    assert!(matches!(alerts::get(&mut tx, alert_id(1)).await, Err(StoreError::NotFound)));
    let (_, first) = alerts::find_or_make(&mut tx, alert_id(1), &later, json!({}), at(9)).await.unwrap();
    assert!(first, "another tenant's alert of the same key and id is another alert");
    assert_eq!(alerts::recent(&mut tx, None, 10).await.unwrap().len(), 1);
    assert_eq!(alerts::recent(&mut tx, Some(at(9)), 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_a_person_chose_outlives_every_ranking_until_somebody_says_not_this_one() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let (one, other) = (save_runbook(&mut tx, world.a, 1).await, save_runbook(&mut tx, world.a, 2).await);
    let id = make(&mut tx, 1, "k").await.id;
    let ranked = RankedRunbook { runbook: one, title: "Checkout".into(), points: 90, reasons: vec![] };
    let choice = AlertChoice { sureness: Sureness::Sure, ranked: vec![ranked] };
    alerts::set_choice(&mut tx, id, &choice, Some(one)).await.unwrap();
    assert_eq!(alerts::get(&mut tx, id).await.unwrap().runbook, Some(one));
    alerts::choose(&mut tx, id, other, &actor(world.a)).await.unwrap();
    alerts::set_choice(&mut tx, id, &choice, Some(one)).await.unwrap();
    let known = alerts::get(&mut tx, id).await.unwrap();
    assert_eq!((known.runbook, known.choice.as_ref()), (Some(other), Some(&choice)));
    let rejection =
        Rejection { runbook: Some(other), reason: "wrong cluster".into(), by: actor(world.a), at: at(3) };
    assert!(alerts::reject(&mut tx, id, &rejection).await.unwrap());
    assert!(!alerts::reject(&mut tx, id, &rejection).await.unwrap(), "said once");
    let known = alerts::get(&mut tx, id).await.unwrap();
    assert_eq!((known.runbook, known.chosen_by, known.rejections.len()), (None, None, 1));
}

#[tokio::test]
async fn a_storm_folds_into_the_alert_that_is_nearest() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let first = make(&mut tx, 1, "a").await.id;
    let (mut other, second) = (alert("b"), alert_id(2));
    other.service = Some("search".into());
    alerts::find_or_make(&mut tx, second, &other, json!({}), at(1)).await.unwrap();
    let late = make(&mut tx, 3, "c").await.id;
    assert_eq!(alerts::shown_since(&mut tx, at(-1)).await.unwrap(), 3);
    let near = alerts::leader_since(&mut tx, at(-1), late, None, Some("checkout")).await.unwrap();
    assert_eq!(near, Some(first), "of the same service");
    let near = alerts::leader_since(&mut tx, at(-1), late, None, Some("nobody")).await.unwrap();
    assert_eq!(near, Some(second), "else the newest");
    alerts::fold_into(&mut tx, late, first).await.unwrap();
    assert_eq!(alerts::get(&mut tx, first).await.unwrap().folded, 1);
    assert_eq!(alerts::get(&mut tx, late).await.unwrap().folded_into, Some(first));
    assert_eq!(alerts::shown_since(&mut tx, at(-1)).await.unwrap(), 2);
    assert!(alerts::fold_into(&mut tx, late, second).await.is_err(), "folded once");
}

#[tokio::test]
async fn a_delivery_is_kept_once_and_its_body_goes_when_it_was_taken_in() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let place = endpoint(1);
    webhook_endpoints::create(&mut tx, &place, &actor(world.a)).await.unwrap();
    let delivery = Delivery { endpoint: place.id, received_at: at(0), body: b"{}\0".to_vec() };
    let (sender, identity) = (AlertSender::Pagerduty, [7; 32]);
    assert!(alert_deliveries::keep(&mut tx, sender, &identity, &delivery).await.unwrap());
    assert!(!alert_deliveries::keep(&mut tx, sender, &identity, &delivery).await.unwrap());
    let open = alert_deliveries::open(&mut tx, sender, &identity).await.unwrap().unwrap();
    assert_eq!(open.body, b"{}\0");
    alert_deliveries::taken(&mut tx, sender, &identity, "1 alert", at(1)).await.unwrap();
    assert!(alert_deliveries::open(&mut tx, sender, &identity).await.unwrap().is_none());
    let month = Delivery { received_at: at(30 * 86_400), ..delivery };
    assert!(!alert_deliveries::keep(&mut tx, sender, &identity, &month).await.unwrap(), "a month later");
    let last = alert_deliveries::last_outcomes(&mut tx).await.unwrap();
    assert_eq!(last, [(place.id, at(0), Some("1 alert".to_owned()))]);
    let large = Delivery { body: vec![b' '; alert_deliveries::MOST_BYTES + 1], ..month };
    assert!(alert_deliveries::keep(&mut tx, sender, &[8; 32], &large).await.is_err());
}

#[tokio::test]
async fn an_address_finds_its_tenant_until_it_is_deleted_and_no_secret_is_empty() {
    let world = World::new().await;
    let place = endpoint(1);
    let hash: [u8; 32] = Sha256::digest(place.key).into();
    let mut tx = world.tx(world.a).await;
    webhook_endpoints::create(&mut tx, &place, &actor(world.a)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(webhook_endpoints::find(&world.store, &hash).await.unwrap(), (world.a, place.id));
    let raw = webhook_endpoints::find(&world.store, &place.key).await;
    assert!(matches!(raw, Err(StoreError::NotFound)));
    for length in [0, 28, 43] {
        let mut tx = world.tx(world.a).await;
        let refused =
            webhook_endpoints::add_secret(&mut tx, place.id, &secret(1, length), at(0), at(0)).await;
        assert!(matches!(refused, Err(StoreError::Database(_))), "{length} bytes");
    }
    let mut tx = world.tx(world.a).await;
    webhook_endpoints::delete(&mut tx, place.id, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(webhook_endpoints::find(&world.store, &hash).await.is_err());
}

#[tokio::test]
async fn while_a_secret_is_changed_both_are_good_and_then_only_the_new_one() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let place = endpoint(1);
    webhook_endpoints::create(&mut tx, &place, &actor(world.a)).await.unwrap();
    webhook_endpoints::add_secret(&mut tx, place.id, &secret(1, 60), at(0), at(0)).await.unwrap();
    webhook_endpoints::add_secret(&mut tx, place.id, &secret(2, 60), at(100), at(10)).await.unwrap();
    let good = |secrets: Vec<SealedSecret>| secrets.iter().map(|one| one.sealed[0]).collect::<Vec<_>>();
    assert_eq!(good(webhook_endpoints::secrets(&mut tx, place.id, at(99)).await.unwrap()), [2, 1]);
    assert_eq!(good(webhook_endpoints::secrets(&mut tx, place.id, at(100)).await.unwrap()), [2]);
    webhook_endpoints::add_secret(&mut tx, place.id, &secret(3, 60), at(20), at(20)).await.unwrap();
    let now = webhook_endpoints::secrets(&mut tx, place.id, at(20)).await.unwrap();
    assert_eq!(good(now), [3], "without an overlap the old ones end at once");
}

#[tokio::test]
async fn rules_are_written_against_the_version_that_was_read_and_come_with_the_runbook() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let id = save_runbook(&mut tx, world.a, 1).await;
    let rule = MatchRule { services: vec!["checkout-*".into()], ..MatchRule::default() };
    let rule = MatchRule { worst_to: Some(Severity::new(2)), ..rule };
    let new = Matching { version: 0, tags: vec!["checkout".into()], rules: vec![rule] };
    let before = matching::mark(&mut tx, None).await.unwrap();
    assert_eq!(matching::put(&mut tx, id, &new, &actor(world.a), at(0)).await.unwrap(), 1);
    assert_ne!(matching::mark(&mut tx, None).await.unwrap(), before);
    let stale = matching::put(&mut tx, id, &new, &actor(world.a), at(0)).await;
    assert!(matches!(stale, Err(StoreError::Stale { current: 1 })));
    let next = Matching { version: 1, ..new };
    assert_eq!(matching::put(&mut tx, id, &next, &actor(world.a), at(1)).await.unwrap(), 2);
    matching::put_vector(&mut tx, id, "small", &[1; 32], &[0.5, -1.0]).await.unwrap();
    let candidates = matching::candidates(&mut tx, Some("small")).await.unwrap();
    assert_eq!((candidates[0].runbook, &candidates[0].rules), (id, &next.rules));
    assert_eq!(candidates[0].vector, Some(([1; 32], vec![0.5, -1.0])));
    assert!(matching::candidates(&mut tx, Some("other")).await.unwrap()[0].vector.is_none());
    let absent = matching::put(&mut tx, runbook(9), &Matching::default(), &actor(world.a), at(0)).await;
    assert!(matches!(absent, Err(StoreError::Conflict { .. })));
}
