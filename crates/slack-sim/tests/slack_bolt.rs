//! Slack's own clients against the simulator: Bolt for Python and Bolt for Node run the same small app
//! (`tests/official`), and people press its buttons. What holds for them holds for Slack as far as they know it.
//!
//! `cargo xtask test` installs both.

use std::process::Stdio;
use std::time::Duration;

use crate::support::Slack;
use dd0c_slack_sim::{Config, Deadlines};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const WITHIN: Duration = Duration::from_secs(60);
const PATIENT: Duration = Duration::from_secs(20);
const CHANNEL: &str = "C0INCIDENT";
const RILEY: &str = "U0RILEY";

/// An app on one of Slack's clients. Its end is this one's end: it reads its input.
struct App {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl App {
    fn start(slack: &Slack, program: &str, script: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official");
        let mut child = Command::new(program)
            .arg(format!("{folder}/{script}"))
            .env("SLACK_API_URL", format!("{}/api", slack.url))
            .env("SLACK_BOT_TOKEN", &slack.credentials.bot_token)
            .env("SLACK_APP_TOKEN", &slack.credentials.app_token)
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs it"));
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { lines, _child: child }
    }

    /// What it saw next.
    async fn saw(&mut self) -> Value {
        let line = tokio::time::timeout(WITHIN, self.lines.next_line()).await.expect("the app says nothing");
        let line =
            line.expect("its output can be read").expect("the app ended; `cargo xtask test` installs it");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }
}

/// What Riley sees.
async fn seen<T>(slack: &Slack, found: impl Fn(&Value) -> Option<T>) -> T {
    slack.until(&format!("workspace?user={RILEY}"), found).await
}

async fn press(slack: &Slack, ts: &str) -> Value {
    let click = json!({"user": RILEY, "channel": CHANNEL, "ts": ts, "action_id": "step.approve"});
    slack.act("click", click).await
}

async fn command(slack: &Slack, text: &str) -> Value {
    slack.act("command", json!({"user": RILEY, "channel": CHANNEL, "text": text})).await
}

async fn an_app_lives_through_an_incident(program: &str, script: &str) {
    // What is looked at is what is said, not how quick a busy machine is.
    let deadlines = Deadlines { acknowledge: PATIENT, trigger: PATIENT, ..Deadlines::default() };
    let slack = Slack::start(Config { deadlines, ..Config::default() }).await;
    let mut app = App::start(&slack, program, script);
    let ready = app.saw().await;
    assert_eq!(ready["team"], "T0ACME", "auth.test says where it is: {ready}");
    let ts = ready["ready"].as_str().expect("a timestamp").to_owned();
    slack.until("log", |log| (log["connections"].as_u64()? >= 1).then_some(())).await;
    buttons_and_modals(&slack, &mut app, &ts).await;
    commands_and_mentions(&slack, &mut app).await;
    too_much_is_retried(&slack, &mut app).await;
    it_reconnects(&slack, &mut app, &ts).await;
}

async fn buttons_and_modals(slack: &Slack, app: &mut App, ts: &str) {
    let done = press(slack, ts).await;
    assert!(done["acknowledged_ms"].is_number(), "{done}");
    assert_eq!(app.saw().await, json!({"pressed": "v1", "by": RILEY}));
    seen(slack, |seen| (seen["modal"]["callback_id"] == "confirm").then_some(())).await;
    let refused = slack.act("submit", json!({"user": RILEY, "values": {"name": "billing"}})).await;
    assert_eq!(app.saw().await, json!({"submitted": "billing"}));
    assert_eq!(refused["errors"]["name"], "This is not its name.");
    slack.act("submit", json!({"user": RILEY, "values": {"name": "checkout"}})).await;
    assert_eq!(app.saw().await, json!({"submitted": "checkout"}));
    seen(slack, |seen| seen["modal"].is_null().then_some(())).await;
}

async fn commands_and_mentions(slack: &Slack, app: &mut App) {
    command(slack, "/dd0c status").await;
    assert_eq!(app.saw().await, json!({"command": "status"}));
    seen(slack, |seen| {
        let text = seen["channels"].to_string();
        (text.contains("Heard: status") && text.contains("And by the response URL")).then_some(())
    })
    .await;
    slack.act("post", json!({"user": RILEY, "channel": CHANNEL, "text": "@dd0c are you there?"})).await;
    let mentioned = app.saw().await;
    assert!(
        mentioned["mentioned"].as_str().is_some_and(|text| text.contains("are you there?")),
        "{mentioned}"
    );
    seen(slack, |seen| seen["channels"].to_string().contains("Here I am").then_some(())).await;
}

/// Eight posts at once are more than a channel takes: the client waits as long as it is told, and all of them come.
async fn too_much_is_retried(slack: &Slack, app: &mut App) {
    command(slack, "/dd0c many").await;
    assert_eq!(app.saw().await, json!({"many": "posted"}));
    let log = slack.look("log").await;
    assert!(log["counters"]["rate_limit_breaches"]["chat.postMessage"].as_u64().is_some_and(|many| many > 0));
    let posted = |event: &&Value| event["text"].as_str().is_some_and(|text| text.starts_with("one of many"));
    assert_eq!(log["messages"].as_array().expect("a list").iter().filter(posted).count(), 8);
}

async fn it_reconnects(slack: &Slack, app: &mut App, ts: &str) {
    let before = slack.look("log").await["counters"]["connections"].as_u64().expect("a number");
    slack.act("disconnect", json!({"reason": "refresh_requested"})).await;
    // The old connection is gone: what comes now comes over the new one.
    let again = |log: &Value| {
        let counted = log["counters"]["connections"].as_u64()? > before;
        (counted && log["connections"] == 1).then_some(())
    };
    tokio::time::timeout(WITHIN, slack.until("log", again)).await.expect("it connects again");
    press(slack, ts).await;
    assert_eq!(app.saw().await["pressed"], "v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn bolt_for_python_lives_through_an_incident() {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official/.venv/bin/python");
    an_app_lives_through_an_incident(python, "bolt.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bolt_for_node_lives_through_an_incident() {
    an_app_lives_through_an_incident("node", "bolt.mjs").await;
}
