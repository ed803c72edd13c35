//! Ends the session.

use axum::response::{IntoResponse, Response};
use dd0c_store::{audit, sessions};
use dd0c_types::EventType;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde_json::json;

use crate::context::CallContext;
use crate::problem::ApiError;
use crate::session;

/// Ends the session: its cookie works nowhere any more. With an API token there is no session to end.
#[utoipa::path(delete, path = "/auth/session", tag = "Sign-in", responses((status = 204)))]
pub(crate) async fn sign_out(ctx: CallContext) -> Result<Response, ApiError> {
    let Some(id) = ctx.caller().session else {
        return Err(ApiError::conflict(
            "no_session",
            "The request came with an API token, which is not a session. Revoke the token instead.",
        ));
    };
    let mut tx = ctx.tenant_tx().await?;
    sessions::revoke(&mut tx, id, ctx.now()).await?;
    let data = json!({"session": id});
    audit::append(&mut tx, EventType::MemberSignedOut, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = session::clear_cookie(ctx.app().secure());
    response.headers_mut().insert(SET_COOKIE, cookie.parse().map_err(ApiError::internal)?);
    Ok(response)
}
