//! Bodies: bounded before they are read, UTF-8 JSON, and no NUL in any text.

use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::ApiError;

/// A JSON body, bounded by the route's limit before it is read.
pub(crate) struct Body<T>(pub(crate) T);

/// The most bytes the body of this request may have; the guard sets it by the route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(pub(crate) usize);

/// A JSON answer that no cache keeps.
pub(crate) struct Json<T>(pub(crate) T);

/// What is read and thrown away of a body that is too large, so that its sender gets to read the refusal.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;

/// Reads at most `limit` bytes. Of a larger body nothing is kept.
pub(crate) async fn read(request: Request, limit: usize) -> Result<(Parts, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let mut stream = body.into_data_stream();
    if declared_length(&parts).is_some_and(|length| length > limit as u64) {
        if !parts.headers.contains_key(header::EXPECT) {
            drain(&mut stream).await;
        }
        return Err(ApiError::too_large(limit));
    }
    let mut kept = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
        if kept.len() + chunk.len() > limit {
            drop(kept);
            drain(&mut stream).await;
            return Err(ApiError::too_large(limit));
        }
        kept.extend_from_slice(&chunk);
    }
    Ok((parts, kept.freeze()))
}

fn declared_length(parts: &Parts) -> Option<u64> {
    parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn drain(stream: &mut BodyDataStream) {
    let mut seen = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        seen += chunk.len();
        if seen > DRAIN_BYTES {
            return;
        }
    }
}

fn broken_off() -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "incomplete_body",
        "Incomplete body",
        "The body broke off before its end. Nothing was done.",
    )
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let limit = request.extensions().get::<Limit>().map_or(crate::access::OTHER_BYTES, |limit| limit.0);
        let (_, bytes) = read(request, limit).await?;
        parse(&bytes).map(Self)
    }
}

/// Reads a JSON document; an empty body reads as `{}`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(error.valid_up_to()))?;
    if let Some(offset) = text.find('\0') {
        return Err(nul(offset, "of the body"));
    }
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    if let Some((place, offset)) = find_nul(&value, String::new()) {
        return Err(nul(offset, &format!("of `{place}`")));
    }
    serde_json::from_value(value)
        .map_err(|error| ApiError::unprocessable("invalid_body", format!("The body does not fit: {error}.")))
}

fn not_utf8(offset: usize) -> ApiError {
    let detail =
        format!("The body is not UTF-8: byte {offset} begins no valid character. Nothing was stored.");
    ApiError::unprocessable("invalid_utf8", detail).with("offset", offset)
}

fn nul(offset: usize, place: &str) -> ApiError {
    let detail = format!("Byte {offset} {place} is NUL, which no text may hold. Nothing was stored.");
    ApiError::unprocessable("nul_in_text", detail).with("offset", offset)
}

fn not_json(text: &str, error: &serde_json::Error) -> ApiError {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len());
    ApiError::unprocessable("invalid_json", format!("The body is not JSON: {error}.")).with("offset", offset)
}

/// The first NUL of any text or name in the document, with its place and its byte offset in that text.
fn find_nul(value: &Value, place: String) -> Option<(String, usize)> {
    match value {
        Value::String(text) => text.find('\0').map(|offset| (place, offset)),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| find_nul(item, format!("{place}[{index}]")))
        }
        Value::Object(members) => members.iter().find_map(|(name, item)| {
            let inner = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match name.find('\0') {
                Some(offset) => Some(("a name".to_owned(), offset)),
                None => find_nul(item, inner),
            }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], bytes)
                    .into_response()
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbooks::NewRunbook;

    fn refusal(body: &[u8]) -> ApiError {
        parse::<NewRunbook>(body).err().unwrap()
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_the_byte_it_begins_at() {
        let error = refusal(b"{\"text\":\"ab\xff\"}");
        assert_eq!(error.code(), "invalid_utf8");
        assert!(format!("{error:?}").contains("\"offset\": Number(11)"), "{error:?}");
    }

    #[test]
    fn a_nul_is_refused_with_its_place_however_it_is_written() {
        assert_eq!(refusal(b"{\"text\":\"a\0b\"}").code(), "nul_in_text");
        let error = refusal(br#"{"text":"ab\u0000"}"#);
        assert_eq!(error.code(), "nul_in_text");
        assert!(format!("{error:?}").contains("\"offset\": Number(2)"), "{error:?}");
    }

    #[test]
    fn broken_json_is_refused_with_its_place_and_unknown_members_are_named() {
        assert_eq!(refusal(b"{\n\"text\": }").code(), "invalid_json");
        assert_eq!(refusal(br#"{"text":"x","titel":"y"}"#).code(), "invalid_body");
        assert_eq!(refusal("[".repeat(100_000).as_bytes()).code(), "invalid_json");
    }
}
