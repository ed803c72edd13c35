//! From Slack's JSON to [`Incoming`].

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Incoming, Kind, Modal, Pressed, Typed, ViewName, What};

/// Reads a payload. None for what the bot does nothing about.
pub fn read(kind: Kind, payload: &Value) -> Option<Incoming> {
    match kind {
        Kind::Event => event(payload),
        Kind::Interactive => interactive(payload),
        Kind::Command => command(payload),
    }
}

fn event(payload: &Value) -> Option<Incoming> {
    let event = &payload["event"];
    let what = match text(event, "type") {
        "app_mention" => {
            // What another app or we ourselves wrote is nobody's word.
            if !text(event, "bot_id").is_empty() || !text(event, "subtype").is_empty() {
                return None;
            }
            What::Mentioned(Typed {
                text: after_mention(text(event, "text")).to_owned(),
                channel: owned(event, "channel"),
                message_ts: owned(event, "ts"),
                thread_ts: owned(event, "thread_ts"),
                trigger: String::new(),
            })
        }
        "app_home_opened" if text(event, "tab") == "home" => What::HomeOpened,
        "app_uninstalled" | "tokens_revoked" => What::Removed,
        _ => return None,
    };
    let enterprise = authorisation(payload, "enterprise_id");
    Some(Incoming {
        id: format!("event {}", text(payload, "event_id")),
        team: owned(payload, "team_id"),
        enterprise,
        user: owned(event, "user"),
        user_name: String::new(),
        what,
    })
}

fn interactive(payload: &Value) -> Option<Incoming> {
    let trigger = owned(payload, "trigger_id");
    let (id, what) = match text(payload, "type") {
        "block_actions" => (format!("press {trigger}"), What::Pressed(pressed(payload, &trigger)?)),
        "view_submission" => {
            let modal = modal(payload);
            // Each press of the button has a trigger of its own; without one, the same words are the same press.
            let press = if trigger.is_empty() { digest(&modal.values) } else { trigger };
            (format!("submit {} {press}", modal.view.id), What::Submitted(modal))
        }
        "message_action" | "shortcut" => {
            let callback = owned(payload, "callback_id");
            let text = owned(&payload["message"], "text");
            (format!("shortcut {trigger}"), What::Shortcut { callback, trigger, text })
        }
        _ => return None,
    };
    Some(Incoming {
        id,
        team: first([text(&payload["team"], "id"), text(&payload["user"], "team_id")]),
        enterprise: first([text(&payload["enterprise"], "id"), text(&payload["team"], "enterprise_id")]),
        user: owned(&payload["user"], "id"),
        user_name: first([text(&payload["user"], "name"), text(&payload["user"], "username")]),
        what,
    })
}

fn pressed(payload: &Value, trigger: &str) -> Option<Pressed> {
    let action = payload["actions"].get(0)?;
    let (container, message) = (&payload["container"], &payload["message"]);
    let view = &payload["view"];
    Some(Pressed {
        action: owned(action, "action_id"),
        value: first([text(action, "value"), text(&action["selected_option"], "value")]),
        trigger: trigger.to_owned(),
        channel: first([text(&payload["channel"], "id"), text(container, "channel_id")]),
        message_ts: first([text(container, "message_ts"), text(message, "ts")]),
        thread_ts: first([text(container, "thread_ts"), text(message, "thread_ts")]),
        view: view["id"].is_string().then(|| ViewName { id: owned(view, "id"), hash: owned(view, "hash") }),
    })
}

fn modal(payload: &Value) -> Modal {
    let view = &payload["view"];
    Modal {
        view: ViewName { id: owned(view, "id"), hash: owned(view, "hash") },
        callback: owned(view, "callback_id"),
        private_metadata: owned(view, "private_metadata"),
        values: view["state"]["values"].clone(),
    }
}

fn command(payload: &Value) -> Option<Incoming> {
    let trigger = owned(payload, "trigger_id");
    Some(Incoming {
        id: format!("command {trigger}"),
        team: owned(payload, "team_id"),
        enterprise: owned(payload, "enterprise_id"),
        user: owned(payload, "user_id"),
        user_name: owned(payload, "user_name"),
        what: What::Command(Typed {
            text: text(payload, "text").trim().to_owned(),
            channel: owned(payload, "channel_id"),
            message_ts: String::new(),
            thread_ts: owned(payload, "thread_ts"),
            trigger,
        }),
    })
}

/// `<@U0BOT> run …` without the mention that it begins with. A mention elsewhere is no word to the bot.
fn after_mention(text: &str) -> &str {
    let text = text.trim_start();
    let mention = text.strip_prefix("<@").and_then(|rest| rest.split_once('>'));
    mention.map_or("", |(_, rest)| rest.trim())
}

fn authorisation(payload: &Value, field: &str) -> String {
    owned(payload["authorizations"].get(0).unwrap_or(&Value::Null), field)
}

fn digest(value: &Value) -> String {
    hex::encode(&Sha256::digest(value.to_string())[..8])
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn owned(value: &Value, field: &str) -> String {
    text(value, field).to_owned()
}

fn first<const N: usize>(texts: [&str; N]) -> String {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_press_says_who_what_and_where() {
        let payload = json!({
            "type": "block_actions", "team": {"id": "T1", "domain": "acme"}, "enterprise": null,
            "user": {"id": "U1", "name": "riley", "team_id": "T1"}, "trigger_id": "1.2.3",
            "channel": {"id": "C1"}, "container": {"type": "message", "message_ts": "10.1", "thread_ts": "9.1"},
            "message": {"ts": "10.1", "blocks": [{"type": "something_new", "x": [1]}]},
            "actions": [{"type": "button", "action_id": "step.approve", "value": "v1.x"}],
        });
        let read = read(Kind::Interactive, &payload).unwrap();
        assert_eq!((read.id.as_str(), read.team.as_str(), read.user.as_str()), ("press 1.2.3", "T1", "U1"));
        let What::Pressed(pressed) = read.what else { panic!("a press") };
        assert_eq!((pressed.action.as_str(), pressed.value.as_str()), ("step.approve", "v1.x"));
        assert_eq!((pressed.channel.as_str(), pressed.thread_ts.as_str()), ("C1", "9.1"));
    }

    #[test]
    fn the_same_submission_has_the_same_id_and_another_text_another() {
        let submission = |name: &str| {
            let values = json!({"name": {"v": {"type": "plain_text_input", "value": name}}});
            let view = json!({"id": "V1", "hash": "h", "callback_id": "c", "private_metadata": "m", "state": {"values": values}});
            read(
                Kind::Interactive,
                &json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}),
            )
            .unwrap()
        };
        assert_eq!(submission("a").id, submission("a").id);
        assert_ne!(submission("a").id, submission("b").id);
        let What::Submitted(modal) = submission("a").what else { panic!("a submission") };
        assert_eq!(modal.value("name").as_deref(), Some("a"));
        assert_eq!(modal.value("other"), None);
    }

    #[test]
    fn a_mention_is_a_word_to_the_bot_only_at_the_beginning_and_only_from_a_person() {
        let mention =
            |event: Value| read(Kind::Event, &json!({"team_id": "T1", "event_id": "Ev1", "event": event}));
        let said = mention(
            json!({"type": "app_mention", "user": "U1", "text": " <@U0BOT>  run uptime ", "channel": "C1", "ts": "1.1"}),
        );
        let Some(What::Mentioned(typed)) = said.map(|said| said.what) else { panic!("a mention") };
        assert_eq!(typed.text, "run uptime");
        let elsewhere = mention(
            json!({"type": "app_mention", "user": "U1", "text": "panic <@U0BOT>", "channel": "C1", "ts": "1.1"}),
        );
        assert!(matches!(elsewhere.unwrap().what, What::Mentioned(Typed { text, .. }) if text.is_empty()));
        assert!(
            mention(
                json!({"type": "app_mention", "bot_id": "B1", "text": "<@U0BOT> panic", "channel": "C1"})
            )
            .is_none()
        );
        assert!(mention(json!({"type": "message", "text": "hello"})).is_none());
    }
}
