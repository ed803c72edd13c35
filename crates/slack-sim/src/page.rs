//! The page that draws the workspace: one HTML file with a script and a style sheet, all inside the program.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::sim::Sim;

/// Only this origin's script and style run; nothing from a message can become either.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'";

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/", get(|| async { guarded(Html(include_str!("page/index.html"))) }))
        .route("/page.js", get(|| async { typed("text/javascript", include_str!("page/page.js")) }))
        .route("/blocks.js", get(|| async { typed("text/javascript", include_str!("page/blocks.js")) }))
        .route("/page.css", get(|| async { typed("text/css", include_str!("page/page.css")) }))
}

fn typed(kind: &'static str, text: &'static str) -> Response {
    guarded(([("content-type", kind), ("cache-control", "no-store")], text))
}

fn guarded(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A text as it may stand in HTML and in its attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
