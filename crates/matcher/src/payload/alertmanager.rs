//! Prometheus Alertmanager's webhook, version 4: a group of alerts, each with labels and annotations.
//! The fields are those of <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.

use dd0c_types::{Alert, AlertSender, AlertStatus, Severity};
use serde_json::Value;

use super::{PayloadError, field};

const SENDER: AlertSender = AlertSender::Alertmanager;

pub(super) fn read(value: &Value) -> Result<Vec<Alert>, PayloadError> {
    let alerts = value.get("alerts").and_then(Value::as_array);
    let alerts = alerts.ok_or(PayloadError::Missing { sender: SENDER.name(), field: "alerts" })?;
    alerts.iter().map(|alert| one(alert, value)).collect()
}

fn one(alert: &Value, group: &Value) -> Result<Alert, PayloadError> {
    let mut labels = field::labels(group.get("commonLabels"));
    labels.extend(field::labels(alert.get("labels")));
    let name = labels.get("alertname").cloned();
    let name =
        name.ok_or(PayloadError::Missing { sender: SENDER.name(), field: "alerts[].labels.alertname" })?;
    let said = |names: &[&str]| {
        let annotations = alert.get("annotations").unwrap_or(&Value::Null);
        field::first(annotations, names).unwrap_or_default().to_owned()
    };
    let summary = said(&["summary", "title", "message"]);
    let title = if summary.is_empty() { name.clone() } else { format!("{name}: {summary}") };
    let over = alert.get("status").and_then(Value::as_str) == Some("resolved");
    Ok(Alert {
        sender: SENDER,
        key: field::text(alert, "fingerprint").map_or_else(|| fingerprint(&labels), str::to_owned),
        number: String::new(),
        status: if over { AlertStatus::Resolved } else { AlertStatus::Firing },
        title,
        text: said(&["description", "message", "runbook_url"]),
        service: None,
        region: None,
        environment: None,
        severity: labels.get("severity").and_then(|s| field::severity(s)).unwrap_or(Severity::UNSAID),
        url: field::text(alert, "generatorURL")
            .or_else(|| field::text(group, "externalURL"))
            .map(str::to_owned),
        at: field::text(alert, if over { "endsAt" } else { "startsAt" }).and_then(field::moment),
        labels,
    })
}

/// Older senders give no fingerprint: the labels are what tells alerts apart.
fn fingerprint(labels: &std::collections::BTreeMap<String, String>) -> String {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}
