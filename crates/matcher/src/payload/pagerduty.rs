//! PagerDuty webhooks V3: one event of one incident.
//! The fields are those of <https://developer.pagerduty.com/docs/webhooks-overview>.

use dd0c_types::{Alert, AlertSender, AlertStatus, Severity};
use serde_json::Value;

use super::{PayloadError, field, needed};

pub(super) fn read(value: &Value) -> Result<Vec<Alert>, PayloadError> {
    let kind = needed(AlertSender::Pagerduty, value, "event.event_type")?;
    let Some(status) = status(kind) else { return Ok(Vec::new()) };
    let key = needed(AlertSender::Pagerduty, value, "event.data.id")?.to_owned();
    let title = needed(AlertSender::Pagerduty, value, "event.data.title")?.to_owned();
    let data = field::at(value, "event.data").unwrap_or(&Value::Null);
    let priority = field::first(data, &["priority.summary", "priority.name"]).and_then(field::severity);
    let urgency = field::text(data, "urgency").and_then(field::severity);
    let mut labels =
        field::labels(field::at(data, "body.details").or_else(|| field::at(data, "custom_details")));
    if let Some(incident_key) = field::text(data, "incident_key") {
        labels.insert("incident_key".into(), incident_key.to_owned());
    }
    Ok(vec![Alert {
        sender: AlertSender::Pagerduty,
        key,
        number: data.get("number").and_then(field::spelled).map(|n| format!("#{n}")).unwrap_or_default(),
        status,
        title,
        text: field::first(data, &["description", "body.details", "body"]).unwrap_or_default().to_owned(),
        service: field::first(data, &["service.summary", "service.name"]).map(str::to_owned),
        region: None,
        environment: None,
        severity: priority.or(urgency).unwrap_or(Severity::UNSAID),
        labels,
        url: field::first(data, &["html_url", "self"]).map(str::to_owned),
        at: field::text(value, "event.occurred_at").and_then(field::moment),
    }])
}

/// Events that change what an alert is; comments and reassignments do not.
fn status(kind: &str) -> Option<AlertStatus> {
    match kind {
        "incident.triggered"
        | "incident.reopened"
        | "incident.unacknowledged"
        | "incident.escalated"
        | "incident.priority_updated" => Some(AlertStatus::Firing),
        "incident.acknowledged" => Some(AlertStatus::Acknowledged),
        "incident.resolved" => Some(AlertStatus::Resolved),
        _ => None,
    }
}
