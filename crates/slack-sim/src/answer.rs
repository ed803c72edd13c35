//! What the Web API answers: always HTTP 200 with `ok`, save for 429.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer with `ok: true` and these fields, or a refusal.
pub(crate) type Answer = Result<Value, Refusal>;

/// Why a call was refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Slack's error code alone.
    Code(&'static str),
    /// A code, and what is wrong in the blocks or the view: a sentence and the JSON pointer of each.
    Invalid { code: &'static str, messages: Vec<String> },
    /// The token was granted too little.
    MissingScope { needed: String, provided: String },
    /// The code that the caller of `api.test` asked for.
    Echoed(String),
    /// Called too often.
    RateLimited(Duration),
}

impl Refusal {
    /// The error code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Code(code) | Self::Invalid { code, .. } => code,
            Self::MissingScope { .. } => "missing_scope",
            Self::Echoed(_) => "echoed",
            Self::RateLimited(_) => "ratelimited",
        }
    }
}

/// `Err(Refusal::Code(code))`.
pub(crate) fn refuse<T>(code: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Code(code))
}

/// A refusal of one argument, as the views methods say it.
pub(crate) fn invalid_argument<T>(what: &str) -> Result<T, Refusal> {
    Err(Refusal::Invalid { code: "invalid_arguments", messages: vec![what.to_owned()] })
}

/// The HTTP response.
pub(crate) fn respond(answer: Answer) -> Response {
    match answer {
        Ok(mut fields) => {
            let mut body = json!({"ok": true});
            if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object_mut()) {
                body.append(fields);
            }
            Json(body).into_response()
        }
        Err(Refusal::Code(code)) => Json(json!({"ok": false, "error": code})).into_response(),
        Err(Refusal::Invalid { code, messages }) => {
            let marked: Vec<String> = messages.iter().map(|message| format!("[ERROR] {message}")).collect();
            let mut body = json!({"ok": false, "error": code, "response_metadata": {"messages": marked}});
            if code == "invalid_blocks" {
                body["errors"] = Value::from(messages);
            }
            Json(body).into_response()
        }
        Err(Refusal::MissingScope { needed, provided }) => {
            Json(json!({"ok": false, "error": "missing_scope", "needed": needed, "provided": provided}))
                .into_response()
        }
        Err(Refusal::Echoed(code)) => Json(json!({"ok": false, "error": code})).into_response(),
        Err(Refusal::RateLimited(wait)) => {
            let seconds = wait.as_secs_f64().ceil().max(1.0);
            let mut response = Json(json!({"ok": false, "error": "ratelimited"})).into_response();
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            let value = HeaderValue::from_str(&format!("{seconds:.0}"));
            response
                .headers_mut()
                .insert("retry-after", value.expect("invariant: digits are a header value"));
            response
        }
    }
}
