//! Shows what would be made of a text: at once, or as it becomes known.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use dd0c_proto::intake::v1::PreviewEvent;
use dd0c_types::{ParsedRunbook, TenantId};
use futures::{Stream, StreamExt};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use tonic::{Status, Streaming};

use crate::app::App;
use crate::body::{Body, Json};
use crate::guard::authenticate;
use crate::problem::ApiError;
use crate::runbooks::{PreviewText, intake};

const HEARTBEAT: Duration = Duration::from_secs(15);

/// Anybody, as often as their customer or their address may; counted before the body is read.
pub(crate) struct Visitor {
    /// The customer of a signed-in caller: only for them a model is asked.
    tenant: Option<TenantId>,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = authenticate(app, &parts.headers).await?;
        if let Some(caller) = &caller {
            app.limiters.tenant_preview(caller.tenant)?;
        } else if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            app.limiters.preview(peer.ip())?;
        }
        Ok(Self { tenant: caller.map(|caller| caller.tenant) })
    }
}

/// Shows what would be made of a text. Of the text nothing is stored. Without a login it is limited for each address,
/// and no model is asked.
///
/// With `Accept: text/event-stream` it answers as server-sent events: `structure` (a ParsedRunbook by rules alone, every
/// command scanned), `labels` (the whole ParsedRunbook again, with a model's labels; it replaces what was shown),
/// `verdicts` (PreviewVerdicts: the steps that a reviewer has judged since), `warning` (a Warning), and `done` (PreviewDone,
/// the whole result, within 5 s). When `done` says `waiting`, answers are late: `labels`, `verdicts` and another `done`
/// follow within 10 s. A text that is refused is answered with a problem document, never with a stream.
#[utoipa::path(post, path = "/runbooks/parse-preview", tag = "Runbooks", request_body = PreviewText,
    params(("Accept" = Option<String>, Header, description = "`text/event-stream` for events; else one JSON document.")),
    responses((status = 200, description = "What would be made of the text.",
        content((ParsedRunbook = "application/json"), (String = "text/event-stream")))))]
pub(crate) async fn preview_runbook(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(body): Body<PreviewText>,
) -> Result<Response, ApiError> {
    if !wants_events(&headers) {
        let parsed = intake::parse(app.intake(), visitor.tenant, body.text, body.title).await?;
        return Ok(Json(parsed).into_response());
    }
    let heard = intake::preview(app.intake(), visitor.tenant, body.text, body.title).await?;
    let events = events(heard).take_until(app.stop.clone().cancelled_owned());
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}

/// The intake's events; one that fails ends the stream before its `done`.
fn events(heard: Streaming<PreviewEvent>) -> impl Stream<Item = Result<Event, Infallible>> {
    let whole = heard.take_while(|event: &Result<_, Status>| {
        if let Err(status) = event {
            tracing::warn!(code = ?status.code(), "a preview broke off");
        }
        std::future::ready(event.is_ok())
    });
    whole.filter_map(|event| {
        let event = event.ok().and_then(|event| {
            Some(Event::default().event(event.name).data(String::from_utf8(event.json).ok()?))
        });
        std::future::ready(event.map(Ok))
    })
}
