//! Asks an OpenAI-compatible endpoint one question, within a deadline, with one more try.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response as HttpResponse, StatusCode, Url, redirect};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

use crate::breaker::Breaker;
use crate::settings::{Settings, SettingsError};
use crate::wire::{JsonSchema, Message, Request, Response, ResponseFormat};

/// Most bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 * 1024;
/// Most questions that are open at once, over all pages of this process: a long page asks about all its steps at once.
const OPEN_QUESTIONS: usize = 256;
/// A second try needs at least this much time to be worth a call.
const WORTH_A_TRY: Duration = Duration::from_millis(300);
/// The seed that is sent with temperature 0.
const SEED: u32 = 7;

/// A question. The texts in it have been masked by their maker.
pub struct Question<'q> {
    /// The model's name.
    pub model: &'q str,
    /// The instructions: a file of this crate.
    pub system: &'q str,
    /// The data, fenced.
    pub user: &'q str,
    /// The name of the schema.
    pub schema_name: &'q str,
    /// The strict schema of the answer.
    pub schema: &'q Value,
    /// Most tokens of the answer.
    pub max_tokens: u32,
}

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

/// The way to the models. Cheap to share behind an `Arc`.
pub struct Route {
    http: reqwest::Client,
    endpoint: Url,
    breaker: Breaker,
    open: Semaphore,
    settings: Settings,
}

impl Route {
    /// A way to the endpoint of the settings. Nothing is asked yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let endpoint = endpoint(&settings.url)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.key {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| SettingsError::Key)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(Duration::from_secs(2))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| SettingsError::Client(error.to_string()))?;
        Ok(Self {
            http,
            endpoint,
            breaker: Breaker::default(),
            open: Semaphore::new(OPEN_QUESTIONS),
            settings,
        })
    }

    /// The settings it was made of.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks until `deadline`, and once more when the first try fails early enough. `read` turns the answer's text into
    /// what was asked for; what it refuses counts as a failure.
    ///
    /// # Errors
    /// [`RouteError`] of the last try.
    pub async fn ask<T>(
        &self,
        question: &Question<'_>,
        deadline: Instant,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> (Asked, Result<T, RouteError>) {
        let mut asked = Asked::default();
        let first = self.once(question, deadline, &read, &mut asked).await;
        let Err(error) = &first else { return (asked, first) };
        let Some(wait) = wait_before_retry(error) else { return (asked, first) };
        if Instant::now() + wait + WORTH_A_TRY >= deadline {
            return (asked, first);
        }
        sleep(wait).await;
        let second = self.once(question, deadline, &read, &mut asked).await;
        (asked, second)
    }

    async fn once<T>(
        &self,
        question: &Question<'_>,
        deadline: Instant,
        read: impl Fn(&str) -> Result<T, String>,
        asked: &mut Asked,
    ) -> Result<T, RouteError> {
        let open = timeout_at(deadline, self.open.acquire()).await;
        let _open = open.map_err(|_| RouteError::Late)?.expect("invariant: the semaphore is never closed");
        if !self.breaker.lets_through(question.model, Instant::now()) {
            return Err(RouteError::LeftAlone);
        }
        asked.calls += 1;
        // What was sent is paid for, whether an answer comes or not.
        let estimate = tokens(question.system.len() + question.user.len());
        asked.prompt_tokens += estimate;
        let answer = timeout_at(deadline, self.call(question)).await.unwrap_or(Err(RouteError::Late));
        let outcome = answer.and_then(|response| {
            let (content, received) = content(response)?;
            if let Some(usage) = received {
                asked.prompt_tokens = asked.prompt_tokens - estimate + usage.prompt_tokens.min(1_000_000);
            }
            let counted = received.map_or(tokens(content.len()), |usage| usage.completion_tokens);
            asked.completion_tokens += counted.min(1_000_000);
            read(&content).map_err(RouteError::Malformed)
        });
        if let Err(error) = &outcome {
            asked.failures += 1;
            tracing::debug!(model = question.model, schema = question.schema_name, %error, "no answer");
        }
        match outcome.as_ref().err().filter(|error| is_outage(error)) {
            Some(_) => self.breaker.failed(question.model, Instant::now()),
            None => self.breaker.reached(question.model),
        }
        outcome
    }

    async fn call(&self, question: &Question<'_>) -> Result<Response, RouteError> {
        let request = Request {
            model: question.model,
            messages: [
                Message { role: "system", content: question.system },
                Message { role: "user", content: question.user },
            ],
            temperature: 0,
            seed: SEED,
            max_tokens: question.max_tokens,
            stream: false,
            response_format: ResponseFormat {
                r#type: "json_schema",
                json_schema: JsonSchema { name: question.schema_name, strict: true, schema: question.schema },
            },
        };
        let response =
            self.http.post(self.endpoint.clone()).json(&request).send().await.map_err(|e| unreachable(&e))?;
        let status = response.status();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return Err(RouteError::Busy { wait_seconds: retry_after(&response) });
        }
        if !status.is_success() {
            return Err(RouteError::Refused(status.as_u16()));
        }
        let bytes = bounded(response).await?;
        // The parser's words quote what it read: only the place is kept.
        serde_json::from_slice(&bytes).map_err(|error| {
            RouteError::Malformed(format!(
                "no chat completion (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }
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

fn endpoint(url: &str) -> Result<Url, SettingsError> {
    let mut parsed = Url::parse(url.trim()).map_err(|_| SettingsError::Url)?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(SettingsError::Url);
    }
    let path = parsed.path().trim_end_matches('/').to_owned();
    let path = if path.ends_with("/chat/completions") {
        path
    } else if path.is_empty() {
        "/v1/chat/completions".to_owned()
    } else {
        format!("{path}/chat/completions")
    };
    parsed.set_path(&path);
    Ok(parsed)
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

async fn bounded(mut response: HttpResponse) -> Result<Vec<u8>, RouteError> {
    let mut kept = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if kept.len() + chunk.len() > ANSWER_BYTES {
            return Err(RouteError::Malformed(format!("longer than {ANSWER_BYTES} bytes")));
        }
        kept.extend_from_slice(&chunk);
    }
    Ok(kept)
}

fn content(response: Response) -> Result<(String, Option<crate::wire::WireUsage>), RouteError> {
    let malformed = |why: &str| RouteError::Malformed(why.to_owned());
    let choice = response.choices.into_iter().next().ok_or_else(|| malformed("no choice in it"))?;
    if choice.finish_reason.is_some_and(|reason| reason == "length") {
        return Err(malformed("cut off at the longest answer"));
    }
    let content = choice.message.content.ok_or_else(|| malformed("no text in it"))?;
    Ok((content, response.usage))
}

/// A quarter of the bytes: the usual rule of thumb for English text and code.
fn tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_found_from_any_usual_spelling() {
        let at = |url: &str| endpoint(url).map(|url| url.to_string());
        let wanted = "https://route.example/v1/chat/completions";
        for url in ["https://route.example", "https://route.example/v1/", wanted] {
            assert_eq!(at(url).unwrap(), wanted);
        }
        assert_eq!(at("http://127.0.0.1:11434/v1").unwrap(), "http://127.0.0.1:11434/v1/chat/completions");
        for url in ["route.example", "file:///etc/passwd", ""] {
            assert!(at(url).is_err(), "{url}");
        }
    }
}
