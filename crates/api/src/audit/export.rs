//! Takes the audit trail away.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Response};
use dd0c_store::TenantTx;
use dd0c_store::audit::{self, AuditFilter};
use dd0c_types::EventType;
use http::header;
use serde_json::json;

use crate::audit::{AuditEvent, AuditPage, ExportQuery, csv};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

const BATCH: u32 = 1_000;
/// An export is made in memory. What is larger is taken in parts, by run.
const MOST: usize = 100_000;

/// Takes the audit trail away as JSON or CSV. The export is itself audited. PDF is not available yet.
#[utoipa::path(get, path = "/audit/export", tag = "Audit", params(ExportQuery),
    responses((status = 200, description = "The events.",
        content((AuditPage = "application/json"), (String = "text/csv")))))]
pub(crate) async fn export_audit(
    ctx: CallContext,
    query: Result<Query<ExportQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::unprocessable("invalid_query", error.body_text()))?;
    let as_csv = match query.format.as_str() {
        "json" => false,
        "csv" => true,
        "pdf" => {
            return Err(ApiError::unprocessable(
                "not_available",
                "PDF is not available yet. Ask for csv or json.",
            ));
        }
        _ => return Err(ApiError::unprocessable("invalid_query", "The format is json or csv.")),
    };
    let filter = AuditFilter { execution: query.execution_id, ..AuditFilter::default() };
    let mut tx = ctx.tenant_tx().await?;
    let events = all(&mut tx, &filter).await?;
    let data =
        json!({"format": query.format, "events": events.len(), "last_seq": events.last().map(|e| e.seq)});
    audit::append(&mut tx, EventType::ExportCreated, query.execution_id, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(if as_csv {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (headers, csv::text(&events)).into_response()
    } else {
        let headers = [(header::CONTENT_DISPOSITION, "attachment; filename=\"audit.json\"")];
        (headers, Json(AuditPage { events, next: None })).into_response()
    })
}

async fn all(tx: &mut TenantTx<'_>, filter: &AuditFilter) -> Result<Vec<AuditEvent>, ApiError> {
    let mut events: Vec<AuditEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = audit::page(tx, after, BATCH, filter).await?;
        let last = page.len() < BATCH as usize;
        events.extend(page.into_iter().map(AuditEvent::from));
        if last {
            return Ok(events);
        }
        if events.len() >= MOST {
            return Err(ApiError::unprocessable(
                "too_many_events",
                "There are more than 100,000 events. Export them run by run, or read them page by page.",
            ));
        }
    }
}
