//! The Web API: tokens, arguments, messages, threads, views, rate limits.

use crate::support::{Slack, client};
use dd0c_slack_sim::{Config, RateLimits};
use serde_json::{Value, json};

async fn slack() -> Slack {
    Slack::start(Config { rate_limits: RateLimits::generous(), ..Config::default() }).await
}

#[tokio::test]
async fn a_token_opens_only_what_it_is_for() {
    let slack = slack().await;
    let error =
        async |method: &str, token: &str| slack.call(method, token, json!({})).await.1["error"].clone();
    let credentials = slack.credentials.clone();
    assert_eq!(error("auth.test", "xoxb-wrong").await, "invalid_auth");
    assert_eq!(error("auth.test", &credentials.app_token).await, "not_allowed_token_type");
    assert_eq!(error("apps.connections.open", &credentials.bot_token).await, "not_allowed_token_type");
    assert_eq!(error("apps.connections.open", "xapp-wrong").await, "invalid_auth");
    assert_eq!(error("no.such.method", &credentials.bot_token).await, "unknown_method");
    let history = slack.api("conversations.history", json!({"channel": "C0INCIDENT"})).await;
    assert_eq!(
        (&history["error"], &history["needed"]),
        (&json!("missing_scope"), &json!("channels:history"))
    );
    let who = slack.api("auth.test", json!({})).await;
    assert_eq!((&who["ok"], &who["team_id"]), (&json!(true), &json!("T0ACME")));
}

#[tokio::test]
async fn a_message_is_posted_answered_in_its_thread_edited_and_deleted() {
    let slack = slack().await;
    let first = slack.api("chat.postMessage", json!({"channel": "#incidents", "text": "one"})).await;
    let ts = first["ts"].as_str().unwrap();
    assert_eq!(first["channel"], "C0INCIDENT");
    let answer =
        slack.api("chat.postMessage", json!({"channel": "C0INCIDENT", "text": "two", "thread_ts": ts})).await;
    assert_eq!(answer["message"]["thread_ts"], ts);
    let edited = slack.api("chat.update", json!({"channel": "C0INCIDENT", "ts": ts, "text": "new"})).await;
    assert_eq!((&edited["text"], &edited["ts"]), (&json!("new"), &json!(ts)));
    let link = slack.api("chat.getPermalink", json!({"channel": "C0INCIDENT", "message_ts": ts})).await;
    assert_eq!(
        link["permalink"],
        format!("https://acme.slack.com/archives/C0INCIDENT/p{}", ts.replace('.', ""))
    );
    let gone = slack.api("chat.delete", json!({"channel": "C0INCIDENT", "ts": answer["ts"]})).await;
    assert_eq!(gone["ok"], true);
    let left = slack.look("messages?channel=C0INCIDENT").await;
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["text"], "new");
}

#[tokio::test]
async fn what_slack_refuses_is_refused_with_the_same_code() {
    let slack = slack().await;
    let post = async |arguments: Value| slack.api("chat.postMessage", arguments).await["error"].clone();
    assert_eq!(post(json!({"channel": "C0NOWHERE", "text": "x"})).await, "channel_not_found");
    assert_eq!(post(json!({"channel": "C0RANDOM", "text": "x"})).await, "not_in_channel");
    assert_eq!(post(json!({"channel": "C0GENERAL"})).await, "no_text");
    assert_eq!(post(json!({"channel": "C0GENERAL", "blocks": "{"})).await, "invalid_blocks_format");
    assert_eq!(
        post(json!({"channel": "C0GENERAL", "blocks": [{"type": "nothing"}]})).await,
        "invalid_blocks"
    );
    slack.act("archive", json!({"channel": "C0GENERAL"})).await;
    assert_eq!(post(json!({"channel": "C0GENERAL", "text": "x"})).await, "is_archived");
    let update = async |arguments: Value| slack.api("chat.update", arguments).await["error"].clone();
    let ts =
        slack.act("post", json!({"user": "U0RILEY", "channel": "C0INCIDENT", "text": "mine"})).await["ts"]
            .clone();
    assert_eq!(update(json!({"channel": "C0INCIDENT", "ts": ts, "text": "x"})).await, "cant_update_message");
    assert_eq!(update(json!({"channel": "C0INCIDENT", "ts": "1.1", "text": "x"})).await, "message_not_found");
    let own =
        slack.api("chat.postMessage", json!({"channel": "C0INCIDENT", "text": "x"})).await["ts"].clone();
    let long = json!({"channel": "C0INCIDENT", "ts": own, "text": "x".repeat(4_001)});
    assert_eq!(update(long).await, "msg_too_long");
}

#[tokio::test]
async fn blocks_that_are_too_long_are_named_by_pointer() {
    let slack = slack().await;
    let blocks = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(3_001)}}]);
    let answer =
        slack.api("chat.postMessage", json!({"channel": "C0INCIDENT", "text": "x", "blocks": blocks})).await;
    assert_eq!(answer["error"], "invalid_blocks");
    let too_long = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]";
    assert_eq!(answer["errors"][1], too_long);
    assert_eq!(answer["response_metadata"]["messages"][1], format!("[ERROR] {too_long}"));
}

#[tokio::test]
async fn a_fifth_message_at_once_to_one_channel_is_refused_and_counted() {
    let slack = Slack::start(Config::default()).await;
    let token = slack.credentials.bot_token.clone();
    let message = json!({"channel": "C0INCIDENT", "text": "x"});
    let mut refused = None;
    for _ in 0..6 {
        let (status, answer) = slack.call("chat.postMessage", &token, message.clone()).await;
        if status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("six messages at once are too many");
    assert_eq!((&refused["error"], &refused["retry_after"]), (&json!("ratelimited"), &json!("1")));
    let log = slack.look("log").await;
    assert_eq!(log["counters"]["rate_limit_breaches"]["chat.postMessage"], 1);
}

#[tokio::test]
async fn an_ephemeral_message_is_seen_by_one_user_alone() {
    let slack = slack().await;
    let arguments = json!({"channel": "C0INCIDENT", "user": "U0KIM", "text": "for Kim"});
    assert!(slack.api("chat.postEphemeral", arguments).await["message_ts"].is_string());
    let sees = async |user: &str| {
        slack.look(&format!("workspace?user={user}")).await.to_string().contains("for Kim")
    };
    assert!(sees("U0KIM").await);
    assert!(!sees("U0RILEY").await);
    let stranger = json!({"channel": "C0INCIDENT", "user": "U0HANK", "text": "x"});
    assert_eq!(slack.api("chat.postEphemeral", stranger).await["error"], "user_not_in_channel");
}

#[tokio::test]
async fn people_are_found_by_id_and_by_address() {
    let slack = slack().await;
    let riley = slack.api("users.lookupByEmail", json!({"email": "Riley@acme.example"})).await;
    assert_eq!(riley["user"]["id"], "U0RILEY");
    assert_eq!(slack.api("users.info", json!({"user": "U0RILEY"})).await["user"], riley["user"]);
    assert_eq!(slack.api("users.info", json!({"user": "U0HANK"})).await["error"], "user_not_found");
    let page = slack.api("users.list", json!({"limit": 3})).await;
    let cursor = &page["response_metadata"]["next_cursor"];
    let rest = slack.api("users.list", json!({"limit": 3, "cursor": cursor})).await;
    assert_eq!(page["members"].as_array().unwrap().len() + rest["members"].as_array().unwrap().len(), 4);
    let direct = slack.api("conversations.open", json!({"users": "U0KIM"})).await;
    let posted =
        slack.api("chat.postMessage", json!({"channel": direct["channel"]["id"], "text": "hello"})).await;
    assert_eq!(posted["ok"], true, "{posted}");
}

#[tokio::test]
async fn nobody_acts_as_a_user_without_the_key_or_from_another_site() {
    let slack = slack().await;
    let http = client();
    let click = |request: reqwest::RequestBuilder| request.json(&json!({"user": "U0RILEY"})).send();
    let home = format!("{}/_sim/home", slack.url);
    assert_eq!(click(http.post(&home)).await.unwrap().status(), 401);
    let cookie = format!("slack_sim_key={}", slack.credentials.page_key);
    let foreign = http.post(&home).header("cookie", &cookie).header("origin", "http://evil.example");
    assert_eq!(click(foreign).await.unwrap().status(), 401);
    let own = http.post(&home).header("cookie", &cookie).header("origin", &slack.url);
    assert_eq!(click(own).await.unwrap().status(), 200);
    let rebound =
        http.get(format!("{}/", slack.url)).header("host", "evil.example").header("cookie", &cookie);
    assert_eq!(rebound.send().await.unwrap().status(), 421);
}
