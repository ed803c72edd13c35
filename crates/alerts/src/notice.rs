//! Tells whoever shows alerts that looking is worth while: of a new alert at once, of everything else about an alert
//! at most once in a few seconds. And tells whoever asks models which alerts their words leave open.

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
    let turn = turn(now);
    let end = DateTime::from_timestamp((turn + 1) * WITHIN_SECONDS, 0).unwrap_or(now);
    let fields = json!({"alert_id": alert, "why": "changed"});
    publish(tx, topic::ALERT_CHANGED, &format!("{alert}:{turn}"), fields, trace, end + GRACE).await?;
    Ok(())
}

/// Has a model asked about an alert that says what has this SHA-256. Within the same seconds it is asked once.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_unsure(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    words_sha256: &[u8; 32],
    trace: &Trace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = format!("{alert}:{}:{}", turn(now), hex::encode(&words_sha256[..8]));
    publish(tx, topic::ALERT_UNSURE, &id, json!({"alert_id": alert}), trace, now).await?;
    Ok(())
}

/// Has the model asked about the runbooks that did not fit into the question about an alert.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_rest(
    tx: &mut TenantTx<'_>,
    alert: AlertId,
    left: usize,
    trace: &Trace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = format!("{alert}:{}:rest-{left}", turn(now));
    publish(tx, topic::ALERT_UNSURE, &id, json!({"alert_id": alert}), trace, now).await?;
    Ok(())
}

fn turn(now: Timestamp) -> i64 {
    now.timestamp().div_euclid(WITHIN_SECONDS)
}
