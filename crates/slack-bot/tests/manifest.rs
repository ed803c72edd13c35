//! The manifest that administrators install asks for what the bot uses, and for nothing else.

use std::fmt::Write;

use dd0c_slack_bot::manifest::{BOT_EVENTS, BOT_SCOPES, COMMAND, MESSAGE_SHORTCUTS, METHODS};

const MANIFEST: &str = include_str!("../../../deploy/slack/manifest.yaml");

/// The lines under a key, without their dashes.
fn list(key: &str) -> Vec<&'static str> {
    let mut lines = MANIFEST.lines().skip_while(|line| line.trim() != format!("{key}:")).skip(1);
    let mut found = Vec::new();
    for line in &mut lines {
        match line.trim().strip_prefix("- ") {
            Some(item) => found.push(item.split(" #").next().unwrap_or(item).trim()),
            None if line.trim().starts_with('#') => {}
            None => break,
        }
    }
    found
}

#[test]
fn scopes_and_events_are_those_that_are_used() {
    assert_eq!(list("bot"), BOT_SCOPES.map(|(scope, _)| scope));
    assert_eq!(list("bot_events"), BOT_EVENTS);
    for (scope, why) in BOT_SCOPES {
        let used = METHODS.iter().any(|(_, needed)| *needed == scope)
            || matches!(scope, "commands" | "app_mentions:read" | "im:write");
        assert!(used, "nothing needs {scope}");
        assert!(MANIFEST.contains(&format!("- {scope} # {why}")), "the manifest says why {scope} is needed");
    }
    for (method, scope) in METHODS {
        let granted = scope.is_empty() || BOT_SCOPES.iter().any(|(granted, _)| *granted == scope);
        assert!(granted, "{method} needs {scope}, which nobody grants");
    }
}

#[test]
fn every_command_and_shortcut_is_in_it() {
    assert!(MANIFEST.contains(&format!("- command: {COMMAND}\n")));
    for (id, name) in MESSAGE_SHORTCUTS {
        let mut shortcut = String::new();
        let _ = write!(shortcut, "- name: {name}\n      type: message\n      callback_id: {id}\n");
        assert!(MANIFEST.contains(&shortcut), "{shortcut}");
    }
}

#[test]
fn every_method_that_is_called_is_listed() {
    let sources = concat!(
        include_str!("../src/handle/reply.rs"),
        include_str!("../src/handle/press.rs"),
        include_str!("../src/outgoing/send.rs"),
        include_str!("../src/oauth.rs"),
        include_str!("../src/web_api.rs"),
    );
    let named = |method: &str| sources.contains(&format!("\"{method}\""));
    for (method, _) in METHODS {
        // Socket Mode's own call is made by the library.
        assert!(named(method) || method == "apps.connections.open", "{method} is not called");
    }
    for word in sources.split('"') {
        let is_method = ["chat.", "views.", "users.", "conversations.", "usergroups.", "auth.", "oauth."]
            .iter()
            .any(|family| word.starts_with(family) && !word.contains(' '));
        assert!(!is_method || METHODS.iter().any(|(method, _)| *method == word), "{word} is not listed");
    }
}
