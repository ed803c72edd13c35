//! An incident in Slack, from the alert to the summary: nothing is faked between a press and the agent but the agent.

use crate::house::{CHANNEL, DANA, House, KIM, RILEY, SAFE_RED, Written, has_button, words_of};
use dd0c_types::EventType;
use dd0c_types::run::ExecutionState;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_offered_started_approved_confirmed_and_summed_up() {
    let mut house = House::new().await;
    let runbook = house.runbook(&Written::of(&SAFE_RED)).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched", "Checkout 5xx", "checkout-api"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;

    // The parent is edited in place; the question is a new message in its thread that mentions the lead.
    let parent = house.slack.message(&["Waiting for a person", "Step 1 of 2"]).await;
    assert_eq!(parent["ts"], offer["ts"]);
    let ask = house.slack.message(&["Caution · Step 1 of 2", "systemctl restart nginx", "<@U0RILEY>"]).await;
    assert_eq!(ask["thread_ts"], offer["ts"]);
    house.slack.press(RILEY, &ask, "step.approve").await;
    house.carry_out("systemctl restart nginx", 0).await;
    let done = house.slack.message(&["Done", "exit 0", "Riley Ross", "hello", "in Slack"]).await;
    assert_eq!(done["ts"], ask["ts"], "one message for a step");
    assert!(!has_button(&done, "step.approve"));

    // Whoever started the run may not confirm its red steps; a Lead may, by typing the name.
    let red = house.slack.message(&["Dangerous · Step 2 of 2", "rm -rf /srv/cache"]).await;
    house.slack.press(KIM, &red, "step.red.open").await;
    house.slack.modal(KIM, &["/srv/cache", "<@U0KIM>"]).await;
    house.slack.act("submit", json!({"user": KIM, "values": {"name": "/srv/cache"}})).await;
    house.carry_out("rm -rf /srv/cache", 0).await;
    let summary = house.slack.message(&["Run finished", "Kim Novak", "still open"]).await;
    assert_eq!(summary["thread_ts"], offer["ts"]);
    let runs = house.runs().await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].state, ExecutionState::Completed);
    assert_eq!(house.audited(EventType::StepApproved).await, 2);
    let log = house.slack.look("log").await;
    assert_eq!(log["counters"]["rate_limit_breaches"], json!({}));
    assert_eq!(log["counters"]["not_acknowledged"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_summary_compares_with_the_runs_before_it_and_is_not_changed_by_those_after() {
    let mut house = House::new().await;
    let runbook = house.runbook(&Written::of(&["systemctl restart nginx"])).await;
    let (mut summaries, mut alerts) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        alerts.push(house.alert(&[runbook]).await);
        let offer = house.slack.message(&["Runbook matched", "Start"]).await;
        house.slack.press(RILEY, &offer, "run.start").await;
        let ask = house.slack.message(&["Step 1 of 1", "systemctl restart nginx", "<@U0RILEY>"]).await;
        house.slack.press(RILEY, &ask, "step.approve").await;
        house.later(90);
        house.carry_out("systemctl restart nginx", 0).await;
        let words = if summaries.is_empty() { "Run finished" } else { "median 1 min 30 s" };
        summaries.push(house.slack.message(&[words, "Time to resolve"]).await);
        house.later(5);
    }
    assert!(!words_of(&summaries[0]).contains("median"));
    for alert in alerts {
        house.changed(alert).await;
    }
    // What is told after them is seen after them.
    house.alert(&[]).await;
    house.slack.message(&["No runbook fits"]).await;
    let log = house.slack.look("log").await;
    let events = log["messages"].as_array().unwrap();
    let changed = |summary: &&Value| {
        events.iter().any(|event| event["what"] == "updated" && event["ts"] == summary["ts"])
    };
    assert_eq!(summaries.iter().filter(changed).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_step_offers_its_rollback_and_nothing_else_runs_until_somebody_chooses() {
    let mut house = House::new().await;
    let commands = ["systemctl stop nginx", "systemctl restart nginx"];
    let written = Written { rollback: Some("systemctl start nginx"), ..Written::of(&commands) };
    let runbook = house.runbook(&written).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;
    let ask = house.slack.message(&["Step 1 of 2", "systemctl stop nginx"]).await;
    house.slack.press(RILEY, &ask, "step.approve").await;
    house.carry_out("systemctl stop nginx", 5).await;
    let failed =
        house.slack.message(&["Step 1 of 2 failed", "exit 5", "systemctl start nginx", "<@U0RILEY>"]).await;
    assert_ne!(failed["ts"], ask["ts"], "what asks for a choice is a new message");
    assert_eq!(house.orders_left(), 0);
    house.slack.press(RILEY, &failed, "step.rollback.approve").await;
    house.carry_out("systemctl start nginx", 0).await;
    house.slack.message(&["Rollback of step 1", "Done", "exit 0"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_come_from_the_alert_and_the_start_waits_for_the_ticks() {
    let house = House::new().await;
    let commands = ["systemctl restart <service>"];
    let written =
        Written { variables: &["service"], prerequisites: &["I am on the VPN"], ..Written::of(&commands) };
    let runbook = house.runbook(&written).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;
    let modal = house.slack.modal(RILEY, &["From the alert", "checkout-api", "I am on the VPN"]).await;
    assert!(!modal.to_string().contains("systemctl"), "the modal asks for values and shows no command");
    house.slack.act("submit", json!({"user": RILEY, "values": {"var_0": "checkout-api"}})).await;
    house.slack.modal(RILEY, &["Please complete this required field."]).await;
    assert!(house.runs().await.is_empty());
    let values = json!({"var_0": "checkout-api", "pre": ["0"]});
    house.slack.act("submit", json!({"user": RILEY, "values": values})).await;
    house.slack.no_modal(RILEY).await;
    house.slack.message(&["Step 1 of 1", "systemctl restart checkout-api"]).await;
    assert_eq!(house.runs().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_raises_the_risk_asks_anew_and_panic_takes_every_question_back() {
    let mut house = House::new().await;
    let runbook = house.runbook(&Written::of(&SAFE_RED[..1])).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;
    let ask = house.slack.message(&["Caution · Step 1 of 1"]).await;
    house.slack.press(RILEY, &ask, "step.edit.open").await;
    house.slack.modal(RILEY, &["systemctl restart nginx", "Check again"]).await;
    house.slack.act("submit", json!({"user": RILEY, "values": {"cmd": "rm -rf /srv/cache"}})).await;
    let anew = house.slack.message(&["edited", "🔴 *Dangerous*", "+ rm -rf /srv/cache"]).await;
    assert!(has_button(&anew, "step.red.open") && !has_button(&anew, "step.approve"));
    let old = house.slack.message(&["Replaced by an edit"]).await;
    assert_eq!(old["ts"], ask["ts"]);
    house
        .slack
        .act("command", json!({"user": DANA, "channel": CHANNEL, "text": "/dd0c panic wrong cluster"}))
        .await;
    house.slack.whispered(DANA, &["Everything is halted"]).await;
    house.slack.message(&["Panic mode is on", "Dana Cole", "wrong cluster"]).await;
    let revoked = |messages: &serde_json::Value| {
        let now = messages.as_array()?.iter().find(|one| one["ts"] == anew["ts"])?;
        (!has_button(now, "step.red.open")).then_some(())
    };
    house.slack.until(&format!("messages?channel={CHANNEL}"), revoked).await;
    assert_eq!(house.audited(EventType::PanicSet).await, 1);
    assert_eq!(house.orders_left(), 0);
}
