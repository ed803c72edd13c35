//! Lists the API tokens that work.

use std::collections::HashMap;

use dd0c_store::tokens::{self, Token};
use dd0c_store::users;
use dd0c_types::Timestamp;

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::{TokenList, TokenView};

/// Lists the API tokens that work, newest first; never their secrets.
#[utoipa::path(get, path = "/settings/tokens", tag = "Settings", responses((status = 200, body = TokenList)))]
pub(crate) async fn list_tokens(ctx: CallContext) -> Result<Json<TokenList>, ApiError> {
    let now = ctx.now();
    let mut tx = ctx.tenant_tx().await?;
    let names: HashMap<_, _> =
        users::list(&mut tx).await?.into_iter().map(|user| (user.id, user.email)).collect();
    let view = |token: Token| TokenView {
        user: token.user.and_then(|user| names.get(&user).cloned()).unwrap_or_default(),
        id: token.id,
        name: token.name,
        role: token.role,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
    };
    let tokens =
        tokens::list(&mut tx).await?.into_iter().filter(|token| works(token, now)).map(view).collect();
    Ok(Json(TokenList { tokens }))
}

fn works(token: &Token, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end)
}
