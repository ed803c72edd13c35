//! The dashboard, embedded in the binary: one page, its scripts and styles.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;

use crate::problem::ApiError;

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Dashboard;

/// Scripts and styles carry their content's hash in their name, so a browser may keep them.
const HASHED: &str = "assets/";

/// Anything that no route took: a file of the dashboard, else its page, which finds its own way by the URL.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::not_found().into_response();
    }
    match file(path, &headers) {
        Some(response) => response,
        None if path.starts_with(HASHED) => ApiError::not_found().into_response(),
        None => file("index.html", &headers).unwrap_or_else(not_built),
    }
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = Dashboard::get(path)?;
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let kind = HeaderValue::from_str(file.metadata.mimetype()).ok()?;
            ([(header::CONTENT_TYPE, kind)], file.data).into_response()
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag).ok()?);
    Some(response)
}

fn not_built() -> Response {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_dashboard",
        "No dashboard",
        "This binary was built without the dashboard. The API under /api/v1 works; \
         build `web` first and then the binary to get the pages.",
    )
    .into_response()
}
