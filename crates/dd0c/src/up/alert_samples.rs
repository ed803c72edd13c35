//! What the alert buttons of the look-alike of Slack send: one alert of each kind of sender, signed as it signs, to the
//! household's own webhooks. What follows from it is what would follow from the true sender.

use dd0c_slack_sim::{AlertSample, AlertSigning};
use dd0c_types::AlertSender;
use serde_json::{Value, json};

use super::webhooks::Webhook;

/// The buttons, in the order of the webhooks. A webhook without a sample has no button.
pub(super) fn of(webhooks: &[Webhook]) -> Vec<AlertSample> {
    webhooks.iter().filter_map(sample).collect()
}

fn sample(webhook: &Webhook) -> Option<AlertSample> {
    let secret = webhook.secret.clone();
    let (name, signing, body) = match webhook.sender {
        AlertSender::Pagerduty => {
            ("PagerDuty: checkout-api 5xx", AlertSigning::PagerDuty(secret), pagerduty())
        }
        AlertSender::Alertmanager => {
            ("Alertmanager: volume filling up", AlertSigning::Bearer(secret), alertmanager())
        }
        AlertSender::Opsgenie => ("Opsgenie: billing queue", AlertSigning::Bearer(secret), opsgenie()),
        AlertSender::Jsm | AlertSender::Dd0cAlert => return None,
    };
    Some(AlertSample { name: name.to_owned(), url: webhook.address.clone(), signing, body })
}

fn pagerduty() -> Value {
    let service = json!({"id": "P0SVC01", "type": "service_reference", "summary": "checkout-api"});
    json!({"event": {
        "id": "{{id}}", "event_type": "incident.triggered", "resource_type": "incident", "occurred_at": "{{now}}",
        "agent": service, "client": {"name": "Monitoring Service", "url": "https://monitoring.example.com"},
        "data": {
            "id": "Q{{id}}", "type": "incident", "html_url": "https://acme.pagerduty.example/incidents/Q{{id}}",
            "number": 4821, "status": "triggered", "incident_key": "{{id}}", "created_at": "{{now}}",
            "title": "Checkout 5xx above 5 % in us-east-1", "service": service,
            "priority": {"id": "PPRIO01", "type": "priority_reference", "summary": "P1"}, "urgency": "high",
        },
    }})
}

fn alertmanager() -> Value {
    let name = "KubePersistentVolumeFillingUp";
    json!({
        "receiver": "dd0c", "status": "firing", "version": "4", "groupKey": "{}:{alertname=\"{{id}}\"}",
        "truncatedAlerts": 0, "groupLabels": {"alertname": name},
        "commonLabels": {"alertname": name, "severity": "critical", "cluster": "prod-use1"},
        "commonAnnotations": {}, "externalURL": "https://alertmanager.example.com",
        "alerts": [{
            "status": "firing", "labels": {"namespace": "kafka", "persistentvolumeclaim": "data-kafka-0"},
            "annotations": {
                "summary": "PersistentVolume is filling up.",
                "description": "The PersistentVolume claimed by data-kafka-0 in namespace kafka is only 2.1% free.",
            },
            "startsAt": "{{now}}", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.example.com/graph", "fingerprint": "{{id}}",
        }],
    })
}

fn opsgenie() -> Value {
    json!({
        "source": {"name": "web", "type": "API"}, "action": "Create", "integrationName": "dd0c",
        "alert": {
            "alertId": "{{id}}", "alias": "billing-queue-{{id}}", "tinyId": "10", "tags": ["service:billing"],
            "message": "Billing worker queue is not drained", "description": "1,200 jobs wait",
            "entity": "billing-worker-2", "priority": "P2", "details": {"env": "production", "jobs": "1200"},
        },
    })
}
