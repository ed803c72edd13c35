//! Our own plain payload: `{key, title, status?, text?, service?, region?, environment?, severity?, labels?, url?, at?}`.

use dd0c_types::{Alert, AlertSender, AlertStatus, Severity};
use serde_json::Value;

use super::{PayloadError, field, needed};

pub(super) fn read(value: &Value) -> Result<Vec<Alert>, PayloadError> {
    let title = needed(AlertSender::Dd0cAlert, value, "title")?.to_owned();
    let key = field::first(value, &["key", "id"]);
    let key = key.ok_or(PayloadError::Missing { sender: AlertSender::Dd0cAlert.name(), field: "key" })?;
    let said = |name: &str| field::text(value, name).map(str::to_owned);
    let severity = value.get("severity").and_then(field::spelled).and_then(|said| field::severity(&said));
    Ok(vec![Alert {
        sender: AlertSender::Dd0cAlert,
        key: key.to_owned(),
        number: said("number").unwrap_or_default(),
        status: field::text(value, "status").and_then(AlertStatus::parse).unwrap_or(AlertStatus::Firing),
        title,
        text: said("text").unwrap_or_default(),
        service: said("service"),
        region: said("region"),
        environment: said("environment"),
        severity: severity.unwrap_or(Severity::UNSAID),
        labels: field::labels(value.get("labels")),
        url: said("url"),
        at: field::text(value, "at").and_then(field::moment),
    }])
}
