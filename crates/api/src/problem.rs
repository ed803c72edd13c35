//! Every refusal and failure, and its one way out: RFC 9457 problem details.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a person and a program are told when a request is refused or fails.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// A path that names the kind of problem, `/problems/` followed by the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status, once more.
    pub status: u16,
    /// What happened, what did not happen, what to do next.
    pub detail: String,
    /// The kind for programs.
    pub code: String,
    /// Names this request in the service's log.
    pub request_id: String,
    /// Where in the text or body the problem lies, in bytes from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Who decided first, when a race was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// The version that is current, when the one that was expected is stale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<u32>,
    /// After how many seconds to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// A refusal or a failure on its way out. What the client may read is apart from what the log keeps.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    members: Map<String, Value>,
    cause: Option<String>,
}

impl ApiError {
    /// A refusal with its status, its code for programs and its words for people.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let detail = detail.into();
        Self(Box::new(Parts { status, code, title, detail, members: Map::new(), cause: None }))
    }

    /// 404: absent, or not yours; the two are told apart by nobody.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", "There is nothing here under this name.")
    }

    /// 401: no credential, or one that is not valid any more.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Not signed in",
            "This needs a session or an API token, and none that is valid came with the request. Nothing was done.",
        )
    }

    /// 403 with a code and a sentence.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Not allowed", detail)
    }

    /// 409 with a code and a sentence.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, "Conflict", detail)
    }

    /// 422 with a code and a sentence.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "Cannot be processed", detail)
    }

    /// 413: more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let detail =
            format!("The body is larger than {} KiB. It was not read and nothing was stored.", limit / 1024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    }

    /// 429 with the seconds to wait.
    pub fn too_many(seconds: u64, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests", detail)
            .with("retry_after", seconds)
    }

    /// 503: a part the service rests on is away.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
            "A part of the service does not answer. It is not known whether the request had an effect: \
             look at the current state before trying again.",
        )
        .because(cause)
    }

    /// 500: our own mistake.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "The service failed. Look at the current state before trying again, and quote the request id when you \
             report this.",
        )
        .because(cause)
    }

    /// Adds a member beside the standard ones.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps a cause for the log; the client never sees it.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The code for programs.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    fn retry_after(&self) -> Option<HeaderValue> {
        self.0.members.get("retry_after").and_then(Value::as_u64).map(HeaderValue::from)
    }

    /// The whole answer; `request_id` names the request in the log.
    pub fn render(&self, request_id: &str) -> Response {
        if let Some(cause) = &self.0.cause {
            tracing::error!(request_id, code = self.0.code, cause, "request failed");
        }
        let mut body = Map::new();
        body.insert("type".into(), format!("/problems/{}", self.0.code).into());
        body.insert("title".into(), self.0.title.into());
        body.insert("status".into(), self.0.status.as_u16().into());
        body.insert("detail".into(), self.0.detail.clone().into());
        body.insert("code".into(), self.0.code.into());
        body.insert("request_id".into(), request_id.into());
        body.extend(self.0.members.clone());
        let mut response = (self.0.status, Value::Object(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The body is written by the outermost layer, which alone knows the request id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_failure_is_never_told_to_the_client() {
        let error = ApiError::internal("relation runbooks does not exist");
        let response = error.render("r1");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!error.0.detail.contains("relation"));
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
