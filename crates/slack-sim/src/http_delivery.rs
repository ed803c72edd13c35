//! Signed requests to an app without Socket Mode: `X-Slack-Signature: v0=HMAC-SHA256("v0:TIMESTAMP:BODY")`.

use std::sync::Arc;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::config::RequestUrls;
use crate::credentials::secret;
use crate::delivery::{Kind, Outcome, Retry};
use crate::sim::Sim;

/// Sends one request and waits for the answer as long as Slack does.
pub(crate) async fn send(
    sim: &Arc<Sim>,
    urls: &RequestUrls,
    kind: Kind,
    payload: &Value,
    retry: Retry,
) -> Outcome {
    let (url, content_type, body) = match kind {
        Kind::Event => (&urls.events, "application/json", payload.to_string()),
        Kind::Interactive => (&urls.interactivity, FORM, form(&[("payload", payload.to_string())])),
        Kind::Command => (&urls.commands, FORM, form(&fields(payload))),
    };
    let mut request = signed(sim, url, content_type, body);
    if let (Kind::Event, Some(reason)) = (kind, retry.reason) {
        let reason = if reason == "timeout" { "http_timeout" } else { reason };
        request = request.header("x-slack-retry-num", retry.number).header("x-slack-retry-reason", reason);
    }
    let sent = Instant::now();
    match request.timeout(sim.config.deadlines.acknowledge).send().await {
        Ok(response) if response.status().is_success() => {
            let text = response.text().await.unwrap_or_default();
            Outcome::Acknowledged { after: sent.elapsed(), answer: answer(&text) }
        }
        Ok(_) => Outcome::Silent("http_error"),
        Err(error) if error.is_timeout() => Outcome::Silent("http_timeout"),
        Err(_) => Outcome::Silent("connection_failed"),
    }
}

/// Asks the events URL whether it is the app's: it must give the challenge back.
pub(crate) async fn verify(sim: &Arc<Sim>, urls: &RequestUrls) -> bool {
    let challenge = secret(16);
    let body = json!({"token": "", "challenge": challenge, "type": "url_verification"}).to_string();
    let request = signed(sim, &urls.events, "application/json", body);
    let Ok(response) = request.timeout(sim.config.deadlines.acknowledge).send().await else { return false };
    let good = response.status().is_success();
    let text = response.text().await.unwrap_or_default();
    let given = serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|json| json["challenge"].as_str().map(str::to_owned));
    good && (given.as_deref() == Some(&challenge) || text.trim() == challenge)
}

const FORM: &str = "application/x-www-form-urlencoded";

fn signed(sim: &Arc<Sim>, url: &str, content_type: &str, body: String) -> reqwest::RequestBuilder {
    let timestamp = chrono::Utc::now().timestamp().to_string();
    let signature = signature(&sim.config.credentials.signing_secret, &timestamp, &body);
    let request = sim.http.post(url).header("content-type", content_type);
    request.header("x-slack-request-timestamp", timestamp).header("x-slack-signature", signature).body(body)
}

fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    format!("v0={}", hmac_sha256(secret, format!("v0:{timestamp}:{body}").as_bytes()))
}

/// HMAC-SHA256 in hexadecimal.
pub(crate) fn hmac_sha256(secret: &str, bytes: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("invariant: HMAC takes a key of any length");
    mac.update(bytes);
    hex::encode(mac.finalize().into_bytes())
}

fn form(fields: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn fields(payload: &Value) -> Vec<(&str, String)> {
    let object = payload.as_object().into_iter().flatten();
    object.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// The body of an acknowledgement: JSON, or a text of its own.
fn answer(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() || text == "{}" {
        return None;
    }
    Some(serde_json::from_str(text).unwrap_or_else(|_| json!({"text": text})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_in_the_example_of_the_reference() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body), expected);
    }
}
