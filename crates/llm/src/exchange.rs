//! One request to the endpoint and what becomes of it: within a deadline, bounded, counted, with one more try.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Response as HttpResponse, StatusCode, Url};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

use crate::breaker::Breaker;
use crate::wire::WireUsage;

/// Most questions that are open at once, over all pages of this process: a long page asks about all its steps at once.
const OPEN_QUESTIONS: usize = 256;
/// A second try needs at least this much time to be worth a call.
const WORTH_A_TRY: Duration = Duration::from_millis(300);
/// Most tokens of one answer's own count that are believed.
const BELIEVED_TOKENS: u64 = 1_000_000;

/// What was used by a question, answered or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requests sent.
    pub calls: u64,
    /// Requests without an answer that could be used.
    pub failures: u64,
    /// Tokens sent, as the endpoint counted them; a quarter of the bytes when it does not count.
    pub prompt_tokens: u64,
    /// Tokens received, likewise.
    pub completion_tokens: u64,
}

/// Why there is no answer. Never holds what was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// It did not answer in time.
    #[error("the model did not answer in time")]
    Late,
    /// It failed again and again, and is left alone for a while.
    #[error("the model failed again and again and is left alone for a while")]
    LeftAlone,
    /// It asks to wait (429 or 503).
    #[error("the model's service is busy")]
    Busy {
        /// For how long, in seconds, when it says so.
        wait_seconds: Option<u64>,
    },
    /// It refused.
    #[error("the model's service answered with status {0}")]
    Refused(u16),
    /// The connection failed or broke.
    #[error("the model's service cannot be reached: {0}")]
    Unreachable(String),
    /// The answer is not one that was asked for.
    #[error("the model's answer cannot be used: {0}")]
    Malformed(String),
}

/// What is sent where.
pub(crate) struct Sending<'s, B> {
    /// The model's name, for its breaker.
    pub(crate) model: &'s str,
    /// What for, for the log.
    pub(crate) purpose: &'s str,
    pub(crate) to: &'s Url,
    pub(crate) body: &'s B,
    /// An estimate of what is sent, for an endpoint that does not count.
    pub(crate) tokens: u64,
    /// Most bytes of the answer that are read.
    pub(crate) answer_bytes: usize,
}

/// An answer of the protocol: it was paid for, whatever it is good for.
pub(crate) struct Heard<T> {
    /// What the endpoint counted.
    pub(crate) usage: Option<WireUsage>,
    /// An estimate of what was received, for an endpoint that does not count.
    pub(crate) tokens: u64,
    /// What was asked for, or why it is not that.
    pub(crate) answer: Result<T, String>,
}

/// The connection, with what keeps it from being asked too much.
pub(crate) struct Exchange {
    http: reqwest::Client,
    breaker: Breaker,
    open: Semaphore,
}

impl Exchange {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http, breaker: Breaker::default(), open: Semaphore::new(OPEN_QUESTIONS) }
    }

    /// Sends until `deadline`, and once more when the first try fails early enough.
    ///
    /// # Errors
    /// [`RouteError`] of the last try.
    pub(crate) async fn ask<T, B: Serialize>(
        &self,
        sending: &Sending<'_, B>,
        deadline: Instant,
        read: impl Fn(&[u8]) -> Result<Heard<T>, RouteError>,
    ) -> (Asked, Result<T, RouteError>) {
        let mut asked = Asked::default();
        let first = self.once(sending, deadline, &read, &mut asked).await;
        let Err(error) = &first else { return (asked, first) };
        let Some(wait) = wait_before_retry(error) else { return (asked, first) };
        if Instant::now() + wait + WORTH_A_TRY >= deadline {
            return (asked, first);
        }
        sleep(wait).await;
        let second = self.once(sending, deadline, &read, &mut asked).await;
        (asked, second)
    }

    async fn once<T, B: Serialize>(
        &self,
        sending: &Sending<'_, B>,
        deadline: Instant,
        read: impl Fn(&[u8]) -> Result<Heard<T>, RouteError>,
        asked: &mut Asked,
    ) -> Result<T, RouteError> {
        let open = timeout_at(deadline, self.open.acquire()).await;
        let _open = open.map_err(|_| RouteError::Late)?.expect("invariant: the semaphore is never closed");
        if !self.breaker.lets_through(sending.model, Instant::now()) {
            return Err(RouteError::LeftAlone);
        }
        asked.calls += 1;
        asked.prompt_tokens += sending.tokens;
        let answer = timeout_at(deadline, self.send(sending)).await.unwrap_or(Err(RouteError::Late));
        let outcome = answer.and_then(|bytes| {
            let heard = read(&bytes)?;
            if let Some(usage) = heard.usage {
                asked.prompt_tokens =
                    asked.prompt_tokens - sending.tokens + usage.prompt_tokens.min(BELIEVED_TOKENS);
            }
            let received = heard.usage.map_or(heard.tokens, |usage| usage.completion_tokens);
            asked.completion_tokens += received.min(BELIEVED_TOKENS);
            heard.answer.map_err(RouteError::Malformed)
        });
        if let Err(error) = &outcome {
            asked.failures += 1;
            tracing::debug!(model = sending.model, purpose = sending.purpose, %error, "no answer");
        }
        match outcome.as_ref().err().filter(|error| is_outage(error)) {
            Some(_) => self.breaker.failed(sending.model, Instant::now()),
            None => self.breaker.reached(sending.model),
        }
        outcome
    }

    async fn send<B: Serialize>(&self, sending: &Sending<'_, B>) -> Result<Vec<u8>, RouteError> {
        let request = self.http.post(sending.to.clone()).json(sending.body);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return Err(RouteError::Busy { wait_seconds: retry_after(&response) });
        }
        if !status.is_success() {
            return Err(RouteError::Refused(status.as_u16()));
        }
        bounded(response, sending.answer_bytes).await
    }
}

/// The parser's words quote what it read: only the place is kept.
pub(crate) fn not_of_the_protocol(wanted: &str, error: &serde_json::Error) -> RouteError {
    RouteError::Malformed(format!("no {wanted} (line {}, column {})", error.line(), error.column()))
}

/// How long to wait before another try; none when another try is no use.
fn wait_before_retry(error: &RouteError) -> Option<Duration> {
    match error {
        RouteError::Busy { wait_seconds } => Some(Duration::from_secs(wait_seconds.unwrap_or(0).min(3_600))),
        RouteError::Refused(status) if *status >= 500 => Some(Duration::ZERO),
        RouteError::Unreachable(_) | RouteError::Malformed(_) => Some(Duration::ZERO),
        RouteError::Late | RouteError::LeftAlone | RouteError::Refused(_) => None,
    }
}

/// Whether a failure says that the model is away, and not only that it made nothing of this question: a page that
/// confuses a model must not keep it from everybody else.
fn is_outage(error: &RouteError) -> bool {
    match error {
        RouteError::Late | RouteError::Busy { .. } | RouteError::Unreachable(_) => true,
        RouteError::Refused(status) => !matches!(status, 400 | 413 | 422),
        RouteError::LeftAlone | RouteError::Malformed(_) => false,
    }
}

/// Only the kind of failure: the library's words may name the whole URL.
fn unreachable(error: &reqwest::Error) -> RouteError {
    let kind = match error {
        error if error.is_timeout() => "no connection in time",
        error if error.is_connect() => "no connection",
        error if error.is_body() || error.is_decode() => "the answer broke off",
        _ => "the connection failed",
    };
    RouteError::Unreachable(kind.to_owned())
}

fn retry_after(response: &HttpResponse) -> Option<u64> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

async fn bounded(mut response: HttpResponse, most: usize) -> Result<Vec<u8>, RouteError> {
    let mut kept = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if kept.len() + chunk.len() > most {
            return Err(RouteError::Malformed(format!("longer than {most} bytes")));
        }
        kept.extend_from_slice(&chunk);
    }
    Ok(kept)
}

/// A quarter of the bytes: the usual rule of thumb for English text and code.
pub(crate) fn tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}
