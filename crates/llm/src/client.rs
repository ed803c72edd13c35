//! Asks an OpenAI-compatible endpoint one question, within a deadline, with one more try.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Url, redirect};
use serde_json::Value;
use tokio::time::Instant;

use crate::exchange::{Asked, Exchange, Heard, RouteError, Sending, not_of_the_protocol, tokens};
use crate::settings::{Settings, SettingsError};
use crate::wire::{JsonSchema, Message, Request, Response, ResponseFormat};

/// Most bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 * 1024;
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

/// The way to the models. Cheap to share behind an `Arc`.
pub struct Route {
    pub(crate) exchange: Exchange,
    completions: Url,
    pub(crate) embeddings: Url,
    settings: Settings,
}

impl Route {
    /// A way to the endpoint of the settings. Nothing is asked yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let completions = endpoint(&settings.url, COMPLETIONS)?;
        let embeddings = endpoint(&settings.url, EMBEDDINGS)?;
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
        Ok(Self { exchange: Exchange::new(http), completions, embeddings, settings })
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
        let body = request(question);
        let sending = Sending {
            model: question.model,
            purpose: question.schema_name,
            to: &self.completions,
            body: &body,
            // What was sent is paid for, whether an answer comes or not.
            tokens: tokens(question.system.len() + question.user.len()),
            answer_bytes: ANSWER_BYTES,
        };
        self.exchange.ask(&sending, deadline, |bytes| completion(bytes, &read)).await
    }
}

fn request<'q>(question: &Question<'q>) -> Request<'q> {
    Request {
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
    }
}

/// Reads the first choice of a chat completion.
fn completion<T>(bytes: &[u8], read: impl Fn(&str) -> Result<T, String>) -> Result<Heard<T>, RouteError> {
    let response: Response =
        serde_json::from_slice(bytes).map_err(|error| not_of_the_protocol("chat completion", &error))?;
    let malformed = |why: &str| RouteError::Malformed(why.to_owned());
    let choice = response.choices.into_iter().next().ok_or_else(|| malformed("no choice in it"))?;
    if choice.finish_reason.is_some_and(|reason| reason == "length") {
        return Err(malformed("cut off at the longest answer"));
    }
    let content = choice.message.content.ok_or_else(|| malformed("no text in it"))?;
    Ok(Heard { usage: response.usage, tokens: tokens(content.len()), answer: read(&content) })
}

/// Where chat completions are, below the endpoint's base.
const COMPLETIONS: &str = "/chat/completions";
/// Where embeddings are.
const EMBEDDINGS: &str = "/embeddings";

/// The address of `operation`, from any usual spelling of the endpoint: the host, its `/v1`, or the whole path to one
/// of the two operations.
fn endpoint(url: &str, operation: &str) -> Result<Url, SettingsError> {
    let mut parsed = Url::parse(url.trim()).map_err(|_| SettingsError::Url)?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(SettingsError::Url);
    }
    let path = parsed.path().trim_end_matches('/');
    let whole = path.strip_suffix(COMPLETIONS).or_else(|| path.strip_suffix(EMBEDDINGS));
    let base = whole.unwrap_or(if path.is_empty() { "/v1" } else { path });
    let path = format!("{base}{operation}");
    parsed.set_path(&path);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_found_from_any_usual_spelling() {
        let at = |url: &str, operation: &str| endpoint(url, operation).map(|url| url.to_string());
        let wanted = "https://route.example/v1/chat/completions";
        for url in ["https://route.example", "https://route.example/v1/", wanted] {
            assert_eq!(at(url, COMPLETIONS).unwrap(), wanted);
            assert_eq!(at(url, EMBEDDINGS).unwrap(), "https://route.example/v1/embeddings");
        }
        let local = "http://127.0.0.1:11434/v1";
        assert_eq!(at(local, COMPLETIONS).unwrap(), format!("{local}/chat/completions"));
        assert_eq!(
            at(&format!("{local}/embeddings"), COMPLETIONS).unwrap(),
            format!("{local}/chat/completions")
        );
        for url in ["route.example", "file:///etc/passwd", ""] {
            assert!(at(url, COMPLETIONS).is_err(), "{url}");
        }
    }
}
