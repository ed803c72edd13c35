//! Revokes an API token.

use dd0c_store::{audit, tokens};
use dd0c_types::{EventType, Role, TokenId};
use http::StatusCode;
use serde_json::json;

use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Revokes an API token: one's own, or as an Owner anybody's.
#[utoipa::path(delete, path = "/settings/tokens/{id}", tag = "Settings",
    params(("id" = TokenId, Path, description = "The token.")), responses((status = 204)))]
pub(crate) async fn revoke_token(ctx: CallContext, Id(id): Id<TokenId>) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let listed = tokens::list(&mut tx).await?;
    let token = listed.into_iter().find(|token| token.id == id).ok_or_else(ApiError::not_found)?;
    if token.user != Some(ctx.caller().user) && ctx.caller().role < Role::Owner {
        let detail = "Only its owner or an Owner revokes a token. It works as before.";
        return Err(ApiError::forbidden("forbidden", detail));
    }
    tokens::revoke(&mut tx, id, ctx.now()).await?;
    let data = json!({"token_id": id, "name": token.name});
    audit::append(&mut tx, EventType::TokenRevoked, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
