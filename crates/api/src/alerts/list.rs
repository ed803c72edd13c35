//! Lists alerts.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use chrono::{DateTime, Utc};
use dd0c_store::alerts;
use dd0c_types::AlertId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::alerts::{AlertList, NextAlerts};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertQuery {
    /// Only alerts last heard of before this: `next.before` of the page before.
    before: Option<DateTime<Utc>>,
    /// Of those last heard of at `before` itself, only what follows this one: `next.after` of the page before.
    after: Option<AlertId>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// Lists alerts, last heard of first.
#[utoipa::path(get, path = "/alerts", tag = "Alerts", params(AlertQuery),
    responses((status = 200, body = AlertList)))]
pub(crate) async fn list_alerts(
    ctx: CallContext,
    query: Result<Query<AlertQuery>, QueryRejection>,
) -> Result<Json<AlertList>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::unprocessable("invalid_query", error.body_text()))?;
    let limit = query.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let mut tx = ctx.tenant_tx().await?;
    let records = alerts::page(&mut tx, query.before.map(|before| (before, query.after)), limit).await?;
    let full = records.len() == limit as usize;
    let last = records.last().filter(|_| full);
    let next = last.map(|last| NextAlerts { before: last.last_seen_at, after: last.id });
    Ok(Json(AlertList { alerts: records.into_iter().map(Into::into).collect(), next }))
}
