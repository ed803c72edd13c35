//! A model for a whole product: sensible answers after a realistic while, and the faults that a page asks for by name.
//!
//! A page says in square brackets what is to go wrong with it, best in its title, which stands in every question about it:
//! `# Drain a node [reviewer confused]`. So a browser test chooses its model by the text that it pastes. Vectors go wrong
//! by what an alert or a runbook says, in the same way: `[vectors late]`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::embedding;
use crate::model::{Asked, Latency, Reply, sensible};

/// Longer than any budget for a document, shorter than what an open preview waits.
const LATE: Duration = Duration::from_secs(6);
/// What also means the same to this model, whatever the words.
const SYNONYMS: [(&str, &str); 6] = [
    ("volume", "disk"),
    ("storage", "disk"),
    ("exhausted", "full"),
    ("unresponsive", "down"),
    ("replica", "standby"),
    ("expiring", "expired"),
];

/// Answers each question after `latency`, and as the page wishes.
pub fn answer(asked: &Asked, latency: &Latency) -> Reply {
    if asked.wants_vectors() { vectors(asked, latency) } else { completion(asked, latency) }
}

fn vectors(asked: &Asked, latency: &Latency) -> Reply {
    let says = |fault: &str| asked.texts().iter().any(|text| text.contains(fault));
    let reply = if says("[vectors confused]") {
        Reply::Vectors(Vec::new())
    } else if says("[vectors away]") {
        Reply::Status(503, Vec::new(), String::new())
    } else {
        embedding::answer(asked, &SYNONYMS)
    };
    after(says("[vectors late]"), latency, reply)
}

fn after(is_late: bool, latency: &Latency, reply: Reply) -> Reply {
    Reply::After(if is_late { LATE } else { latency.next() }, Box::new(reply))
}

fn completion(asked: &Asked, latency: &Latency) -> Reply {
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
    after(about("labels", "[labels late]") || about("review", "[reviewer late]"), latency, reply)
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
