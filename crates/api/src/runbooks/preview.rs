//! Shows what would be made of a text.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use dd0c_types::ParsedRunbook;
use http::request::Parts;

use crate::app::App;
use crate::body::{Body, Json};
use crate::guard::authenticate;
use crate::problem::ApiError;
use crate::runbooks::{PreviewText, intake};

/// Anybody, as often as their customer or their address may; counted before the body is read.
pub(crate) struct Visitor;

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        if let Some(caller) = authenticate(app, &parts.headers).await? {
            app.limiters.tenant_preview(caller.tenant)?;
        } else if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            app.limiters.preview(peer.ip())?;
        }
        Ok(Self)
    }
}

/// Shows what would be made of a text. Nothing is stored. Without a login it is limited for each address.
#[utoipa::path(post, path = "/runbooks/parse-preview", tag = "Runbooks", request_body = PreviewText,
    responses((status = 200, body = ParsedRunbook)))]
pub(crate) async fn preview_runbook(
    State(app): State<Arc<App>>,
    _: Visitor,
    Body(body): Body<PreviewText>,
) -> Result<Json<ParsedRunbook>, ApiError> {
    intake::parse(app.intake(), body.text, body.title).await.map(Json)
}
