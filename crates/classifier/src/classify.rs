//! One step's command judged by both keys.

use dd0c_types::{Classification, Command, ReviewerVerdict};

use crate::{Language, merge, scan::scan_in};

/// Scans the command in its language, escalates a doubtful reviewer, merges, and names the object.
pub fn classify(command: &Command, language: &str, reviewer: Option<ReviewerVerdict>) -> Classification {
    let scan = scan_in(command.reveal(), Language::from_name(language));
    let reviewer = reviewer.map(merge::escalate);
    let (risk, merge_rule) = merge::merge(scan.verdict.risk, reviewer.as_ref());
    Classification {
        risk,
        merge_rule,
        scanner: scan.verdict,
        reviewer,
        object: scan.objects.first().cloned(),
        objects: scan.objects,
        command_sha256: command.hash(),
    }
}

/// What a person must type to approve a Dangerous step: each object's name as written; when none was named,
/// the last operand of the command; when there is none, the program's name. Never empty.
pub fn typed_names(classification: &Classification, command: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for object in classification.objects.iter().chain(&classification.object) {
        if !object.name.trim().is_empty() && !names.contains(&object.name) {
            names.push(object.name.clone());
        }
    }
    if names.is_empty() {
        names.push(fallback_name(classification, command));
    }
    names
}

fn fallback_name(classification: &Classification, command: &str) -> String {
    let last_of = |kind: &str| {
        let token = classification.scanner.tokens.iter().rev().find(|token| token.kind == kind)?;
        command.get(token.start..token.end).map(|text| text.trim_matches(['"', '\'']).to_owned())
    };
    let word = || command.split_whitespace().next_back().map(str::to_owned);
    ["operand", "placeholder", "program"]
        .iter()
        .find_map(|kind| last_of(kind).filter(|name| !name.trim().is_empty()))
        .or_else(word)
        .unwrap_or_else(|| "this command".to_owned())
}
