//! Makes an API token.

use chrono::TimeDelta;
use dd0c_store::{audit, tokens};
use dd0c_types::{EventType, TokenId};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::{Secret, TOKEN_PREFIX};
use crate::settings::{CreatedToken, NewToken};

/// Makes an API token that acts in the caller's name, with the caller's role or a lesser one.
#[utoipa::path(post, path = "/settings/tokens", tag = "Settings", request_body = NewToken,
    responses((status = 201, body = CreatedToken)))]
pub(crate) async fn create_token(
    ctx: CallContext,
    Body(body): Body<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>), ApiError> {
    let days = body.expires_in_days.unwrap_or(90);
    if body.name.trim().is_empty() || body.name.len() > 200 || !(1..=365).contains(&days) {
        let detail = "A token needs a name of at most 200 characters and lasts 1 to 365 days. None was made.";
        return Err(ApiError::unprocessable("invalid_value", detail));
    }
    let caller = ctx.caller();
    let role = body.role.unwrap_or(caller.role);
    if role > caller.role {
        let detail = format!("You are a {}: your token cannot be a {}.", caller.role.word(), role.word());
        return Err(ApiError::forbidden("forbidden", detail));
    }
    let made = Secret::generate(TOKEN_PREFIX)?;
    let id = TokenId::from_uuid(Uuid::now_v7());
    let expires_at = Some(ctx.now() + TimeDelta::days(i64::from(days)));
    let new =
        tokens::NewToken { id, hash: made.hash, name: body.name, role, user: Some(caller.user), expires_at };
    let mut tx = ctx.tenant_tx().await?;
    tokens::create(&mut tx, &new).await?;
    let data = json!({"token_id": id, "name": new.name, "role": role, "expires_at": expires_at});
    audit::append(&mut tx, EventType::TokenCreated, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(CreatedToken { id, token: made.text, expires_at })))
}
