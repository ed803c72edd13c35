//! A delivery as each sender makes it, for trying a webhook out.

use dd0c_types::AlertSender;
use serde_json::{Value, json};

/// What an alert for trying says.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'s> {
    /// What tells it from every other one.
    pub id: &'s str,
    /// When, in RFC 3339.
    pub at: &'s str,
    /// What is wrong.
    pub title: &'s str,
    /// More words.
    pub text: &'s str,
    /// The service.
    pub service: &'s str,
    /// The region.
    pub region: &'s str,
}

/// The body of a delivery that says that an alert fires.
pub fn sample(sender: AlertSender, said: &Sample<'_>) -> Value {
    match sender {
        AlertSender::Pagerduty => pagerduty(said),
        AlertSender::Opsgenie | AlertSender::Jsm => opsgenie(said),
        AlertSender::Alertmanager => alertmanager(said),
        AlertSender::Dd0cAlert => plain(said),
    }
}

fn pagerduty(said: &Sample<'_>) -> Value {
    let Sample { id, at, title, text, service, region } = said;
    json!({"event": {"id": format!("EVENT-{id}"), "event_type": "incident.triggered", "resource_type": "incident",
        "occurred_at": at, "agent": null, "client": null,
        "data": {"id": format!("INCIDENT-{id}"), "type": "incident", "status": "triggered", "title": title,
            "incident_key": format!("sample/{id}"), "created_at": at, "urgency": "high",
            "service": {"id": "SAMPLE", "summary": service, "type": "service_reference"},
            "priority": {"id": "P1", "summary": "P1", "type": "priority_reference"},
            "body": {"details": {"region": region, "message": text}}}}})
}

fn opsgenie(said: &Sample<'_>) -> Value {
    let Sample { id, title, text, service, region, .. } = said;
    json!({"action": "Create", "integrationName": "dd0c/run", "source": {"name": "", "type": "web"},
        "alert": {"alertId": format!("sample-{id}"), "message": title, "description": text, "priority": "P1",
            "tags": [format!("service:{service}"), format!("region:{region}")], "alias": format!("sample-{id}")}})
}

fn alertmanager(said: &Sample<'_>) -> Value {
    let Sample { id, at, title, text, service, region } = said;
    let labels = json!({"alertname": "Sample", "severity": "critical", "service": service, "region": region});
    json!({"version": "4", "groupKey": format!("{{}}:{{sample=\"{id}\"}}"), "status": "firing",
        "receiver": "dd0c", "commonLabels": labels, "commonAnnotations": {}, "groupLabels": {},
        "alerts": [{"status": "firing", "labels": labels, "startsAt": at, "fingerprint": format!("sample-{id}"),
            "annotations": {"summary": title, "description": text}}]})
}

fn plain(said: &Sample<'_>) -> Value {
    let Sample { id, at, title, text, service, region } = said;
    json!({"key": format!("sample-{id}"), "status": "firing", "severity": 1, "title": title, "text": text,
        "service": service, "region": region, "at": at})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_of_every_sender_is_read_as_what_it_says() {
        let said = Sample {
            id: "7",
            at: "2026-03-01T03:00:00Z",
            title: "5xx above 5%",
            text: "since 03:00",
            service: "checkout-api",
            region: "us-east-1",
        };
        for sender in AlertSender::ALL {
            let body = sample(sender, &said).to_string();
            let read = dd0c_matcher::read(sender, body.as_bytes()).unwrap();
            let [alert] = &read[..] else { panic!("{sender:?}: one alert") };
            assert!(alert.title.ends_with("5xx above 5%") && alert.key.contains('7'), "{alert:?}");
            assert_eq!(alert.service.as_deref(), Some("checkout-api"), "{sender:?}");
            assert_eq!(alert.region.as_deref(), Some("us-east-1"), "{sender:?}");
            assert_eq!(alert.severity.level(), 1, "{sender:?}");
        }
    }
}
