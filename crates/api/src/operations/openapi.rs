//! The description of this API.

use axum::response::{IntoResponse, Response};
use http::header;

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "Operations",
    responses((status = 200, content_type = "application/json", body = Object)))]
pub(crate) async fn show_openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::description::document()).into_response()
}
