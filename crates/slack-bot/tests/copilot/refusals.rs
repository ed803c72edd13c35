//! Who may not, who was too late, who typed the wrong name, and whom nobody knows.

use dd0c_types::EventType;
use dd0c_types::run::StepState;
use serde_json::json;

use crate::house::{CHANNEL, DANA, House, KIM, LEE, RILEY, SAFE_RED, Written, has_button, words_of};

/// A run that Riley leads, with its first question.
async fn asking(house: &House, written: &Written<'_>, words: &[&str]) -> serde_json::Value {
    let runbook = house.runbook(written).await;
    house.alert(&[runbook]).await;
    let offer = house.slack.message(&["Runbook matched"]).await;
    house.slack.press(RILEY, &offer, "run.start").await;
    house.slack.message(words).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_approve_the_second_is_told_who_was_first() {
    let mut house = House::new().await;
    let ask = asking(&house, &Written::of(&SAFE_RED[..1]), &["Caution · Step 1 of 1"]).await;
    house.deliver(&House::pressing(RILEY, &ask, "step.approve", "first")).await;
    let intent = house.order().await;
    // Kim's screen still showed the button.
    house.deliver(&House::pressing(KIM, &ask, "step.approve", "second")).await;
    house.slack.whispered(KIM, &["Riley Ross approved step 1", "before you", "changed nothing"]).await;
    house.begins(intent.attempt).await;
    house.ends(intent.attempt, 0).await;
    house.slack.message(&["Run finished"]).await;
    assert_eq!(house.orders_left(), 0, "one approval, one order");
    assert_eq!(house.audited(EventType::StepApproved).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_wrong_names_lock_for_a_minute_and_never_say_the_right_one() {
    let mut house = House::new().await;
    let red = asking(&house, &Written::of(&SAFE_RED[1..]), &["Dangerous · Step 1 of 1"]).await;
    house.slack.press(KIM, &red, "step.red.open").await;
    for miss in 1..=2 {
        house.slack.modal(KIM, &["Confirm red step 1 of 1"]).await;
        house.slack.act("submit", json!({"user": KIM, "values": {"name": "/srv/cash"}})).await;
        let attempt = format!("attempt {miss} of 3");
        let modal = house.slack.modal(KIM, &["/srv/cash", "Nothing has run", &attempt]).await;
        assert!(!modal["errors"].to_string().contains("/srv/cache"), "the right name is not told: {modal}");
    }
    house.slack.act("submit", json!({"user": KIM, "values": {"name": "/srv"}})).await;
    house.slack.modal(KIM, &["Three names were wrong"]).await;
    house.slack.act("close", json!({"user": KIM, "all": true})).await;
    assert_eq!(house.audited(EventType::StepConfirmationLocked).await, 1);

    // Even the right name is not taken now.
    house.slack.press(KIM, &red, "step.red.open").await;
    house.slack.modal(KIM, &["You cannot confirm this step for"]).await;
    house.slack.act("close", json!({"user": KIM, "all": true})).await;
    assert_eq!(house.orders_left(), 0);

    house.later(61);
    house.slack.press(KIM, &red, "step.red.open").await;
    house.slack.modal(KIM, &["Type the name"]).await;
    house.slack.act("submit", json!({"user": KIM, "values": {"name": "/srv/cache"}})).await;
    house.carry_out("rm -rf /srv/cache", 0).await;
    house.slack.message(&["Run finished", "Kim Novak"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_whom_nobody_linked_can_do_nothing_and_is_told_how() {
    let mut house = House::new().await;
    let ask = asking(&house, &Written::of(&SAFE_RED[..1]), &["Caution · Step 1 of 1"]).await;
    house.slack.press(LEE, &ask, "step.approve").await;
    let told = house.slack.whispered(LEE, &["We do not know who you are", "/slack/link#token="]).await;
    assert!(!told.to_string().contains("kim@"), "nobody's address is told");
    house.slack.act("command", json!({"user": LEE, "channel": CHANNEL, "text": "/dd0c panic"})).await;
    assert_eq!(house.orders_left(), 0);
    assert_eq!(house.audited(EventType::StepApproved).await, 0);
    assert_eq!(house.audited(EventType::PanicSet).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_decides_and_whoever_may_not_can_ask_those_who_may() {
    let mut house = House::new().await;
    let red = asking(&house, &Written::of(&SAFE_RED[1..]), &["Dangerous · Step 1 of 1"]).await;
    house.slack.press(DANA, &red, "step.red.open").await;
    house.slack.modal(DANA, &["You cannot approve"]).await;
    let told =
        house.slack.whispered(DANA, &["You cannot approve this step", "Responder", "Nothing has run"]).await;
    assert!(has_button(&told, "approval.nudge"));
    assert_eq!(house.orders_left(), 0);
    let click = json!({"user": DANA, "channel": CHANNEL, "ts": told["ts"], "action_id": "approval.nudge"});
    house.slack.act("click", click).await;
    house.slack.message(&["<@U0KIM>", "Dana Cole", "asks you to look"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_was_made_up_or_belongs_to_another_command_runs_nothing() {
    let mut house = House::new().await;
    let ask = asking(&house, &Written::of(&SAFE_RED[..1]), &["Caution · Step 1 of 1"]).await;
    let mut forged = House::pressing(RILEY, &ask, "step.approve", "forged");
    forged["actions"][0]["value"] = json!("v1.AAAA.BBBB");
    house.deliver(&forged).await;
    // What asked for the old command does not let the new one run.
    house.slack.press(RILEY, &ask, "step.edit.open").await;
    house.slack.modal(RILEY, &["systemctl restart nginx"]).await;
    house.slack.act("submit", json!({"user": RILEY, "values": {"cmd": "systemctl restart apache2"}})).await;
    // A new question is a new message; the old one may tell of the edit before it is there.
    let another = |messages: &serde_json::Value| {
        let fits = |one: &&serde_json::Value| {
            one["ts"] != ask["ts"] && words_of(one).contains("systemctl restart apache2")
        };
        messages.as_array()?.iter().rev().find(fits).cloned()
    };
    let anew = house.slack.until(&format!("messages?channel={}", CHANNEL), another).await;
    house.deliver(&House::pressing(KIM, &ask, "step.approve", "stale")).await;
    house.slack.whispered(KIM, &["changed nothing"]).await;
    let runs = house.runs().await;
    assert_eq!(runs[0].steps[0].state, StepState::AwaitApproval);
    assert_eq!(house.orders_left(), 0);
    house.slack.press(KIM, &anew, "step.approve").await;
    house.carry_out("systemctl restart apache2", 0).await;
}
