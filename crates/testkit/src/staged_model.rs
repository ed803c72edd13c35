//! A model for a whole product: sensible answers after a realistic while, and the faults that a page asks for by name.
//!
//! A page says in square brackets what is to go wrong with it, best in its title, which stands in every question about it:
//! `# Drain a node [reviewer confused]`. So a browser test chooses its model by the text that it pastes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::{Asked, Latency, Reply, sensible};

/// Longer than any budget for a document, shorter than what an open preview waits.
const LATE: Duration = Duration::from_secs(6);

/// Answers each question after `latency`, and as the page wishes.
pub fn answer(asked: &Asked, latency: &Latency) -> Reply {
    let says = |words: &str| asked.user().contains(words);
    let about = |purpose: &str, fault: &str| asked.schema() == purpose && says(fault);
    let reply = if about("labels", "[labels confused]") || about("review", "[reviewer confused]") {
        Reply::Text("Certainly! Here is what I think.".to_owned())
    } else if about("labels", "[labels away]") || about("review", "[reviewer away]") {
        Reply::Status(503, Vec::new(), String::new())
    } else if about("review", "[reviewer doubts]") {
        let doubt = json!({"risk": "safe", "confidence": 0.6, "reason": "It seems to read.", "rollback": ""});
        Reply::Text(doubt.to_string())
    } else {
        Reply::Text(helpful(asked))
    };
    let late = about("labels", "[labels late]") || about("review", "[reviewer late]");
    Reply::After(if late { LATE } else { latency.next() }, Box::new(reply))
}

/// Agrees with the rules, and finds the `make` that they leave out because its block names no language.
fn helpful(asked: &Asked) -> String {
    let answer = sensible(asked);
    let made: Vec<Value> = asked
        .user()
        .lines()
        .filter_map(|line| line.split_once("|     make ")?.0.parse::<u32>().ok())
        .map(|line| json!({"line": line, "last_line": line, "piece": 0}))
        .collect();
    if asked.schema() != "labels" || made.is_empty() {
        return answer;
    }
    let mut labels: Value = serde_json::from_str(&answer).unwrap_or_default();
    labels["commands"] = made.into();
    labels.to_string()
}
