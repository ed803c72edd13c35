//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Checked, File, Finding, Level, RULE_PAGES, Region};

/// One run with all files. Paths are relative to the current folder, which is taken for the root of the sources.
pub(super) fn of(files: &[File]) -> Value {
    let rules = rules(files);
    let places: HashMap<&str, usize> = rules.keys().enumerate().map(|(at, rule)| (*rule, at)).collect();
    let results: Vec<Value> = files.iter().flat_map(|file| results(file, &places)).collect();
    let notifications: Vec<Value> = files.iter().filter_map(notification).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "dd0c lint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/dd0c/run",
                "rules": rules.into_values().collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "artifacts": files.iter().map(|file| json!({ "location": location(&file.path) })).collect::<Vec<_>>(),
            "results": results,
        }],
    })
}

/// The rules that found something, each once.
fn rules(files: &[File]) -> BTreeMap<&str, Value> {
    let mut rules = BTreeMap::new();
    for finding in files.iter().flat_map(File::findings) {
        rules.entry(finding.rule.as_str()).or_insert_with(|| rule(finding));
    }
    rules
}

fn rule(finding: &Finding) -> Value {
    let mut text = format!("{}.", finding.message.trim_end_matches('.'));
    if let Some(safer) = &finding.safer {
        text += &format!(" Safer: {safer}");
    }
    // The scale of code scanning: 9 and more is critical, 4 and more medium.
    let (severity, tag) = match finding.level {
        Level::Danger => ("9.0", "danger"),
        Level::Caution => ("5.0", "caution"),
        Level::Ambiguity => ("1.0", "ambiguity"),
    };
    json!({
        "id": finding.rule,
        "shortDescription": { "text": short(finding) },
        "help": { "text": text },
        "helpUri": format!("{RULE_PAGES}#{}", finding.rule),
        "defaultConfiguration": { "level": level(finding.level) },
        "properties": { "security-severity": severity, "tags": ["runbook", tag] },
    })
}

/// What a rule is about. A doubt's words are those of its place, so all doubts share these.
fn short(finding: &Finding) -> &str {
    match finding.rule.as_str() {
        "runbook.ambiguity" => "Two engineers would read this differently",
        _ => &finding.message,
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Danger => "error",
        Level::Caution => "warning",
        Level::Ambiguity => "note",
    }
}

fn results(file: &File, places: &HashMap<&str, usize>) -> Vec<Value> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let findings = file.findings().iter();
    findings
        .map(|finding| {
            let same = seen.entry(identity(finding)).or_default();
            *same += 1;
            json!({
                "ruleId": finding.rule,
                "ruleIndex": places.get(finding.rule.as_str()),
                "level": level(finding.level),
                "message": { "text": message(finding) },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": location(&file.path), "region": region(&finding.region),
                } }],
                "partialFingerprints": { "dd0cFinding/v1": fingerprint(finding, *same) },
            })
        })
        .collect()
}

fn message(finding: &Finding) -> String {
    match (&finding.step, &finding.safer) {
        (Some(step), Some(safer)) => format!("Step {step}: {}. Safer: {safer}", finding.message),
        (Some(step), None) => format!("Step {step}: {}", finding.message),
        (None, _) => finding.message.clone(),
    }
}

/// What stays the same when lines above are added: the rule, and the command or the words.
fn identity(finding: &Finding) -> String {
    let what = finding.command.as_ref().map_or_else(|| finding.message.clone(), |(_, hash)| hash.to_string());
    format!("{}\n{what}", finding.rule)
}

fn fingerprint(finding: &Finding, number: usize) -> String {
    let digest = Sha256::digest(format!("{}\n{number}", identity(finding)));
    hex::encode(digest.get(..16).unwrap_or_default())
}

fn region(region: &Region) -> Value {
    json!({
        "startLine": region.line, "startColumn": region.column,
        "endLine": region.end_line, "endColumn": region.end_column,
        "byteOffset": region.start, "byteLength": region.end - region.start,
    })
}

/// A file that could not be read is said, and does not hide the others.
fn notification(file: &File) -> Option<Value> {
    let Checked::Failed(error) = &file.outcome else { return None };
    let mut place = json!({ "artifactLocation": location(&file.path) });
    if let Some((offset, line, _)) = error.place {
        // The column is of bytes, where the others count characters: the byte's offset says it better.
        place["region"] = json!({ "startLine": line, "byteOffset": offset, "byteLength": 1 });
    }
    Some(json!({
        "level": "error",
        "message": { "text": format!("could not be read: {}", error.why) },
        "locations": [{ "physicalLocation": place }],
    }))
}

/// Relative to the root of the sources where it can be, else absolute.
fn location(path: &Path) -> Value {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = path.strip_prefix(&here).unwrap_or(path);
    let uri = encoded(&inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
    let uri = uri.strip_prefix("./").unwrap_or(&uri);
    if inside.is_absolute() {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

/// Percent-encodes what may not stand in the path of a URI.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!(encoded("docs/räum auf#1.md"), "docs/r%C3%A4um%20auf%231.md");
        assert_eq!(location(Path::new("./a/b.md"))["uri"], "a/b.md");
        assert_eq!(location(Path::new("/somewhere/else.md"))["uri"], "file:///somewhere/else.md");
    }
}
