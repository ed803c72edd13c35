//! Socket Mode: the handshake, envelopes, acknowledgements, retries, reconnects; and what buttons, modals, commands and
//! response URLs do with them.

use std::time::Duration;

use crate::support::{Slack, client};
use dd0c_slack_sim::{Config, Deadlines, RateLimits};
use serde_json::{Value, json};

async fn slack() -> Slack {
    Slack::start(Config { rate_limits: RateLimits::generous(), ..Config::default() }).await
}

/// Deadlines that pass soon.
async fn impatient() -> Slack {
    let deadlines = Deadlines {
        acknowledge: Duration::from_millis(150),
        trigger: Duration::from_millis(150),
        event_retries: vec![Duration::ZERO; 3],
        response_url_uses: 2,
        ..Deadlines::default()
    };
    Slack::start(Config { rate_limits: RateLimits::generous(), deadlines, ..Config::default() }).await
}

fn modal(title: &str) -> Value {
    json!({"type": "modal", "callback_id": "confirm", "notify_on_close": true,
        "title": {"type": "plain_text", "text": title}, "submit": {"type": "plain_text", "text": "Run it"},
        "blocks": [{"type": "input", "block_id": "name", "label": {"type": "plain_text", "text": "Type the name"},
            "element": {"type": "plain_text_input", "action_id": "v", "max_length": 20}}]})
}

fn press(user: &str, ts: &str) -> Value {
    json!({"user": user, "channel": "C0INCIDENT", "ts": ts, "action_id": "step.approve"})
}

#[tokio::test]
async fn a_url_connects_once_and_says_hello() {
    let slack = slack().await;
    let (_, answer) = slack.call("apps.connections.open", &slack.credentials.app_token, json!({})).await;
    let url = answer["url"].as_str().unwrap();
    let (_first, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert!(tokio_tungstenite::connect_async(url).await.is_err(), "a ticket works once");
    let (_second, hello) = slack.connect().await;
    assert_eq!((&hello["type"], &hello["num_connections"]), (&json!("hello"), &json!(2)));
}

#[tokio::test]
async fn a_click_reaches_one_of_the_connections_and_its_acknowledgement_is_measured() {
    let slack = slack().await;
    let (mut one, _) = slack.connect().await;
    let (mut two, _) = slack.connect().await;
    let ts = slack.button("step.approve").await;
    let app = async {
        let envelope = tokio::select! {
            envelope = one.next() => { let envelope = envelope.unwrap(); one.acknowledge(&envelope, Value::Null).await; envelope }
            envelope = two.next() => { let envelope = envelope.unwrap(); two.acknowledge(&envelope, json!({})).await; envelope }
        };
        envelope
    };
    let (done, envelope) = tokio::join!(slack.act("click", press("U0RILEY", &ts)), app);
    assert_eq!(envelope["type"], "interactive");
    let payload = &envelope["payload"];
    assert_eq!((&payload["type"], &payload["user"]["id"]), (&json!("block_actions"), &json!("U0RILEY")));
    assert_eq!((&payload["actions"][0]["value"], &payload["message"]["ts"]), (&json!("v1"), &json!(ts)));
    assert!(done["acknowledged_ms"].is_number(), "{done}");
    assert_eq!(slack.look("log").await["counters"]["acknowledged"], 1);
}

#[tokio::test]
async fn an_event_that_is_not_acknowledged_comes_again_with_its_reason() {
    let slack = impatient().await;
    let (mut app, _) = slack.connect().await;
    slack.act("post", json!({"user": "U0RILEY", "channel": "C0INCIDENT", "text": "@dd0c status"})).await;
    let first = app.next().await.unwrap();
    assert_eq!((&first["type"], &first["retry_attempt"]), (&json!("events_api"), &json!(0)));
    assert_eq!(first["payload"]["event"]["type"], "app_mention");
    let second = app.next().await.unwrap();
    assert_eq!((&second["retry_attempt"], &second["retry_reason"]), (&json!(1), &json!("timeout")));
    assert_eq!(second["payload"]["event_id"], first["payload"]["event_id"]);
    app.acknowledge(&second, Value::Null).await;
    app.acknowledge(&first, Value::Null).await;
    let log =
        slack.until("log", |log| (log["counters"]["late_acknowledgements"] == 1).then(|| log.clone())).await;
    assert_eq!(log["counters"]["acknowledged"], 1);
}

#[tokio::test]
async fn a_click_that_nobody_acknowledges_is_not_repeated_and_the_person_is_told() {
    let slack = impatient().await;
    let (mut app, _) = slack.connect().await;
    let ts = slack.button("step.approve").await;
    let done = slack.act("click", press("U0RILEY", &ts)).await;
    assert_eq!((&done["acknowledged_ms"], &done["reason"]), (&Value::Null, &json!("timeout")));
    let command = slack
        .act("command", json!({"user": "U0RILEY", "channel": "C0INCIDENT", "text": "/dd0c status"}))
        .await;
    assert!(command["shown"].as_str().unwrap().contains("did not respond"));
    assert_eq!(app.next().await.unwrap()["type"], "interactive");
    assert_eq!(app.next().await.unwrap()["type"], "slash_commands", "the click did not come twice");
}

#[tokio::test]
async fn a_modal_opens_by_its_trigger_once_shows_errors_under_fields_and_closes() {
    let slack = slack().await;
    let (mut app, _) = slack.connect().await;
    let ts = slack.button("step.approve").await;
    let opened = async {
        let envelope = app.next().await.unwrap();
        app.acknowledge(&envelope, Value::Null).await;
        let open = json!({"trigger_id": envelope["payload"]["trigger_id"], "view": modal("Confirm")});
        let view = slack.api("views.open", open.clone()).await["view"].clone();
        assert_eq!(slack.api("views.open", open).await["error"], "exchanged_trigger_id");
        view
    };
    let (_, view) = tokio::join!(slack.act("click", press("U0RILEY", &ts)), opened);
    let id = view["id"].as_str().unwrap();
    let stale = json!({"view_id": id, "hash": "0.0", "view": modal("New")});
    assert_eq!(slack.api("views.update", stale).await["error"], "hash_conflict");
    let empty = slack.act("submit", json!({"user": "U0RILEY"})).await;
    assert!(empty["errors"]["name"].is_string(), "an empty field does not reach the app: {empty}");
    let submit = json!({"user": "U0RILEY", "values": {"name": "checkout-cache-1"}});
    let refuse = async {
        let envelope = app.next().await.unwrap();
        let typed = &envelope["payload"]["view"]["state"]["values"]["name"]["v"]["value"];
        assert_eq!(typed, "checkout-cache-1");
        let errors =
            json!({"response_action": "errors", "errors": {"name": "Another volume. Nothing has run."}});
        app.acknowledge(&envelope, errors).await;
    };
    let (refused, ()) = tokio::join!(slack.act("submit", submit.clone()), refuse);
    assert_eq!(refused["errors"]["name"], "Another volume. Nothing has run.");
    let accept = async {
        let envelope = app.next().await.unwrap();
        app.acknowledge(&envelope, Value::Null).await;
    };
    tokio::join!(slack.act("submit", submit), accept);
    assert_eq!(slack.look("workspace?user=U0RILEY").await["modal"], Value::Null);
}

#[tokio::test]
async fn a_trigger_is_worth_nothing_after_its_time() {
    let slack = impatient().await;
    let (mut app, _) = slack.connect().await;
    let ts = slack.button("step.approve").await;
    slack.act("click", press("U0RILEY", &ts)).await;
    let envelope = app.next().await.unwrap();
    let late = json!({"trigger_id": envelope["payload"]["trigger_id"], "view": modal("Late")});
    assert_eq!(slack.api("views.open", late).await["error"], "expired_trigger_id");
    let nonsense = slack.api("views.open", json!({"trigger_id": "x", "view": modal("None")})).await;
    assert_eq!(nonsense["response_metadata"]["messages"][0], "[ERROR] invalid `trigger_id`");
}

#[tokio::test]
async fn a_command_is_answered_at_once_and_by_its_response_url_a_few_times() {
    let slack = impatient().await;
    let (mut app, _) = slack.connect().await;
    let typed = json!({"user": "U0KIM", "channel": "C0INCIDENT", "text": "/dd0c status"});
    let answer = async {
        let envelope = app.next().await.unwrap();
        app.acknowledge(&envelope, json!({"text": "2 runs"})).await;
        envelope["payload"].clone()
    };
    let (_, payload) = tokio::join!(slack.act("command", typed), answer);
    assert_eq!((&payload["command"], &payload["text"]), (&json!("/dd0c"), &json!("status")));
    let (http, url) = (client(), payload["response_url"].as_str().unwrap());
    for expected in [200, 200, 404] {
        let sent = http
            .post(url)
            .json(&json!({"text": "later", "response_type": "ephemeral"}))
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), expected);
    }
    let seen = slack.look("workspace?user=U0KIM").await.to_string();
    assert!(seen.contains("2 runs") && seen.contains("later"));
    assert!(!slack.look("workspace?user=U0RILEY").await.to_string().contains("2 runs"));
}

#[tokio::test]
async fn a_connection_that_is_told_to_go_gets_nothing_new() {
    let slack = slack().await;
    let (mut old, _) = slack.connect().await;
    slack.act("disconnect", json!({"reason": "refresh_requested"})).await;
    assert_eq!(old.next().await.unwrap()["reason"], "refresh_requested");
    let (mut new, _) = slack.connect().await;
    let ts = slack.button("step.approve").await;
    let app = async {
        let envelope = new.next().await.unwrap();
        new.acknowledge(&envelope, Value::Null).await;
    };
    let (done, ()) = tokio::join!(slack.act("click", press("U0RILEY", &ts)), app);
    assert!(done["acknowledged_ms"].is_number());
    slack.act("disconnect", json!({"reason": null})).await;
    assert_eq!(new.next().await, None, "cut without a word");
}

#[tokio::test]
async fn people_click_only_what_they_see_and_only_after_saying_yes() {
    let slack = slack().await;
    let ts = slack.button("step.approve").await;
    let error =
        async |body: Value| slack.act("click", body).await["error"].as_str().unwrap_or_default().to_owned();
    assert!(error(press("U0HANK", &ts)).await.contains("not installed"));
    let ask = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "run.abort",
        "text": {"type": "plain_text", "text": "Abort"}, "confirm": {
            "title": {"type": "plain_text", "text": "Abort?"}, "text": {"type": "plain_text", "text": "It stops."},
            "confirm": {"type": "plain_text", "text": "Abort"}, "deny": {"type": "plain_text", "text": "Keep"}}}]}]);
    slack.api("chat.update", json!({"channel": "C0INCIDENT", "ts": ts, "text": "x", "blocks": ask})).await;
    assert!(error(press("U0RILEY", &ts)).await.contains("sees no element"), "the old button is gone");
    let abort = json!({"user": "U0RILEY", "channel": "C0INCIDENT", "ts": ts, "action_id": "run.abort"});
    assert!(error(abort).await.contains("asks first"));
}
