//! What every request passes before its handler: the rule of its route, the credential, the role, the origin,
//! the size of its body, and the promise of its idempotency key.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dd0c_store::{StoreError, sessions, tokens, users};
use dd0c_types::{Channel as Door, Role, TenantId, Timestamp, UserId};
use http::{HeaderMap, Method, header};
use uuid::Uuid;

use crate::access::{Access, rule};
use crate::app::App;
use crate::body::Limit;
use crate::context::{CallContext, Caller};
use crate::problem::ApiError;
use crate::{idempotency, origin, secret, session};

/// No handler takes longer; a stream is answered at once and then goes on.
const DEADLINE: Duration = Duration::from_secs(30);

/// Lets a request through to its handler, or answers in its place.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(DEADLINE, pass(&app, request, next)).await {
        Ok(Ok(response)) => response,
        Ok(Err(refused)) => refused.into_response(),
        Err(_) => ApiError::unavailable("the deadline of 30 s passed").into_response(),
    }
}

async fn pass(app: &Arc<App>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = if *request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let rule = rule(method, path).ok_or_else(ApiError::not_found)?;
    request.extensions_mut().insert(Limit(rule.body_bytes));
    let Access::Member(least) = rule.access else {
        return Ok(next.run(request).await);
    };
    let caller = authenticate(app, request.headers()).await?.ok_or_else(ApiError::unauthenticated)?;
    if caller.session.is_some() {
        origin::check(request.method(), request.headers())?;
    }
    if caller.role < least {
        return Err(wrong_role(least, caller.role));
    }
    let ctx = CallContext::new(Arc::clone(app), caller);
    request.extensions_mut().insert(ctx.clone());
    if *request.method() == Method::POST && request.headers().contains_key(idempotency::HEADER) {
        return idempotency::once(&ctx, request, next, rule.body_bytes).await;
    }
    Ok(next.run(request).await)
}

fn wrong_role(least: Role, role: Role) -> ApiError {
    let detail =
        format!("This needs the {} role. You are a {}. Nothing was done.", least.word(), role.word());
    ApiError::forbidden("forbidden", detail)
}

/// The member behind the credential of a request; none when it carries none that is good.
pub(crate) async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    let now = app.deps.clock.now();
    let found = match bearer(headers) {
        Some(token) => by_token(app, token, now).await,
        None => match session::cookie(headers) {
            Some(cookie) => by_session(app, cookie, now).await,
            None => return Ok(None),
        },
    };
    match found {
        Ok(caller) => Ok(caller),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn by_token(app: &App, token: &str, now: Timestamp) -> Result<Option<Caller>, StoreError> {
    let holder = tokens::find(&app.deps.store, &secret::hash(token), now).await?;
    // Whatever is done here is done in a person's name: a token of nobody does nothing.
    let Some(user) = holder.user else { return Ok(None) };
    let mut tx = app.deps.store.tenant(holder.tenant).await?;
    tokens::touch(&mut tx, holder.token, now).await?;
    let user = users::get(&mut tx, user).await?;
    tx.commit().await?;
    let expires_at = None;
    Ok(caller(holder.tenant, user, Door::Api, expires_at, None).map(|mut caller| {
        caller.role = caller.role.min(holder.role);
        caller
    }))
}

async fn by_session(app: &App, cookie: &str, now: Timestamp) -> Result<Option<Caller>, StoreError> {
    let Some(claims) = app.sessions.read(cookie, now) else { return Ok(None) };
    let mut tx = app.deps.store.tenant(claims.ten).await?;
    let user: UserId = sessions::user(&mut tx, claims.jti, now).await?;
    if user != claims.sub {
        return Ok(None);
    }
    let user = users::get(&mut tx, user).await?;
    Ok(caller(claims.ten, user, Door::Web, claims.expires_at(), Some(claims.jti)))
}

fn caller(
    tenant: TenantId,
    user: users::User,
    door: Door,
    expires_at: Option<Timestamp>,
    session: Option<Uuid>,
) -> Option<Caller> {
    user.active.then_some(Caller {
        tenant,
        user: user.id,
        email: user.email,
        name: user.name,
        role: user.role,
        door,
        expires_at,
        session,
    })
}
