//! Opsgenie's webhook, which Jira Service Management sends too.
//! The fields are those of <https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/>.

use dd0c_types::{Alert, AlertSender, AlertStatus, Severity};
use serde_json::Value;

use super::{PayloadError, field, needed};

pub(super) fn read(sender: AlertSender, value: &Value) -> Result<Vec<Alert>, PayloadError> {
    let action = needed(sender, value, "action")?;
    let Some(status) = status(action) else { return Ok(Vec::new()) };
    let key = needed(sender, value, "alert.alertId")?.to_owned();
    let title = needed(sender, value, "alert.message")?.to_owned();
    let alert = value.get("alert").unwrap_or(&Value::Null);
    let mut labels = field::labels(alert.get("details"));
    labels.extend(tags(alert));
    if let Some(entity) = field::text(alert, "entity") {
        labels.insert("entity".into(), entity.to_owned());
    }
    let moment = |name: &str| alert.get(name).and_then(Value::as_i64).and_then(field::epoch);
    Ok(vec![Alert {
        sender,
        key,
        number: field::text(alert, "tinyId").map(|n| format!("#{n}")).unwrap_or_default(),
        status,
        title,
        text: field::text(alert, "description").unwrap_or_default().to_owned(),
        service: None,
        region: None,
        environment: None,
        severity: field::text(alert, "priority").and_then(field::severity).unwrap_or(Severity::UNSAID),
        labels,
        url: field::first(alert, &["url", "details.url"]).map(str::to_owned),
        // `createdAt` is when the alert was made, in every delivery; `updatedAt` is when it came to be as told here.
        at: moment("updatedAt").or_else(|| moment("createdAt")),
    }])
}

/// `service:checkout` is a label; `urgent` is one with its own name as value.
fn tags(alert: &Value) -> impl Iterator<Item = (String, String)> {
    let tags = alert.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    tags.map(|tag| {
        let (name, value) = tag.split_once([':', '=']).unwrap_or((tag, tag));
        (name.trim().to_lowercase(), value.trim().to_owned())
    })
}

fn status(action: &str) -> Option<AlertStatus> {
    match action {
        "Create" | "UnAcknowledge" | "Escalate" | "EscalateNext" | "UpdatePriority" => {
            Some(AlertStatus::Firing)
        }
        "Acknowledge" => Some(AlertStatus::Acknowledged),
        "Close" | "Delete" => Some(AlertStatus::Resolved),
        _ => None,
    }
}
