//! An incident in Slack, from the alert to the summary: nothing is faked between a press and the agent but the agent.

mod house;

use dd0c_types::EventType;
use dd0c_types::run::ExecutionState;
use house::{House, KIM, RILEY, SAFE_RED, Written, has_button};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_offered_started_approved_confirmed_and_summed_up() {
    let mut house = House::new().await;
    let runbook = house.runbook(&Written::of(&SAFE_RED)).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched", "Checkout 5xx", "checkout-api"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;

    // The parent is edited in place; the question is a new message in its thread that mentions the lead.
    let parent = house.slack.message(&["Copilot", "Step 1 of 2"]).await;
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
    house.slack.modal(KIM, &["/srv/cache", "Kim Novak"]).await;
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
