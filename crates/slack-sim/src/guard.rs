//! Who may speak to the simulator: only this machine, by the loopback's name, and for acting as a user only who has
//! the page's key. A page of another site can neither read nor click, whatever name it resolves to 127.0.0.1.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::credentials::same;
use crate::sim::Sim;

const COOKIE: &str = "slack_sim_key";

/// Refuses requests whose `Host` is not this machine.
pub(crate) async fn loopback_name(request: Request, next: Next) -> Response {
    let host = request.headers().get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if ["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "this is a Slack simulator on 127.0.0.1; nothing was done\n")
        .into_response()
}

/// Lets through who has the key: in a cookie, as `Authorization: Bearer`, or as `?key=` (a page is then sent to the
/// address without it). A change from another site's page is refused even with a cookie.
pub(crate) async fn key(State(sim): State<Arc<Sim>>, request: Request, next: Next) -> Response {
    let expected = &sim.config.credentials.page_key;
    let given = key_in_query(&request);
    if given.as_deref().is_some_and(|given| same(given, expected)) {
        let cookie = [("set-cookie", format!("{COOKIE}={expected}; Path=/; HttpOnly; SameSite=Strict"))];
        if request.method() == Method::GET && request.uri().path() == "/" {
            return (cookie, Redirect::to("/")).into_response();
        }
        return (cookie, next.run(request).await).into_response();
    }
    let headers = request.headers();
    let bearer = bearer(headers).is_some_and(|given| same(given, expected));
    let cookie =
        cookie(headers).is_some_and(|given| same(given, expected)) && same_site(&request, &sim.base_url);
    if bearer || cookie {
        return next.run(request).await;
    }
    let say = "The Slack simulator wants its key. Open the address that up.json names as slack_sim. Nothing was done.\n";
    (StatusCode::UNAUTHORIZED, say).into_response()
}

fn key_in_query(request: &Request) -> Option<String> {
    let query = request.uri().query()?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "key").map(|(_, value)| value.into_owned())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get("cookie")?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Reading is always the same site's, by the cookie's own rule; a change names where it comes from.
fn same_site(request: &Request, base_url: &str) -> bool {
    if request.method() == Method::GET {
        return true;
    }
    let origin = request.headers().get("origin").and_then(|value| value.to_str().ok());
    origin.is_some_and(|origin| origin == base_url || origin == base_url.replace("127.0.0.1", "localhost"))
}
