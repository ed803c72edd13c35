//! Makes a new one-time sign-in link for a member.

use chrono::TimeDelta;
use dd0c_store::{audit, sign_in_links, users};
use dd0c_types::EventType;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::auth::{Link, NewLink};
use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::{LINK_PREFIX, Secret, sign_in_url};

/// How long a link that was sent to somebody works.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Makes a new one-time sign-in link for a member.
#[utoipa::path(post, path = "/auth/links", tag = "Sign-in", request_body = NewLink,
    responses((status = 201, body = Link)))]
pub(crate) async fn create_sign_in_link(
    ctx: CallContext,
    Body(body): Body<NewLink>,
) -> Result<(StatusCode, Json<Link>), ApiError> {
    let expires_at = ctx.now() + LIFETIME;
    let made = Secret::generate(LINK_PREFIX)?;
    let mut tx = ctx.tenant_tx().await?;
    let user = users::get(&mut tx, body.user_id).await?;
    if !user.active {
        return Err(ApiError::conflict("inactive_member", "This member is not active. No link was made."));
    }
    sign_in_links::create(&mut tx, Uuid::now_v7(), user.id, &made.hash, expires_at).await?;
    let data = json!({"change": "sign_in_link", "user_id": user.id, "expires_at": expires_at});
    audit::append(&mut tx, EventType::MemberChanged, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    let url = sign_in_url(&ctx.app().deps.public_url, &made.text);
    Ok((StatusCode::CREATED, Json(Link { url, expires_at })))
}
