//! How long a preview takes with a model of realistic latency: measured by hand, not in every run.
//!
//! `cargo test --workspace --test preview_times -- --ignored --nocapture`

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure here is a failed test")]

mod support;

use std::time::{Duration, Instant};

use dd0c_llm::Settings;
use dd0c_testkit::model::{Latency, Reply, ScriptedModel, sensible};
use futures::StreamExt;
use serde_json::{Value, json};
use support::House;

const PREVIEWS: usize = 30;
const COMMANDS: usize = 9;

/// A page of nine commands that no other preview shares.
fn page(number: usize) -> String {
    let step = |at: usize| {
        format!(
            "{at}. Look at part {at}:\n\n```bash\nkubectl -n shop-{number} get pods -l part={at}\n```\n\n"
        )
    };
    let steps: String = (1..=COMMANDS).map(step).collect();
    format!("# Page {number}\n\nYou need the VPN.\n\n{steps}")
}

#[tokio::test]
#[ignore = "measures for two minutes; run by hand"]
async fn a_preview_is_whole_within_five_seconds_and_its_structure_at_once() {
    let latency = Latency::new(Duration::from_millis(1_500), Duration::from_secs(3), 7);
    let model = ScriptedModel::start(move |asked| {
        Reply::After(latency.next(), Box::new(Reply::Text(sensible(asked))))
    })
    .await;
    let settings = Settings {
        model_parse: Some("small".into()),
        model_classify: Some("judge".into()),
        ..Settings::new(model.url())
    };
    let house = House::with_route(settings).await;
    let team = house.team("acme").await;
    // The first page of a process pays for compiling the parser's patterns.
    house.post(team.lead(), "/api/v1/runbooks/parse-preview", json!({"text": page(0)})).await;
    let (mut first, mut whole, mut safe, mut labelled) = (Vec::new(), Vec::new(), 0, 0);
    for number in 1..=PREVIEWS {
        let begun = Instant::now();
        let request = house
            .http
            .post(format!("{}/api/v1/runbooks/parse-preview", house.url))
            .bearer_auth(&team.lead().token)
            .header("accept", "text/event-stream")
            .json(&json!({"text": page(number)}));
        let mut body = request.send().await.unwrap().bytes_stream();
        let mut heard = String::new();
        let mut seen = [None, None];
        while let Some(chunk) = body.next().await {
            heard += std::str::from_utf8(&chunk.unwrap()).unwrap();
            for (at, name) in ["event: structure", "event: done"].iter().enumerate() {
                if heard.contains(name) {
                    seen[at].get_or_insert(begun.elapsed());
                }
            }
        }
        first.push(seen[0].unwrap());
        whole.push(seen[1].unwrap());
        let done = heard.split("event: done").last().and_then(|rest| rest.split("data:").nth(1)).unwrap();
        let done: Value = serde_json::from_str(done.trim()).unwrap();
        let steps = done["runbook"]["steps"].as_array().unwrap();
        safe += steps.iter().filter(|step| step["classification"]["risk"] == "safe").count();
        labelled += usize::from(done["runbook"]["extracted_by"] == "model");
    }
    first.sort();
    whole.sort();
    let at =
        |times: &[Duration], part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_millis();
    println!("{PREVIEWS} previews of {COMMANDS} commands each");
    println!("structure: p50 {} ms, p95 {} ms", at(&first, 50), at(&first, 95));
    println!("done: p50 {} ms, p95 {} ms, longest {} ms", at(&whole, 50), at(&whole, 95), at(&whole, 100));
    println!(
        "labels in time for {labelled} of {PREVIEWS} pages, a verdict in time for {safe} of {} commands",
        PREVIEWS * COMMANDS
    );
    assert!(at(&whole, 95) < 5_000);
}
