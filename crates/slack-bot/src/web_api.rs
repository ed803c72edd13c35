//! Slack's Web API, as far as the bot calls it.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::*;

use crate::secret::BotToken;

/// The connection that `slack-morphism` speaks over.
pub(crate) type Connector = SlackClientHyperConnector<hyper_rustls::HttpsConnector<HttpConnector>>;

/// Slack's own address of the Web API.
pub const SLACK: &str = "https://slack.com/api";

/// How long Slack may take to answer a call.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Errors after which the same call is never tried again: what it speaks of is gone or closed, or we are.
const FOR_GOOD: [&str; 12] = [
    "account_inactive",
    "cant_update_message",
    "channel_not_found",
    "edit_window_closed",
    "invalid_auth",
    "is_archived",
    "message_not_found",
    "missing_scope",
    "not_in_channel",
    "restricted_action",
    "token_expired",
    "token_revoked",
];
/// Those of them that concern the whole installation.
const WHOLE_INSTALLATION: [&str; 4] = ["account_inactive", "invalid_auth", "token_expired", "token_revoked"];

/// A way to Slack. Cheap to clone.
#[derive(Clone)]
pub struct WebApi {
    client: Arc<SlackClient<Connector>>,
}

/// Why a call came to nothing, or why nobody knows what it came to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Slack was asked too often and did nothing.
    #[error("Slack asks to wait {0:?}; nothing was done")]
    RateLimited(Duration),
    /// Slack refused and did nothing.
    #[error("Slack refused: {0}")]
    Refused(String),
    /// No answer came: it may or may not have been done.
    #[error("Slack did not answer, so it is not known whether it was done: {0}")]
    NoAnswer(String),
}

impl CallError {
    /// Whether trying again can never help.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Refused(code) if FOR_GOOD.contains(&code.as_str()))
    }

    /// Whether the whole installation is refused, not one message.
    pub fn is_of_the_installation(&self) -> bool {
        matches!(self, Self::Refused(code) if WHOLE_INSTALLATION.contains(&code.as_str()))
    }
}

impl WebApi {
    /// A way to the Web API at `address`: [`SLACK`], or a simulator on loopback.
    ///
    /// # Errors
    /// When this machine has no certificate authorities.
    pub fn new(address: &str) -> std::io::Result<Self> {
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?;
        let builder =
            if address.starts_with("https://") { builder.https_only() } else { builder.https_or_http() };
        let connector = SlackClientHyperConnector::with_connector(builder.enable_http1().build());
        let connector = connector.with_slack_api_url(address.trim_end_matches('/'));
        Ok(Self { client: Arc::new(SlackClient::new(connector)) })
    }

    /// Calls a method with a bot's token.
    ///
    /// # Errors
    /// When Slack refuses, wants to be left alone, or does not answer.
    pub async fn call(&self, token: &BotToken, method: &str, arguments: &Value) -> Result<Value, CallError> {
        let token = SlackApiToken::new(token.reveal().to_owned().into());
        let session = self.client.open_session(&token);
        let call = session.http_session_api.http_post::<_, Value>(method, arguments, None);
        match tokio::time::timeout(ANSWERS_WITHIN, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error_of(error)),
            Err(_) => Err(CallError::NoAnswer(format!("nothing within {ANSWERS_WITHIN:?}"))),
        }
    }

    /// Exchanges a consent for a token: the app shows who it is by Basic authentication.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub(crate) async fn exchange(
        &self,
        (id, secret): (&str, &str),
        code: &str,
        redirect_uri: &str,
    ) -> Result<Value, CallError> {
        let connector = &self.client.http_api.connector;
        let mut uri = connector.create_method_uri_path("oauth.v2.access").map_err(error_of)?;
        uri.query_pairs_mut().append_pair("code", code).append_pair("redirect_uri", redirect_uri);
        let (id, secret) = (SlackClientId(id.to_owned()), SlackClientSecret(secret.to_owned()));
        let call = connector.http_get_with_client_secret::<Value>(uri, &id, &secret);
        match tokio::time::timeout(ANSWERS_WITHIN, call).await {
            Ok(answer) => answer.map_err(error_of),
            Err(_) => Err(CallError::NoAnswer(format!("nothing within {ANSWERS_WITHIN:?}"))),
        }
    }

    pub(crate) fn client(&self) -> Arc<SlackClient<Connector>> {
        Arc::clone(&self.client)
    }
}

/// The answer's body is left out: it may repeat what was sent.
fn error_of(error: SlackClientError) -> CallError {
    match error {
        SlackClientError::ApiError(refused) => CallError::Refused(refused.code),
        SlackClientError::RateLimitError(limited) => {
            CallError::RateLimited(limited.retry_after.unwrap_or(Duration::from_secs(1)))
        }
        SlackClientError::HttpError(status) => {
            CallError::NoAnswer(format!("HTTP status {}", status.status_code))
        }
        SlackClientError::HttpProtocolError(_) => CallError::NoAnswer("the connection failed".to_owned()),
        _ => CallError::NoAnswer("the answer could not be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_never_tried_again_and_a_lost_answer_is() {
        let refused = |code: &str| CallError::Refused(code.to_owned());
        for code in ["cant_update_message", "message_not_found", "is_archived", "token_revoked"] {
            assert!(refused(code).is_for_good(), "{code}");
        }
        assert!(refused("token_revoked").is_of_the_installation());
        assert!(!refused("is_archived").is_of_the_installation());
        for error in [
            CallError::NoAnswer(String::new()),
            CallError::RateLimited(Duration::ZERO),
            refused("internal_error"),
        ] {
            assert!(!error.is_for_good(), "{error}");
        }
    }
}
