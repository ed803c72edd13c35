//! Deliveries on a real database: what comes of them, in any order and number.

use crate::house::{House, at, body, somebody};
use dd0c_alerts::MOST_SHOWN;
use dd0c_store::alert_deliveries;
use dd0c_store::alerts::{self, Rejection};
use dd0c_types::{AlertStatus, Sureness};

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
