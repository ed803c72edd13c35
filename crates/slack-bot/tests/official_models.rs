//! Every message, modal and home of the golden files against Slack's own models (`slack_sdk.models`) and against
//! slackblocks: neither refuses one. `cargo xtask test` installs both.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// What the two libraries say of a folder of golden files.
fn checked(folder: &Path) -> Value {
    let official = concat!(env!("CARGO_MANIFEST_DIR"), "/../slack-sim/tests/official");
    let output = Command::new(format!("{official}/.venv/bin/python"))
        .arg(format!("{official}/check_blocks.py"))
        .arg(folder)
        .output()
        .unwrap_or_else(|error| panic!("Python: {error}; `cargo xtask test` installs it"));
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn slacks_own_models_and_slackblocks_take_every_golden_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cards/golden");
    let files = std::fs::read_dir(&folder).expect("the golden files").count();
    let checked = checked(&folder);
    assert_eq!(checked["refused"], json!([]));
    assert_eq!(checked["files"], files);
    assert_eq!((&checked["blocks"], &checked["blocks"]), (&checked["slack_sdk"], &checked["slackblocks"]));
    println!("{checked}");
}

#[test]
fn what_slack_refuses_is_refused() {
    let text = |length: usize| json!({"type": "mrkdwn", "text": "x".repeat(length)});
    let button = |label: &str| json!({"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": label}});
    let wrong = [
        json!({"type": "section", "text": text(3_001)}),
        json!({"type": "section"}),
        json!({"type": "header", "text": {"type": "plain_text", "text": "x".repeat(151)}}),
        json!({"type": "actions", "elements": [button(&"x".repeat(76))]}),
        json!({"type": "actions", "elements": vec![button("Go"); 26]}),
        json!({"type": "sectoin", "text": text(1)}),
    ];
    for block in wrong {
        let folder = tempfile::tempdir().expect("a folder");
        let golden = format!("---\nsource: here\n---\n{}", json!({ "blocks": [block] }));
        std::fs::write(folder.path().join("wrong.snap"), golden).expect("a file");
        assert_ne!(checked(folder.path())["refused"], json!([]), "{block}");
    }
}
