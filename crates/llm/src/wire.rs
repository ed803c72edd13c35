//! The part of the OpenAI-compatible protocol that is spoken: one chat completion with a strict schema, and embeddings.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize)]
pub(crate) struct Request<'r> {
    pub(crate) model: &'r str,
    pub(crate) messages: [Message<'r>; 2],
    pub(crate) temperature: u32,
    pub(crate) seed: u32,
    pub(crate) max_tokens: u32,
    pub(crate) stream: bool,
    pub(crate) response_format: ResponseFormat<'r>,
}

#[derive(Serialize)]
pub(crate) struct Message<'r> {
    pub(crate) role: &'static str,
    pub(crate) content: &'r str,
}

#[derive(Serialize)]
pub(crate) struct ResponseFormat<'r> {
    pub(crate) r#type: &'static str,
    pub(crate) json_schema: JsonSchema<'r>,
}

#[derive(Serialize)]
pub(crate) struct JsonSchema<'r> {
    pub(crate) name: &'r str,
    pub(crate) strict: bool,
    pub(crate) schema: &'r Value,
}

/// Servers add fields of their own; only these are read.
#[derive(Deserialize)]
pub(crate) struct Response {
    pub(crate) choices: Vec<Choice>,
    #[serde(default)]
    pub(crate) usage: Option<WireUsage>,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    pub(crate) message: Answer,
    #[serde(default)]
    pub(crate) finish_reason: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) content: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct EmbeddingsRequest<'r> {
    pub(crate) model: &'r str,
    pub(crate) input: Vec<&'r str>,
}

#[derive(Deserialize)]
pub(crate) struct EmbeddingsResponse {
    pub(crate) data: Vec<Embedding>,
    #[serde(default)]
    pub(crate) usage: Option<WireUsage>,
}

#[derive(Deserialize)]
pub(crate) struct Embedding {
    pub(crate) index: usize,
    pub(crate) embedding: Vec<f32>,
}

#[derive(Deserialize, Clone, Copy)]
pub(crate) struct WireUsage {
    #[serde(default)]
    pub(crate) prompt_tokens: u64,
    #[serde(default)]
    pub(crate) completion_tokens: u64,
}
