//! Tells whoever shows alerts that looking is worth while: of a new alert at once, of everything else about an alert
//! at most once in a few seconds.

use chrono::{DateTime, TimeDelta};
use dd0c_queue::{Trace, publish, topic};
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{AlertId, Timestamp};
use serde_json::json;

/// Changes of one alert within this many seconds are told once, at their end.
const WITHIN_SECONDS: i64 = 5;
/// How much later than the end: a change that is committed a moment after it is told as well.
const GRACE: TimeDelta = TimeDelta::milliseconds(500);

/// Tells of an alert that nobody has seen yet.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_new(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    trace: &Trace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let fields = json!({"alert_id": alert, "why": "new"});
    publish(tx, topic::ALERT_CHANGED, &format!("{alert}:new"), fields, trace, now).await?;
    Ok(())
}

/// Tells that an alert changed. Told again within the same seconds, it is told once.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_change(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    trace: &Trace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let turn = now.timestamp().div_euclid(WITHIN_SECONDS);
    let end = DateTime::from_timestamp((turn + 1) * WITHIN_SECONDS, 0).unwrap_or(now);
    let fields = json!({"alert_id": alert, "why": "changed"});
    publish(tx, topic::ALERT_CHANGED, &format!("{alert}:{turn}"), fields, trace, end + GRACE).await?;
    Ok(())
}
