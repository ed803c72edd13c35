//! Exchanges a one-time sign-in link for a session cookie.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use dd0c_store::sign_in_links::{self, LinkHolder};
use dd0c_store::{StoreError, audit, sessions, tenants, users};
use dd0c_types::{Actor, Channel, EventType, Timestamp};
use http::header::SET_COOKIE;
use http::request::Parts;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Member, Session, SignIn, Tenant};
use crate::body::{Body, Json};
use crate::problem::ApiError;
use crate::{origin, secret, session};

/// A caller nobody knows yet, who may try only so often.
pub(crate) struct Stranger;

impl FromRequestParts<Arc<App>> for Stranger {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        origin::check_not_cross_site(&parts.headers)?;
        if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            app.limiters.sign_in(peer.ip())?;
        }
        Ok(Self)
    }
}

/// Exchanges a one-time sign-in link for a session cookie.
#[utoipa::path(post, path = "/auth/session", tag = "Sign-in", request_body = SignIn,
    responses((status = 200, body = Session)))]
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    _: Stranger,
    Body(body): Body<SignIn>,
) -> Result<Response, ApiError> {
    let now = app.deps.clock.now();
    let holder =
        sign_in_links::find(&app.deps.store, &secret::hash(&body.link), now).await.map_err(no_link)?;
    let jti = Uuid::now_v7();
    let opened = open(&app, &holder, jti, now).await?;
    let token = app.sessions.issue(holder.tenant, holder.user, jti, now).map_err(ApiError::internal)?;
    let mut response = Json(opened).into_response();
    let cookie = session::set_cookie(&token, app.secure());
    response.headers_mut().insert(SET_COOKIE, cookie.parse().map_err(ApiError::internal)?);
    Ok(response)
}

async fn open(app: &App, holder: &LinkHolder, jti: Uuid, now: Timestamp) -> Result<Session, ApiError> {
    let expires_at = now + session::LIFETIME;
    let mut tx = app.deps.store.tenant(holder.tenant).await?;
    let user = sign_in_links::redeem(&mut tx, holder.link, now).await.map_err(no_link)?;
    let user = users::get(&mut tx, user).await?;
    let tenant = tenants::get(&mut tx).await?;
    sessions::open(&mut tx, jti, user.id, expires_at).await?;
    let actor = Actor::user(user.id, user.email.clone(), Channel::Web);
    let data = json!({"session": jti, "expires_at": expires_at});
    audit::append(&mut tx, EventType::MemberSignedIn, None, &actor, data).await?;
    tx.commit().await?;
    Ok(Session {
        user: Member::from(user),
        tenant: Tenant { id: tenant.id, name: tenant.name },
        channel: Channel::Web,
        expires_at: Some(expires_at),
    })
}

/// Used, ended and never made are told apart by nobody.
fn no_link(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::new(
            http::StatusCode::UNAUTHORIZED,
            "invalid_link",
            "Not signed in",
            "This sign-in link was used already, has run out, or was never made. Ask for a new one.",
        ),
        other => other.into(),
    }
}
