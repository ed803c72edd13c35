//! Each sender's payload, read into [`Alert`]s. Fields that nobody promised are looked for, never relied on.

mod alertmanager;
mod field;
mod opsgenie;
mod pagerduty;
mod plain;

use dd0c_types::{Alert, AlertSender};
use serde_json::Value;

/// Most alerts that are read from one delivery; Alertmanager groups.
const MOST_ALERTS: usize = 100;

/// Why a delivery cannot be read. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// It has not what every payload of the sender has.
    #[error("this is no payload of {sender}: `{field}` is missing or is not text")]
    Missing {
        /// The sender's name.
        sender: &'static str,
        /// The field's path.
        field: &'static str,
    },
}

/// Reads one delivery. None of it being an alert (a ping, a comment, a reassignment) is an empty list, no error.
///
/// # Errors
/// When it is not JSON or lacks what names the alert.
pub fn read(sender: AlertSender, body: &[u8]) -> Result<Vec<Alert>, PayloadError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| PayloadError::NotJson(error.to_string()))?;
    let mut alerts = match sender {
        AlertSender::Pagerduty => pagerduty::read(&value)?,
        AlertSender::Opsgenie | AlertSender::Jsm => opsgenie::read(sender, &value)?,
        AlertSender::Alertmanager => alertmanager::read(&value)?,
        AlertSender::Dd0cAlert => plain::read(&value)?,
    };
    alerts.truncate(MOST_ALERTS);
    alerts.iter_mut().for_each(field::tidy);
    Ok(alerts)
}

/// What `field` says, or the error that it is missing.
fn needed<'a>(sender: AlertSender, value: &'a Value, field: &'static str) -> Result<&'a str, PayloadError> {
    field::text(value, field).ok_or(PayloadError::Missing { sender: sender.name(), field })
}
