//! Lists audit events.

use axum::extract::Query;
use dd0c_store::audit::{self, AuditFilter};

use crate::audit::{AuditPage, AuditQuery};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

const DEFAULT: u32 = 100;
const MOST: u32 = 1_000;

/// Lists audit events in the order of the chain, or newest first.
#[utoipa::path(get, path = "/audit", tag = "Audit", params(AuditQuery), responses((status = 200, body = AuditPage)))]
pub(crate) async fn list_audit_events(
    ctx: CallContext,
    query: Result<Query<AuditQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<AuditPage>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::unprocessable("invalid_query", error.body_text()))?;
    let limit = query.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let filter = filter(&query)?;
    let newest = query.newest.unwrap_or(false);
    let astray = if newest { query.after } else { query.before };
    if astray.is_some() {
        let detail = "`before` goes with `newest`, `after` without it.";
        return Err(ApiError::unprocessable("invalid_query", detail));
    }
    let mut tx = ctx.tenant_tx().await?;
    let events = if newest {
        audit::page_back(&mut tx, query.before.unwrap_or(u64::MAX), limit, &filter).await?
    } else {
        audit::page(&mut tx, query.after.unwrap_or(0), limit, &filter).await?
    };
    let full = events.len() == limit as usize;
    let next = events.last().map(|event| event.seq).filter(|_| full);
    Ok(Json(AuditPage { events: events.into_iter().map(Into::into).collect(), next }))
}

fn filter(query: &AuditQuery) -> Result<AuditFilter, ApiError> {
    let event_type = query.event_type.as_deref().map(str::parse).transpose();
    let event_type = event_type
        .map_err(|_| ApiError::unprocessable("invalid_query", "There is no such type of event."))?;
    Ok(AuditFilter { execution: query.execution_id, event_type, ..AuditFilter::default() })
}
