//! Follows a run: server-sent events read from the rows, woken by notifications.
//!
//! Nothing is remembered but how far the reader has come, so that a cut stream goes on where it was cut. While the
//! database is away the reader is told so: what is shown may be old.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use dd0c_store::outputs::{self, Chunk};
use dd0c_store::{StoreError, api_lists, sessions, users};
use dd0c_types::run::ExecutionView;
use dd0c_types::{AttemptId, ExecutionId};
use futures::Stream;
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::mpsc;

use crate::context::{CallContext, Caller};
use crate::executions::{OutputEvent, view};
use crate::live::{ANSWERS_WITHIN, Heard, RETRY};
use crate::path::Id;
use crate::problem::ApiError;

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Some things that a view shows change without a notification, such as whether the agent is connected.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
const CHUNKS: u32 = 256;
/// Events that wait for a slow reader; the rest waits in the database.
const WAITING: usize = 32;

/// Follows a run as server-sent events: `execution` (an ExecutionView for the caller), `output` (an OutputEvent), `stale`
/// (the database is away: what is shown may be old). `Last-Event-ID` resumes without loss or repetition of output.
#[utoipa::path(get, path = "/executions/{id}/events", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run."),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was read.")),
    responses((status = 200, content_type = "text/event-stream", body = String,
        description = "Events until the client leaves.")))]
pub(crate) async fn follow_execution(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // From here on nothing is missed: first hear, then look.
    let heard = ctx.hub().subscribe();
    view::load(&ctx, id).await?.ok_or_else(ApiError::not_found)?;
    let cursor = last_event_id(&headers);
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(Follower { ctx, id, cursor, shown: None, stale: false, sender }.follow(heard));
    let mut response =
        Sse::new(events(receiver)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_event_id(headers: &HeaderMap) -> i64 {
    headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn events(receiver: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(
        receiver,
        |mut receiver| async move { Some((Ok(receiver.recv().await?), receiver)) },
    )
}

/// One reader of one run.
struct Follower {
    ctx: CallContext,
    id: ExecutionId,
    /// The last piece of output that was sent.
    cursor: i64,
    /// The view that was sent last, to tell whether another is news.
    shown: Option<ExecutionView>,
    /// Whether the reader was told that what is shown may be old.
    stale: bool,
    sender: mpsc::Sender<Event>,
}

/// Why a reader is not served any more.
enum Over {
    /// The reader left, may not read any more, or the run is not there any more.
    Gone,
    /// The database is away.
    Away,
}

impl Follower {
    async fn follow(mut self, mut heard: Receiver<Heard>) {
        let app = self.ctx.app_arc();
        let _counted = app.meter.stream();
        let stop = app.stop.clone();
        let work = async {
            loop {
                let looked = match self.look().await {
                    Ok(()) => self.wait(&mut heard).await,
                    over => over,
                };
                match looked {
                    Ok(()) => {}
                    Err(Over::Away) => {
                        self.say_stale().await;
                        tokio::time::sleep(RETRY).await;
                    }
                    Err(Over::Gone) => return,
                }
                if self.sender.is_closed() {
                    return;
                }
            }
        };
        stop.run_until_cancelled(work).await;
    }

    /// Reads what is new and sends it.
    async fn look(&mut self) -> Result<(), Over> {
        loop {
            let answer = tokio::time::timeout(ANSWERS_WITHIN, self.read()).await;
            let (run, chunks, numbers) = answer.map_err(|_| Over::Away)??;
            if self.stale || self.shown.as_ref() != Some(&run) {
                self.send(self.event("execution").json_data(&run)).await?;
                self.shown = Some(run);
                self.stale = false;
            }
            let more = chunks.len() == CHUNKS as usize;
            for chunk in chunks {
                self.cursor = chunk.id;
                self.send(self.event("output").json_data(output(chunk, &numbers))).await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn read(&self) -> Result<(ExecutionView, Vec<Chunk>, HashMap<AttemptId, u32>), Over> {
        let mut tx = self.ctx.tenant_tx().await.map_err(|_| Over::Away)?;
        let caller = self.caller_now(&mut tx).await?;
        let run = view::read(&mut tx, &caller, self.id).await.map_err(|_| Over::Away)?.ok_or(Over::Gone)?;
        let chunks = outputs::after(&mut tx, self.id, self.cursor, CHUNKS).await.map_err(|_| Over::Away)?;
        let numbers = api_lists::attempt_numbers(&mut tx, self.id).await.map_err(|_| Over::Away)?;
        Ok((run, chunks, numbers))
    }

    /// A stream lives long: whether the reader may still read, and as what, is asked each time.
    async fn caller_now(&self, tx: &mut dd0c_store::TenantTx<'_>) -> Result<Caller, Over> {
        let mut caller = self.ctx.caller().clone();
        if let Some(session) = caller.session {
            sessions::user(tx, session, self.ctx.now()).await.map_err(|error| over(&error))?;
        }
        let user = users::get(tx, caller.user).await.map_err(|error| over(&error))?;
        caller.role = caller.role.min(user.role);
        if user.active { Ok(caller) } else { Err(Over::Gone) }
    }

    /// Until this run changes, something may have been missed, or it is time to look anyway.
    async fn wait(&self, heard: &mut Receiver<Heard>) -> Result<(), Over> {
        let word = tokio::time::timeout(LOOK_ANYWAY, async {
            loop {
                tokio::select! {
                    word = heard.recv() => match word {
                        Ok(Heard::Changed(id)) if id != self.id => {}
                        Ok(Heard::Away) => return Err(Over::Away),
                        Ok(Heard::Changed(_) | Heard::Look) | Err(_) => return Ok(()),
                    },
                    () = self.sender.closed() => return Ok(()),
                }
            }
        })
        .await;
        // Whatever else was said up to now is answered by the same look.
        while !matches!(heard.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
        word.unwrap_or(Ok(()))
    }

    async fn say_stale(&mut self) {
        if !self.stale {
            self.stale = true;
            let since = json!({"since": self.ctx.now(),
                "detail": "The database does not answer. What is shown may be old; nothing can be decided now."});
            let _ = self.send(self.event("stale").json_data(since)).await;
        }
    }

    fn event(&self, name: &str) -> Event {
        Event::default().event(name).id(self.cursor.to_string())
    }

    async fn send(&self, event: Result<Event, axum::Error>) -> Result<(), Over> {
        let event = event.map_err(|_| Over::Gone)?;
        self.sender.send(event).await.map_err(|_| Over::Gone)
    }
}

fn over(error: &StoreError) -> Over {
    if matches!(error, StoreError::NotFound) { Over::Gone } else { Over::Away }
}

fn output(chunk: Chunk, numbers: &HashMap<AttemptId, u32>) -> OutputEvent {
    OutputEvent {
        id: chunk.id,
        step_id: chunk.step,
        attempt: numbers.get(&chunk.attempt).copied().unwrap_or(1),
        stream: chunk.stream.as_str().to_owned(),
        offset: chunk.offset,
        text: String::from_utf8_lossy(&chunk.bytes).into_owned(),
        skipped: chunk.skipped,
    }
}
