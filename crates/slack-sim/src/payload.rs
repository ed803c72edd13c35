//! The payloads of interactions and commands, as the app receives them.

use serde_json::{Value, json};

use crate::sim::APP_ID;
use crate::workspace::{UserSeed, Workspace};

/// What is the same in every interaction of a user.
pub(crate) fn interaction(workspace: &Workspace, user: &UserSeed, kind: &str, trigger: &str) -> Value {
    json!({
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.id},
        "api_app_id": APP_ID, "token": "", "trigger_id": trigger,
        "team": {"id": workspace.id, "domain": workspace.domain},
        "enterprise": null, "is_enterprise_install": false,
    })
}

/// The action of one element: what it is, and what was chosen or typed.
pub(crate) fn action(block_id: &str, element: &Value, state: Option<&Value>) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let mut action = json!({"type": kind, "action_id": element["action_id"], "block_id": block_id});
    for field in ["text", "value", "style", "url", "placeholder", "confirm", "accessibility_label"] {
        let belongs = kind == "button" || !["text", "value", "style", "url"].contains(&field);
        if belongs && !element[field].is_null() {
            action[field] = element[field].clone();
        }
    }
    for (field, value) in state.and_then(Value::as_object).into_iter().flatten() {
        action[field] = value.clone();
    }
    action["action_ts"] = Value::from(crate::conversation::ts(chrono::Utc::now().timestamp_micros()));
    action
}

/// A slash command. All values are texts, as in the form that it is.
pub(crate) fn command(
    workspace: &Workspace,
    user: &UserSeed,
    channel: (&str, &str),
    line: (&str, &str),
    urls: (&str, &str),
) -> Value {
    json!({
        "token": "", "team_id": workspace.id, "team_domain": workspace.domain,
        "channel_id": channel.0, "channel_name": channel.1, "user_id": user.id, "user_name": user.name,
        "command": line.0, "text": line.1, "api_app_id": APP_ID, "is_enterprise_install": "false",
        "response_url": urls.0, "trigger_id": urls.1,
    })
}
