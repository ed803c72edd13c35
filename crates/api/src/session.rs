//! Sessions of browsers: a signed token in a cookie that scripts cannot read.

use chrono::{DateTime, TimeDelta, Utc};
use dd0c_types::{TenantId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The cookie's name.
pub(crate) const COOKIE: &str = "dd0c_session";
/// How long a session lasts.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::hours(12);

const ISSUER: &str = "dd0c-run";
const AUDIENCE: &str = "dd0c-run/web";

/// What a session says. It is believed only together with the session's row and the member's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// The member.
    pub(crate) sub: UserId,
    /// The customer.
    pub(crate) ten: TenantId,
    /// Names the session, so that it can be ended.
    pub(crate) jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Signs and reads session tokens.
pub(crate) struct SessionKey {
    sign: EncodingKey,
    verify: DecodingKey,
}

impl SessionKey {
    /// From at least 32 secret bytes.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self { sign: EncodingKey::from_secret(secret), verify: DecodingKey::from_secret(secret) }
    }

    /// A token for a session that begins now.
    pub(crate) fn issue(
        &self,
        tenant: TenantId,
        user: UserId,
        jti: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            ten: tenant,
            jti,
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign)
    }

    /// What a token says, when this service signed it for browsers and it has not run out at `now`.
    pub(crate) fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would ask the machine's clock; time is handed in here.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &self.verify, &rules).ok()?.claims;
        (now.timestamp() < claims.exp).then_some(claims)
    }
}

impl Claims {
    /// When the session runs out.
    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.exp, 0)
    }
}

/// The header that hands a session to the browser; it goes over TLS only when the service is reached so.
pub(crate) fn set_cookie(token: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}", LIFETIME.num_seconds())
}

/// The header that takes the session away.
pub(crate) fn clear_cookie(secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}")
}

/// The session token among a request's cookies.
pub(crate) fn cookie(headers: &http::HeaderMap) -> Option<&str> {
    headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> (SessionKey, TenantId, UserId, DateTime<Utc>) {
        let id = Uuid::from_u128(7);
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        (SessionKey::new(&[1; 32]), TenantId::from_uuid(id), UserId::from_uuid(id), now)
    }

    #[test]
    fn a_session_is_read_until_it_runs_out_and_not_after() {
        let (key, tenant, user, now) = parts();
        let token = key.issue(tenant, user, Uuid::from_u128(9), now).unwrap();
        let claims = key.read(&token, now + LIFETIME - TimeDelta::seconds(1)).unwrap();
        assert_eq!((claims.sub, claims.ten, claims.jti), (user, tenant, Uuid::from_u128(9)));
        assert_eq!(key.read(&token, now + LIFETIME), None);
    }

    #[test]
    fn a_token_of_another_key_audience_or_algorithm_is_not_believed() {
        let (key, tenant, user, now) = parts();
        let token = key.issue(tenant, user, Uuid::from_u128(9), now).unwrap();
        assert_eq!(SessionKey::new(&[2; 32]).read(&token, now), None);
        let mut claims = key.read(&token, now).unwrap();
        claims.aud = "another".to_owned();
        let other = encode(&Header::new(Algorithm::HS256), &claims, &key.sign).unwrap();
        assert_eq!(key.read(&other, now), None);
        claims.aud = AUDIENCE.to_owned();
        let other = encode(&Header::new(Algorithm::HS512), &claims, &key.sign).unwrap();
        assert_eq!(key.read(&other, now), None);
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = http::HeaderMap::new();
        headers.insert("cookie", "theme=dark; dd0c_session=abc.def; x=y".parse().unwrap());
        assert_eq!(cookie(&headers), Some("abc.def"));
        headers.insert("cookie", "dd0c_session2=abc".parse().unwrap());
        assert_eq!(cookie(&headers), None);
    }
}
