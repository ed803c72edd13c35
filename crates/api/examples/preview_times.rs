//! How long previews take through a running service, over a folder of pages: `cargo xtask times previews FOLDER` starts
//! a product with a scripted model of realistic latency and runs this against it.
//!
//! ```text
//! cargo run --release -p dd0c-api --example preview_times -- DATA/up.json FOLDER
//! ```
//!
//! Every page is asked about once, as a stream of events, one after another. What was answered before comes from the
//! service's store: a figure that means something needs a data folder that has not seen these pages.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(up), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: preview_times UP_JSON FOLDER".into());
    };
    let up: Value = serde_json::from_slice(&std::fs::read(up)?)?;
    let service = Service {
        http: reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?,
        url: format!("{}/runbooks/parse-preview", up["api"].as_str().ok_or("up.json names no api")?),
        token: up["token"].as_str().ok_or("up.json names no token")?.to_owned(),
    };
    let mut seen = Vec::new();
    let mut refused = 0;
    for path in pages(Path::new(&folder))? {
        match service.preview(&std::fs::read_to_string(&path)?).await? {
            Some(times) => {
                println!("{}", times.row(&path));
                seen.push(times);
            }
            None => refused += 1,
        }
    }
    print_summary(&seen, refused);
    Ok(())
}

/// The pages of a folder and of the folders in it, by name.
fn pages(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if ["md", "html", "txt", "adoc", "rst"].contains(&ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

struct Service {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// When what was told of one page, since the request was sent.
struct Times {
    structure: Duration,
    /// The first `done`: everything, or what there is when the budget is over.
    done: Duration,
    commands: usize,
    judged: usize,
    labelled: bool,
}

impl Service {
    /// The times of a page; none when it is refused. Too many in a minute are waited for.
    async fn preview(&self, text: &str) -> Result<Option<Times>, Failure> {
        loop {
            let begun = Instant::now();
            let request = self.http.post(&self.url).bearer_auth(&self.token);
            let request = request.header("accept", "text/event-stream").json(&json!({"text": text}));
            let answer = request.send().await?;
            match answer.status() {
                StatusCode::OK => return heard(answer, begun).await.map(Some),
                StatusCode::TOO_MANY_REQUESTS => tokio::time::sleep(Duration::from_secs(2)).await,
                _ => return Ok(None),
            }
        }
    }
}

async fn heard(answer: reqwest::Response, begun: Instant) -> Result<Times, Failure> {
    let mut body = answer.bytes_stream();
    let mut heard = Vec::new();
    let (mut structure, mut done) = (None, None);
    while let Some(chunk) = body.next().await {
        heard.extend_from_slice(&chunk?);
        let text = String::from_utf8_lossy(&heard);
        if text.contains("event: structure") {
            structure.get_or_insert(begun.elapsed());
        }
        let ended = text.split("event: done").nth(1).and_then(|rest| rest.split_once("\n\n"));
        if let (Some((event, _)), None) = (ended, &done) {
            let event: Value = serde_json::from_str(event.trim().trim_start_matches("data:"))?;
            done = Some((begun.elapsed(), event));
            // What is late comes afterwards, and is no part of the budget.
            break;
        }
    }
    let (took, event) = done.ok_or("the stream ended before `done`")?;
    let steps = event["runbook"]["steps"].as_array().ok_or("no steps in `done`")?;
    Ok(Times {
        structure: structure.ok_or("no `structure` before `done`")?,
        done: took,
        commands: steps.iter().filter(|step| step["command"].is_object()).count(),
        judged: steps.iter().filter(|step| step["classification"]["reviewer"].is_object()).count(),
        labelled: event["runbook"]["extracted_by"] == "model",
    })
}

impl Times {
    fn row(&self, path: &Path) -> String {
        format!(
            "{:>6} ms structure  {:>6} ms done  {:>4} commands  {:>4} judged  {}  {}",
            self.structure.as_millis(),
            self.done.as_millis(),
            self.commands,
            self.judged,
            if self.labelled { "labels" } else { "late  " },
            path.file_name().unwrap_or_default().to_string_lossy()
        )
    }
}

fn print_summary(seen: &[Times], refused: usize) {
    let spread = |name: &str, of: fn(&Times) -> Duration| {
        let mut times: Vec<Duration> = seen.iter().map(of).collect();
        times.sort();
        let at = |part: usize| {
            times
                .get((times.len() * part / 100).min(times.len().saturating_sub(1)))
                .map_or(0, Duration::as_millis)
        };
        println!("{name}: p50 {} ms, p95 {} ms, longest {} ms", at(50), at(95), at(100));
    };
    let sum = |of: fn(&Times) -> usize| seen.iter().map(of).sum::<usize>();
    println!("{} pages previewed, {refused} refused", seen.len());
    spread("structure", |times| times.structure);
    spread("done", |times| times.done);
    println!(
        "in time: labels for {} of {} pages, verdicts for {} of {} commands",
        sum(|times| usize::from(times.labelled)),
        seen.len(),
        sum(|times| times.judged),
        sum(|times| times.commands)
    );
}
