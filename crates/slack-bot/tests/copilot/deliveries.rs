//! Slack delivers late, twice and out of order; each thing happens once.

use std::collections::BTreeSet;

use dd0c_slack_sim::Config;
use dd0c_types::EventType;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::house::{CHANNEL, House, KIM, RILEY, SAFE_RED, Written, has_button};

const ALERTS: usize = 10;

/// Every message with this button, once there are so many.
async fn with_button(house: &House, action: &str, number: usize) -> Vec<Value> {
    let what = format!("messages?channel={CHANNEL}");
    house
        .slack
        .until(&what, |messages| {
            let found: Vec<Value> =
                messages.as_array()?.iter().filter(|one| has_button(one, action)).cloned().collect();
            (found.len() == number).then_some(found)
        })
        .await
}

/// Each press of each of two people at each message, delivered 50 times, in an order that is the same each time the test
/// runs and has nothing to do with the order of the presses.
fn shuffled(messages: &[Value], action: &str) -> Vec<Value> {
    let mut deliveries = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        for who in [RILEY, KIM] {
            let press = House::pressing(who, message, action, &format!("{action} {at} {who}"));
            deliveries.extend(std::iter::repeat_n(press, 50));
        }
    }
    let mut order: Vec<usize> = (0..deliveries.len()).collect();
    order.sort_by_key(|at| Sha256::digest(at.to_le_bytes()));
    order.into_iter().map(|at| deliveries[at].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_deliveries_of_twenty_presses_start_ten_runs_and_approve_ten_steps() {
    let mut house = House::new().await;
    let runbook = house.runbook(&Written::of(&SAFE_RED[..1])).await;
    for _ in 0..ALERTS {
        house.alert(&[runbook]).await;
    }
    let offers = with_button(&house, "run.start", ALERTS).await;
    let presses = shuffled(&offers, "run.start");
    assert_eq!(presses.len(), 1_000);
    for press in &presses {
        house.deliver(press).await;
    }
    let asks = with_button(&house, "step.approve", ALERTS).await;
    assert_eq!(house.runs().await.len(), ALERTS);
    for press in shuffled(&asks, "step.approve") {
        house.deliver(&press).await;
    }
    let mut attempts = BTreeSet::new();
    for _ in 0..ALERTS {
        let intent = house.order().await;
        assert!(attempts.insert(intent.attempt), "no order is sent twice");
        house.begins(intent.attempt).await;
        house.ends(intent.attempt, 0).await;
    }
    let finished = |messages: &Value| {
        let finished = messages.as_array()?.iter().filter(|one| one.to_string().contains("Run finished"));
        (finished.count() == ALERTS).then_some(())
    };
    house.slack.until(&format!("messages?channel={CHANNEL}"), finished).await;
    assert_eq!(house.runs().await.len(), ALERTS, "the same number of starts");
    assert_eq!(house.audited(EventType::ExecutionStarted).await, ALERTS);
    assert_eq!(house.audited(EventType::StepApproved).await, ALERTS);
    assert_eq!(house.orders_left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_runs_side_by_side_never_call_slack_too_often() {
    // Slack's own limits.
    let mut house = House::with(Config::default(), dd0c_approval::Policy::default()).await;
    let runbook = house.runbook(&Written::of(&SAFE_RED[..1])).await;
    for _ in 0..ALERTS {
        house.alert(&[runbook]).await;
    }
    let offers = with_button(&house, "run.start", ALERTS).await;
    for offer in &offers {
        house.slack.press(RILEY, offer, "run.start").await;
    }
    let asks = with_button(&house, "step.approve", ALERTS).await;
    let mut attempts = Vec::new();
    for ask in &asks {
        house.slack.press(KIM, ask, "step.approve").await;
        let attempt = house.order().await.attempt;
        house.begins(attempt).await;
        attempts.push(attempt);
    }
    for line in 1..=100 {
        for attempt in &attempts {
            house.writes(*attempt, line, &format!("line {line}\n")).await;
        }
    }
    for attempt in &attempts {
        house.ends(*attempt, 0).await;
    }
    let ended = |messages: &Value| {
        let messages = messages.as_array()?.iter();
        let done =
            messages.filter(|one| one.to_string().contains("exit 0") && !has_button(one, "step.approve"));
        (done.count() == ALERTS).then_some(())
    };
    house.slack.until(&format!("messages?channel={CHANNEL}"), ended).await;
    let log = house.slack.look("log").await;
    assert_eq!(log["counters"]["rate_limit_breaches"], serde_json::json!({}));
}
