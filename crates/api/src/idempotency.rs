//! `Idempotency-Key`: the same request twice is done once and answered alike.
//!
//! The key is taken in a transaction of its own before the handler begins, so that a crash in between leaves
//! "begun, outcome unknown", which is told to whoever comes again; the work is never done a second time.

use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dd0c_store::idempotency::{self as keys, Seen};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::body::{Json, read};
use crate::context::CallContext;
use crate::problem::ApiError;

/// The header.
pub(crate) const HEADER: &str = "idempotency-key";

/// No answer that is kept is larger than this.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Answers that hold a secret are not kept: stored of a secret is only its hash.
const SHOWN_ONCE: &[&str] = &[
    "/api/v1/auth/links",
    "/api/v1/agents/join-tokens",
    "/api/v1/settings/tokens",
    "/api/v1/settings/webhooks",
];

fn is_shown_once(path: &str) -> bool {
    SHOWN_ONCE.contains(&path)
        || (path.starts_with("/api/v1/settings/webhooks/") && path.ends_with("/secrets"))
}

/// Runs the handler if the key is new; else gives the first answer again.
pub(crate) async fn once(
    ctx: &CallContext,
    request: Request,
    next: Next,
    limit: usize,
) -> Result<Response, ApiError> {
    let (parts, body) = read(request, limit).await?;
    let key = key(&parts)?;
    let digest = digest(ctx, &parts, &body);
    let mut tx = ctx.tenant_tx().await?;
    let seen = keys::begin(&mut tx, &key, &digest).await?;
    tx.commit().await?;
    match seen {
        Seen::First => {
            let path = parts.uri.path().to_owned();
            let response = next.run(Request::from_parts(parts, HttpBody::from(body))).await;
            keep(ctx, &key, &path, response).await
        }
        Seen::Done { status, response } => again(status, response),
        Seen::Unfinished => Err(unfinished()),
        Seen::OtherRequest => Err(ApiError::conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Nothing was done; use a new key.",
        )),
    }
}

fn key(parts: &Parts) -> Result<String, ApiError> {
    let value = parts.headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if (1..=200).contains(&value.len()) {
        return Ok(value.to_owned());
    }
    Err(ApiError::unprocessable(
        "invalid_idempotency_key",
        "An Idempotency-Key has 1 to 200 printable characters.",
    ))
}

/// Everything that makes it this request: who, what, where.
fn digest(ctx: &CallContext, parts: &Parts, body: &Bytes) -> [u8; 32] {
    let mut digest = Sha256::new();
    let uri = parts.uri.path_and_query().map_or("", |uri| uri.as_str());
    for part in [ctx.caller().user.uuid().as_bytes(), parts.method.as_str().as_bytes(), uri.as_bytes(), body]
    {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// A success is kept. A refusal did nothing, so the key is free again. A failure leaves the key taken:
/// nobody knows what was done, and it must not be done again by itself.
async fn keep(ctx: &CallContext, key: &str, path: &str, response: Response) -> Result<Response, ApiError> {
    let status = response.status();
    if status.is_server_error() {
        return Ok(response);
    }
    let mut tx = ctx.tenant_tx().await?;
    let response = if status.is_success() {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES).await.map_err(ApiError::internal)?;
        let (status, kept) = to_keep(path, status, &body);
        keys::finish(&mut tx, key, status.as_u16(), kept).await?;
        Response::from_parts(parts, HttpBody::from(body))
    } else {
        keys::release(&mut tx, key).await?;
        response
    };
    tx.commit().await?;
    Ok(response)
}

fn to_keep(path: &str, status: StatusCode, body: &Bytes) -> (StatusCode, Value) {
    if is_shown_once(path) {
        return (StatusCode::CONFLICT, Value::Null);
    }
    (status, serde_json::from_slice(body).unwrap_or(Value::Null))
}

fn again(status: u16, body: Value) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(status).map_err(ApiError::internal)?;
    if status == StatusCode::CONFLICT {
        return Err(ApiError::conflict(
            "shown_once",
            "This was done already and its secret was shown then; it is not kept. No second one was made.",
        ));
    }
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn unfinished() -> ApiError {
    ApiError::conflict(
        "unfinished",
        "A request with this Idempotency-Key was begun and has no answer yet: it is still at work, or it failed and \
         nobody knows how far it came. Nothing more was done. Look at the current state before using a new key.",
    )
}
