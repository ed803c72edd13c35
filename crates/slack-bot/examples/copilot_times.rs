//! How long the copilot lets people wait, through a running product with the look-alike of Slack: `cargo xtask times
//! copilot` starts one and runs this against it.
//!
//! ```text
//! cargo run --release -p dd0c-slack-bot --example copilot_times -- DATA/up.json [alerts|clicks|output|flow]
//! ```
//!
//! Three waits, each by the clock of this machine: a signed PagerDuty delivery until its message stands in the channel;
//! a press of Approve until the command has begun (the command prints the time); a printed line until the message of
//! its step shows it, with ten runs side by side. The look-alike's log says when messages changed, and whether Slack was
//! ever called too often. It takes about seven minutes: ten alerts a minute are shown for themselves, the rest of a
//! storm is folded.

use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

type Failure = Box<dyn std::error::Error>;

const CHANNEL: &str = "C0INCIDENT";
const RILEY: &str = "U0RILEY";
const ALERTS: usize = 30;
/// Under ten a minute, from which on they are folded.
const BETWEEN_ALERTS: Duration = Duration::from_millis(6_200);
const BETWEEN_PRESSES: Duration = Duration::from_millis(1_500);
const CLICKS: usize = 40;
const RUNS: usize = 10;
const WITHIN: Duration = Duration::from_secs(120);

/// Prints when it began.
const PRINTS_THE_TIME: &str = "PATH=/usr/bin:/bin date +%s%N";
/// A few lines every 30 seconds, as what waits for something does: with ten runs, half of what Slack lets output change.
const NOW_AND_THEN: &str = "for i in 1 2 3; do date +%s%N; sleep 0.1; date +%s%N; sleep 30; done";
/// A line every second: with ten runs, fifteen times as much as Slack lets output change.
const ALL_THE_TIME: &str = "for i in $(seq 45); do date +%s%N; sleep 1; done";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let up = std::env::args().nth(1).ok_or("usage: copilot_times UP_JSON [alerts|clicks|output|flow]")?;
    let wanted = std::env::args().nth(2);
    let wants = |what: &str| wanted.as_deref().is_none_or(|wanted| wanted == what);
    let house = House::new(&serde_json::from_slice(&std::fs::read(up)?)?)?;
    let webhook = house.webhook().await?;
    house.runbook("Times of clicks", "click-times", &vec![PRINTS_THE_TIME; CLICKS]).await?;
    house.runbook("Times of output now and then", "then-times", &[NOW_AND_THEN]).await?;
    house.runbook("Times of output all the time", "flow-times", &[ALL_THE_TIME]).await?;
    if wants("alerts") {
        alerts(&house, &webhook).await?;
    }
    if wants("clicks") {
        clicks(&house, &webhook).await?;
    }
    if wants("output") {
        output(&house, &webhook, "then-times", "a line now and then").await?;
    }
    if wants("flow") {
        output(&house, &webhook, "flow-times", "a line every second").await?;
    }
    let log = house.look("log").await?;
    println!("rate limit breaches: {}", log["counters"]["rate_limit_breaches"]);
    println!("acknowledged late or never: {}", log["counters"]["not_acknowledged"]);
    Ok(())
}

async fn alerts(house: &House, webhook: &Webhook) -> Result<(), Failure> {
    let mut sent = Vec::new();
    let mut answered = Vec::new();
    for number in 0..ALERTS {
        let title = format!("Timed alert {number} of a kind");
        let at = now();
        house.alert(webhook, "click-times", &title).await?;
        answered.push(now() - at);
        sent.push((title, at));
        tokio::time::sleep(BETWEEN_ALERTS).await;
    }
    let log = house.look("log").await?;
    let shown = |title: &str| {
        let events = log["messages"].as_array()?.iter();
        let mut told = events.filter(|event| event["what"] == "posted" && event.to_string().contains(title));
        told.find_map(|event| event["at"].as_f64())
    };
    let waits: Vec<f64> = sent.iter().filter_map(|(title, at)| Some(shown(title)? - at)).collect();
    print("webhook answered", &answered);
    print("webhook -> message in Slack", &waits);
    Ok(())
}

async fn clicks(house: &House, webhook: &Webhook) -> Result<(), Failure> {
    let thread = house.start(webhook, "click-times", 0).await?;
    let mut waits = Vec::new();
    let mut acknowledged = Vec::new();
    for step in 1..=CLICKS {
        let ask = house.asking(&thread, &format!("Step {step} of {CLICKS}")).await?;
        let at = now();
        let done = house.press(&ask, "step.approve").await?;
        acknowledged.extend(done["acknowledged_ms"].as_f64().map(|ms| ms / 1e3));
        let ts = ask["ts"].as_str().unwrap_or_default().to_owned();
        let printed = house.until(|one| (one["ts"] == ts.as_str()).then(|| times_in(one).pop()).flatten());
        waits.push(printed.await? - at);
    }
    print("press acknowledged", &acknowledged);
    print("press of Approve -> command begun", &waits);
    Ok(())
}

async fn output(house: &House, webhook: &Webhook, service: &str, what: &str) -> Result<(), Failure> {
    let mut asks = Vec::new();
    for number in 0..RUNS {
        let thread = house.start(webhook, service, number).await?;
        asks.push(house.asking(&thread, "Step 1 of 1").await?);
        // Ten alerts in a minute are shown, and these are a part of them.
        tokio::time::sleep(BETWEEN_ALERTS).await;
    }
    for ask in &asks {
        house.press(ask, "step.approve").await?;
        // Ten people do not press in the same second.
        tokio::time::sleep(BETWEEN_PRESSES).await;
    }
    for ask in &asks {
        let ts = ask["ts"].as_str().unwrap_or_default().to_owned();
        house
            .until(|one| (one["ts"] == ts.as_str() && one.to_string().contains("exit 0")).then_some(()))
            .await?;
    }
    let log = house.look("log").await?;
    let mut waits = Vec::new();
    for ask in &asks {
        waits.extend(lags(&log, &ask["ts"]));
    }
    print(&format!("{RUNS} runs, {what}: line printed -> shown"), &waits);
    Ok(())
}

/// How long each line that a message ever showed had waited when it was first shown; a line that never was counts until
/// the next newer one came.
fn lags(log: &Value, ts: &Value) -> Vec<f64> {
    let updates: Vec<(f64, Vec<f64>)> = log["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["what"] == "updated" && event["ts"] == *ts)
        .filter_map(|event| Some((event["at"].as_f64()?, times_in(event))))
        .collect();
    let mut printed: Vec<f64> = updates.iter().flat_map(|(_, times)| times.clone()).collect();
    printed.sort_by(f64::total_cmp);
    printed.dedup();
    let shown = |line: f64| updates.iter().find(|(_, times)| times.iter().any(|time| *time >= line));
    printed.iter().filter_map(|line| Some(shown(*line)?.0 - line)).collect()
}

/// The times in nanoseconds that stand in a message, in seconds.
fn times_in(message: &Value) -> Vec<f64> {
    let text = message.to_string();
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 19);
    numbers.filter_map(|digits| digits.parse::<u64>().ok()).map(|nanos| nanos as f64 / 1e9).collect()
}

struct Webhook {
    url: String,
    secret: String,
}

struct House {
    http: reqwest::Client,
    url: String,
    api: String,
    token: String,
    slack: String,
    page_key: String,
}

impl House {
    fn new(up: &Value) -> Result<Self, Failure> {
        let text =
            |name: &str| up[name].as_str().map(str::to_owned).ok_or(format!("up.json names no {name}"));
        let page = url::Url::parse(&text("slack_sim")?)?;
        let key = page.query_pairs().find(|(name, _)| name == "key").map(|(_, key)| key.into_owned());
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().timeout(WITHIN).build()?,
            url: text("url")?.trim_end_matches('/').to_owned(),
            api: text("api")?,
            token: text("token")?,
            slack: page.origin().ascii_serialization(),
            page_key: key.ok_or("the look-alike's page has no key")?,
        })
    }

    async fn make(&self, what: &str, body: Value) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/{what}", self.api)).bearer_auth(&self.token);
        Ok(request.json(&body).send().await?.error_for_status()?.json().await?)
    }

    async fn webhook(&self) -> Result<Webhook, Failure> {
        let made = self.make("settings/webhooks", json!({"sender": "pagerduty", "name": "Times"})).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(format!("no webhook in {made}"));
        let address = text(&made["address"])?;
        let path = address.find("/api/").map_or(address.as_str(), |at| &address[at..]);
        Ok(Webhook { url: format!("{}{path}", self.url), secret: text(&made["secret"])? })
    }

    /// A runbook that is chosen for every alert of a service.
    async fn runbook(&self, title: &str, service: &str, commands: &[&str]) -> Result<(), Failure> {
        let steps = commands.iter().enumerate().map(|(at, command)| {
            format!("{}. Step {}\n\n   ```bash\n   {command}\n   ```\n", at + 1, at + 1)
        });
        let text = format!("# {title}\n\n{}", steps.collect::<Vec<_>>().join("\n"));
        let made = self.make("runbooks", json!({ "text": text })).await?;
        let id = made["id"].as_str().ok_or("the runbook has no id")?;
        let matching = json!({"tags": [service], "rules": [{"services": [service]}], "expected_version": 0});
        let request = self.http.put(format!("{}/runbooks/{id}/matching", self.api)).bearer_auth(&self.token);
        request.json(&matching).send().await?.error_for_status()?;
        Ok(())
    }

    async fn alert(&self, webhook: &Webhook, service: &str, title: &str) -> Result<(), Failure> {
        let id = format!("{:x}", chrono::Utc::now().timestamp_micros());
        let body = json!({"event": {
            "id": id, "event_type": "incident.triggered", "resource_type": "incident",
            "occurred_at": chrono::Utc::now(), "agent": null, "client": null,
            "data": {
                "id": format!("Q{id}"), "type": "incident", "number": 1, "status": "triggered", "incident_key": id,
                "html_url": "https://acme.pagerduty.com/incidents/Q1", "created_at": chrono::Utc::now(), "title": title,
                "service": {"id": "P1", "type": "service_reference", "summary": service}, "urgency": "high",
            },
        }})
        .to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(webhook.secret.as_bytes())?;
        mac.update(body.as_bytes());
        let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
        let request = self.http.post(&webhook.url).header("content-type", "application/json");
        let request = request.header("x-pagerduty-signature", signature).header("x-webhook-id", &id);
        request.body(body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Starts the runbook of a service by the button of an alert; the timestamp of its thread.
    async fn start(&self, webhook: &Webhook, service: &str, number: usize) -> Result<String, Failure> {
        let title = format!("Alert {number} that starts {service}");
        self.alert(webhook, service, &title).await?;
        let offer = self
            .until(|one| (one.to_string().contains(&title) && has(one, "run.start")).then(|| one.clone()))
            .await?;
        self.press(&offer, "run.start").await?;
        Ok(offer["ts"].as_str().unwrap_or_default().to_owned())
    }

    /// The message in a thread that asks for a step.
    async fn asking(&self, thread: &str, words: &str) -> Result<Value, Failure> {
        self.until(|one| {
            let asks = has(one, "step.approve") && one.to_string().contains(words);
            (one["thread_ts"] == thread && asks).then(|| one.clone())
        })
        .await
    }

    async fn press(&self, message: &Value, action: &str) -> Result<Value, Failure> {
        let click = json!({"user": RILEY, "channel": CHANNEL, "ts": message["ts"], "action_id": action});
        let request = self.http.post(format!("{}/_sim/click", self.slack)).bearer_auth(&self.page_key);
        Ok(request.json(&click).send().await?.error_for_status()?.json().await?)
    }

    async fn look(&self, what: &str) -> Result<Value, Failure> {
        let request = self.http.get(format!("{}/_sim/{what}", self.slack)).bearer_auth(&self.page_key);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Looks at the channel until a message fits.
    async fn until<T>(&self, fits: impl Fn(&Value) -> Option<T>) -> Result<T, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < WITHIN {
            let messages = self.look(&format!("messages?channel={CHANNEL}")).await?;
            if let Some(found) = messages.as_array().into_iter().flatten().rev().find_map(&fits) {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err("what was waited for never stood in the channel".into())
    }
}

fn has(message: &Value, action: &str) -> bool {
    message["blocks"].to_string().contains(&format!("\"action_id\":\"{action}\""))
}

/// Seconds since 1970.
fn now() -> f64 {
    chrono::Utc::now().timestamp_micros() as f64 / 1e6
}

fn print(what: &str, seconds: &[f64]) {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted.get((sorted.len() * part / 100).min(sorted.len().saturating_sub(1)));
    let ms = |part| at(part).map_or(f64::NAN, |seconds| seconds * 1e3);
    println!(
        "{what}: p50 {:.0} ms, p95 {:.0} ms, longest {:.0} ms ({} of them)",
        ms(50),
        ms(95),
        ms(100),
        sorted.len()
    );
}
