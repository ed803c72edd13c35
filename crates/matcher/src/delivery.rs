//! What tells one delivery from another.

use dd0c_types::AlertSender;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of what makes a delivery this delivery: PagerDuty's event id, which stands in the signed body (a header
/// would not do: whoever replays can change it), else the whole body. The same delivery sent again has the same one.
pub fn identity(sender: AlertSender, body: &[u8]) -> [u8; 32] {
    let event = (sender == AlertSender::Pagerduty).then(|| event_id(body)).flatten();
    let (kind, said) = match &event {
        Some(id) => (b"event".as_slice(), id.as_bytes()),
        None => (b"body".as_slice(), body),
    };
    let mut digest = Sha256::new();
    digest.update(kind);
    digest.update([0]);
    digest.update(said);
    digest.finalize().into()
}

fn event_id(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let id = value.get("event")?.get("id")?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_sent_again_is_the_same_delivery_however_its_bytes_are_laid_out() {
        let one = identity(AlertSender::Pagerduty, br#"{"event":{"id":"E1"}}"#);
        assert_eq!(one, identity(AlertSender::Pagerduty, br#"{ "event": {"id": "E1", "agent": null} }"#));
        assert_ne!(one, identity(AlertSender::Pagerduty, br#"{"event":{"id":"E2"}}"#));
    }

    #[test]
    fn where_no_id_is_promised_the_bytes_tell() {
        for sender in [AlertSender::Opsgenie, AlertSender::Alertmanager, AlertSender::Dd0cAlert] {
            let body = br#"{"event":{"id":"E1"}}"#;
            assert_eq!(identity(sender, body), identity(sender, body));
            assert_ne!(identity(sender, body), identity(sender, br#"{"event":{"id":"E1"} }"#));
        }
        assert_ne!(identity(AlertSender::Pagerduty, b"a"), identity(AlertSender::Pagerduty, b"b"));
        assert_ne!(
            identity(AlertSender::Pagerduty, b"E1"),
            identity(AlertSender::Pagerduty, br#"{"event":{"id":"E1"}}"#),
            "a body cannot pass for an id"
        );
    }
}
