//! Deliveries on a real database: what comes of them, in any order and number.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use dd0c_alerts::{Deliveries, MOST_SHOWN};
use dd0c_matcher::identity;
use dd0c_queue::{Consumer, Trace, publish, topic};
use dd0c_store::alert_deliveries::{self, Delivery};
use dd0c_store::alerts::{self, Record, Rejection};
use dd0c_store::matching::{self, Matching};
use dd0c_store::queue_messages;
use dd0c_store::runbooks::{self, NewVersion};
use dd0c_store::webhook_endpoints::{self, Endpoint};
use dd0c_store::{Store, audit, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::{
    Actor, AlertSender, AlertSourceId, AlertStatus, Clock, FixedClock, MatchRule, ParsedRunbook, RunbookId,
    Sureness, TenantId, Timestamp,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct House {
    store: Store,
    clock: Arc<FixedClock>,
    tenant: TenantId,
    endpoint: AlertSourceId,
    consumer: Consumer,
    deliveries: Deliveries,
    _database: TestDatabase,
}

fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn somebody() -> Actor {
    Actor::system("test")
}

impl House {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 4).await.unwrap();
        let clock = Arc::new(FixedClock::at(at(0)));
        let tenant = TenantId::from_uuid(Uuid::new_v4());
        let mut tx = store.tenant(tenant).await.unwrap();
        tenants::create(&mut tx, "Acme", "acme").await.unwrap();
        let endpoint = AlertSourceId::from_uuid(Uuid::new_v4());
        let place = Endpoint {
            id: endpoint,
            sender: AlertSender::Dd0cAlert,
            name: "scripts".into(),
            key: [7; 32],
            created_at: at(0),
            last_delivery_at: None,
        };
        webhook_endpoints::create(&mut tx, &place, &somebody()).await.unwrap();
        tx.commit().await.unwrap();
        let (consumer, deliveries) = dd0c_alerts::consumer(store.clone(), clock.clone());
        Self { store, clock, tenant, endpoint, consumer, deliveries, _database: database }
    }

    /// A runbook with this title that is for alerts of this service.
    async fn runbook(&self, title: &str, service: &str) -> RunbookId {
        let parsed: ParsedRunbook = serde_json::from_value(json!({"schema": "dd0c.runbook/v1", "title": title,
            "source": {"sha256": "00", "bytes": 1, "format": "markdown"}, "extracted_by": "structure",
            "has_actionable_steps": false, "prerequisites": [], "variables": [], "steps": [], "ambiguities": [],
            "warnings": [], "timings_ms": {}}))
        .unwrap();
        let id = RunbookId::from_uuid(Uuid::new_v4());
        let by = somebody();
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        runbooks::create(&mut tx, id, &NewVersion { title, text: "x", parsed: &parsed, by: &by })
            .await
            .unwrap();
        let rule = MatchRule { services: vec![service.to_owned()], ..MatchRule::default() };
        let new = Matching { rules: vec![rule], ..Matching::default() };
        matching::put(&mut tx, id, &new, &by, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A delivery comes in, `seconds` after the start; false when it came before.
    async fn deliver(&self, body: &str, seconds: i64) -> bool {
        let sender = AlertSender::Dd0cAlert;
        let identity = identity(sender, body.as_bytes());
        let delivery =
            Delivery { endpoint: self.endpoint, received_at: at(seconds), body: body.as_bytes().to_vec() };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let new = alert_deliveries::keep(&mut tx, sender, &identity, &delivery).await.unwrap();
        if new {
            let identity = hex::encode(identity);
            let fields = json!({"sender": sender, "identity": identity});
            let trace = Trace::begin(1, 1);
            publish(&mut tx, topic::ALERT_DELIVERED, &identity, fields, &trace, at(seconds)).await.unwrap();
        }
        tx.commit().await.unwrap();
        new
    }

    /// Takes in everything that is due `seconds` after the start.
    async fn work(&self, seconds: i64) {
        self.clock.advance(at(seconds) - self.clock.now());
        let stop = CancellationToken::new();
        while self.consumer.drain(&self.deliveries, &stop).await.unwrap() > 0 {}
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let dead = queue_messages::dead(&mut tx, topic::ALERT_DELIVERED, 10).await.unwrap();
        assert_eq!(dead, [], "nothing is given up");
    }

    async fn alerts(&self) -> Vec<Record> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        alerts::recent(&mut tx, None, 1_000).await.unwrap()
    }

    /// Messages for whoever shows alerts, due by `seconds`: the alert and why.
    async fn told(&self, seconds: i64) -> Vec<(String, String)> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let all =
            queue_messages::receive(&mut tx, topic::ALERT_CHANGED, 1_000, at(seconds), TimeDelta::zero())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        let text = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
        all.iter().map(|one| (text(&one.body, "alert_id"), text(&one.body, "why"))).collect()
    }

    /// The kinds of the audit events, oldest first.
    async fn audited(&self) -> Vec<String> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let all = audit::page(&mut tx, 0, 1_000, &audit::AuditFilter::default()).await.unwrap();
        assert!(audit::verify(&mut tx).await.unwrap().ok);
        all.into_iter().map(|event| event.event_type.as_str().to_owned()).collect()
    }
}

fn body(key: &str, status: &str, seconds: i64) -> String {
    json!({"key": key, "title": "Errors above 5%", "service": "checkout-api", "severity": 1, "status": status,
        "at": at(seconds).to_rfc3339()})
    .to_string()
}

#[tokio::test]
async fn a_delivery_becomes_an_alert_with_its_runbook_and_whoever_shows_alerts_hears_of_it() {
    let house = House::new().await;
    let runbook = house.runbook("Checkout: drain bad pods", "checkout-*").await;
    house.deliver(&body("k", "firing", 0), 0).await;
    house.work(0).await;
    let [alert] = &house.alerts().await[..] else { panic!("one alert") };
    assert_eq!((alert.alert.status, alert.deliveries), (AlertStatus::Firing, 1));
    assert_eq!(alert.runbook, Some(runbook));
    assert_eq!(alert.choice.as_ref().unwrap().sureness, Sureness::Sure);
    assert_eq!(house.told(0).await, [(alert.id.to_string(), "new".to_owned())]);
    assert_eq!(house.audited().await, ["alert.received", "alert.matched"]);
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let last = alert_deliveries::last_outcomes(&mut tx).await.unwrap();
    assert_eq!(last, [(house.endpoint, at(0), Some("1 alert".to_owned()))]);
}

/// The numbers below `count`, in an order that `seed` decides.
fn shuffled(count: usize, mut seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        all.swap(at, usize::try_from(seed >> 33).unwrap() % (at + 1));
    }
    all
}

#[tokio::test]
async fn a_thousand_repeated_and_shuffled_deliveries_make_one_alert_in_one_state() {
    const DISTINCT: usize = 40;
    let bodies: Vec<String> = (0..DISTINCT)
        .map(|number| {
            let status = ["firing", "acknowledged", "firing", "resolved"][number % 4];
            body("k", status, i64::try_from(number).unwrap())
        })
        .collect();
    let mut ends = Vec::new();
    for seed in [1, 2] {
        let house = House::new().await;
        let runbook = house.runbook("Checkout: drain bad pods", "checkout-*").await;
        let mut kept = 0;
        for (turn, number) in shuffled(1_000, seed).into_iter().enumerate() {
            kept += usize::from(house.deliver(&bodies[number % DISTINCT], 60).await);
            // The worker looks now and then, not after each.
            if turn % 97 == 0 {
                house.work(60).await;
            }
        }
        house.work(60).await;
        assert_eq!(kept, DISTINCT, "each was kept once");
        let [alert] = &house.alerts().await[..] else { panic!("one alert") };
        assert_eq!((alert.deliveries as usize, alert.runbook), (DISTINCT, Some(runbook)));
        let told = house.told(60).await.into_iter().filter(|(_, why)| why == "new").count();
        assert_eq!(told, 1, "whoever shows alerts hears once that it is new");
        ends.push((alert.alert.clone(), alert.stamps.clone()));
    }
    assert_eq!(ends[0], ends[1], "whatever the order");
    assert_eq!(ends[0].0.status, AlertStatus::Resolved, "the last one in the sender's time");
}

#[tokio::test]
async fn what_changes_an_alert_within_seconds_is_told_once_at_their_end() {
    let house = House::new().await;
    house.deliver(&body("k", "firing", 0), 0).await;
    house.work(0).await;
    for second in 1..4 {
        house.deliver(&body("k", "acknowledged", second), second).await;
        house.work(second).await;
    }
    house.deliver(&body("k", "resolved", 4), 4).await;
    house.work(4).await;
    let [alert] = &house.alerts().await[..] else { panic!("one alert") };
    assert_eq!((alert.alert.status, alert.deliveries), (AlertStatus::Resolved, 5));
    assert_eq!(house.told(4).await.len(), 1, "the new one");
    let told: Vec<_> = house.told(6).await.into_iter().map(|(_, why)| why).collect();
    assert_eq!(told, ["new", "changed"]);
    let received = house.audited().await.into_iter().filter(|kind| kind == "alert.received").count();
    assert_eq!(received, 3, "each state once");
}

#[tokio::test]
async fn a_storm_is_one_handful_of_messages_and_every_alert_of_it_is_kept() {
    let house = House::new().await;
    for number in 0..60 {
        house.deliver(&body(&format!("k{number}"), "firing", 0), number / 10).await;
    }
    house.work(6).await;
    let all = house.alerts().await;
    assert_eq!(all.len(), 60);
    let shown: Vec<_> = all.iter().filter(|alert| alert.folded_into.is_none()).collect();
    assert_eq!(shown.len(), MOST_SHOWN as usize);
    let folded: u32 = shown.iter().map(|alert| alert.folded).sum();
    assert_eq!(folded, 60 - MOST_SHOWN);
    let told = house.told(60).await;
    assert!(told.len() <= 2 * MOST_SHOWN as usize, "{} messages", told.len());
    house.deliver(&body("later", "firing", 70), 70).await;
    house.work(70).await;
    let all = house.alerts().await;
    let later = all.iter().find(|alert| alert.alert.key == "later").unwrap();
    assert_eq!(later.folded_into, None, "the storm is over");
}

#[tokio::test]
async fn what_fires_again_long_after_it_was_over_is_another_alert_and_soon_after_the_same() {
    let house = House::new().await;
    for (status, second) in [("firing", 0), ("resolved", 60), ("firing", 600), ("resolved", 660)] {
        house.deliver(&body("k", status, second), second).await;
        house.work(second).await;
    }
    let [first] = &house.alerts().await[..] else { panic!("one alert") };
    house.deliver(&body("k", "firing", 660 + 3_601), 660 + 3_601).await;
    house.work(660 + 3_601).await;
    let [second, before] = &house.alerts().await[..] else { panic!("two alerts") };
    assert_eq!((before.id, before.alert.status), (first.id, AlertStatus::Resolved));
    assert_eq!((second.alert.status, second.deliveries), (AlertStatus::Firing, 1));
    let told = house.told(5_000).await;
    assert!(told.contains(&(second.id.to_string(), "new".to_owned())));
}

#[tokio::test]
async fn a_runbook_that_people_ruled_out_is_not_chosen_by_the_next_delivery() {
    let house = House::new().await;
    let runbook = house.runbook("Checkout: drain bad pods", "checkout-*").await;
    house.deliver(&body("k", "firing", 0), 0).await;
    house.work(0).await;
    let id = house.alerts().await[0].id;
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let no = Rejection { runbook: Some(runbook), reason: String::new(), by: somebody(), at: at(1) };
    alerts::reject(&mut tx, id, &no).await.unwrap();
    tx.commit().await.unwrap();
    house.deliver(&body("k", "acknowledged", 5), 5).await;
    house.work(5).await;
    let alert = &house.alerts().await[0];
    assert_eq!(alert.runbook, None);
    assert!(alert.choice.as_ref().unwrap().ranked.iter().all(|one| one.runbook != runbook));
}

#[tokio::test]
async fn a_rule_written_later_holds_for_the_next_delivery() {
    let house = House::new().await;
    house.deliver(&body("k", "firing", 0), 0).await;
    house.work(0).await;
    assert_eq!(house.alerts().await[0].runbook, None);
    let runbook = house.runbook("Checkout", "checkout-*").await;
    house.deliver(&body("k", "firing", 30), 30).await;
    house.work(30).await;
    assert_eq!(house.alerts().await[0].runbook, Some(runbook));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_where_it_came_in_and_makes_no_alert() {
    let house = House::new().await;
    house.deliver("not json", 0).await;
    house.deliver(r#"{"title":"no key"}"#, 1).await;
    house.work(1).await;
    assert_eq!(house.alerts().await, []);
    let mut tx = house.store.tenant(house.tenant).await.unwrap();
    let last = alert_deliveries::last_outcomes(&mut tx).await.unwrap();
    assert!(last[0].2.as_ref().unwrap().contains("`key` is missing"), "{last:?}");
}

#[tokio::test]
async fn a_replay_a_month_later_changes_nothing() {
    let house = House::new().await;
    let (firing, resolved) = (body("k", "firing", 0), body("k", "resolved", 60));
    assert!(house.deliver(&firing, 0).await);
    assert!(house.deliver(&resolved, 60).await);
    house.work(60).await;
    let before = house.alerts().await;
    let month = 31 * 86_400;
    assert!(!house.deliver(&firing, month).await);
    assert!(!house.deliver(&resolved, month).await);
    house.work(month).await;
    assert_eq!(house.alerts().await, before);
}
