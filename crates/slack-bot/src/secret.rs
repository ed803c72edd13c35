//! Tokens and signing secrets: never printed, never empty.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A bot's token (`xoxb-…`) or the app's (`xapp-…`).
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(String);

/// What Slack signs its requests with.
#[derive(Clone)]
pub struct SigningSecret(String);

/// A secret is too short to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Slack's signing secret has at least 16 characters; with a shorter one anybody could sign. Nothing was started"
)]
pub struct ShortSecret;

/// Why a request is not taken for Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// A header is missing or cannot be read.
    #[error("the request is not signed")]
    Missing,
    /// It was signed more than five minutes ago, or will be.
    #[error("the signature is too old")]
    Stale,
    /// The signature is another.
    #[error("the signature is wrong")]
    Wrong,
}

/// How old a signature may be, in seconds, either way. Slack's reference, "Verifying requests from Slack".
const WINDOW_SECONDS: i64 = 5 * 60;

impl BotToken {
    /// Wraps a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(…)")
    }
}

impl SigningSecret {
    /// # Errors
    /// When it has fewer than 16 characters.
    pub fn new(secret: &str) -> Result<Self, ShortSecret> {
        if secret.len() < 16 { Err(ShortSecret) } else { Ok(Self(secret.to_owned())) }
    }

    /// Whether Slack signed exactly this body, not long ago. Compared in constant time, over the bytes as they came.
    ///
    /// # Errors
    /// When it did not.
    pub fn check(
        &self,
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
        now_unix: i64,
    ) -> Result<(), NotSigned> {
        let timestamp = timestamp.ok_or(NotSigned::Missing)?;
        let signed_at: i64 = timestamp.parse().map_err(|_| NotSigned::Missing)?;
        let given = signature.and_then(|text| text.strip_prefix("v0=")).ok_or(NotSigned::Missing)?;
        let given = hex::decode(given).map_err(|_| NotSigned::Wrong)?;
        if now_unix.abs_diff(signed_at) > WINDOW_SECONDS.unsigned_abs() {
            return Err(NotSigned::Stale);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes())
            .expect("invariant: HMAC takes a key of any length");
        for part in [b"v0:".as_slice(), timestamp.as_bytes(), b":", body] {
            mac.update(part);
        }
        mac.verify_slice(&given).map_err(|_| NotSigned::Wrong)
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIMESTAMP: &str = "1531420618";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn check(
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &str,
        now: i64,
    ) -> Result<(), NotSigned> {
        SigningSecret::new(SECRET).unwrap().check(timestamp, signature, body.as_bytes(), now)
    }

    #[test]
    fn the_example_of_slacks_reference_is_taken_and_nothing_that_differs_from_it() {
        let now = 1_531_420_618;
        assert_eq!(check(Some(TIMESTAMP), Some(SIGNATURE), BODY, now), Ok(()));
        assert_eq!(check(Some(TIMESTAMP), Some(SIGNATURE), &BODY[1..], now), Err(NotSigned::Wrong));
        assert_eq!(check(Some("1531420619"), Some(SIGNATURE), BODY, now), Err(NotSigned::Wrong));
        assert_eq!(check(Some(TIMESTAMP), Some("v0="), BODY, now), Err(NotSigned::Wrong));
        assert_eq!(check(Some(TIMESTAMP), Some(&SIGNATURE[3..]), BODY, now), Err(NotSigned::Missing));
        assert_eq!(check(Some(TIMESTAMP), None, BODY, now), Err(NotSigned::Missing));
        assert_eq!(check(None, Some(SIGNATURE), BODY, now), Err(NotSigned::Missing));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_either_way() {
        let at = 1_531_420_618;
        for (now, taken) in [(at + 300, true), (at - 300, true), (at + 301, false), (at - 301, false)] {
            assert_eq!(check(Some(TIMESTAMP), Some(SIGNATURE), BODY, now).is_ok(), taken, "{now}");
        }
    }

    #[test]
    fn an_empty_or_short_secret_cannot_be_configured() {
        for short in ["", "               "] {
            assert_eq!(SigningSecret::new(short).err(), Some(ShortSecret));
        }
    }
}
