//! Whether a delivery comes from who knows a secret: PagerDuty signs the bytes, the others show the secret itself.
//! Nothing here takes longer or shorter by how much of a guess is right.

use dd0c_types::AlertSender;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::webhooks::{SECRET_HEADER, WebhookSecret};

/// The header of PagerDuty's signatures, several while it changes its key: `v1=<hex>,v1=<hex>`.
const SIGNATURE_HEADER: &str = "x-pagerduty-signature";
/// More signatures than this are not looked at.
const MOST_SIGNATURES: usize = 16;

/// Whether one of the secrets is proven. Without a secret nothing is.
pub(super) fn holds(
    sender: AlertSender,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
) -> bool {
    match sender {
        AlertSender::Pagerduty => signed(headers, body, secrets),
        AlertSender::Opsgenie | AlertSender::Jsm | AlertSender::Alertmanager | AlertSender::Dd0cAlert => {
            shown(headers, secrets)
        }
    }
}

fn signed(headers: &HeaderMap, body: &[u8], secrets: &[WebhookSecret]) -> bool {
    let signatures: Vec<[u8; 32]> = headers
        .get_all(SIGNATURE_HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|one| one.trim().strip_prefix("v1="))
        .filter_map(digest_of_hex)
        .take(MOST_SIGNATURES)
        .collect();
    secrets.iter().any(|secret| {
        let right = signature(secret, body);
        signatures.iter().any(|given| given.ct_eq(&right).into())
    })
}

fn digest_of_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).ok()?;
    Some(digest)
}

fn signature(secret: &WebhookSecret, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
        .expect("invariant: HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// Hashes are compared: then their lengths are one, whatever was sent.
fn shown(headers: &HeaderMap, secrets: &[WebhookSecret]) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, token)| token);
    let named = headers.get(SECRET_HEADER).map(http::HeaderValue::as_bytes);
    let given: Vec<[u8; 32]> =
        bearer.into_iter().chain(named).map(|text| Sha256::digest(text.trim_ascii()).into()).collect();
    secrets.iter().any(|secret| {
        let right: [u8; 32] = Sha256::digest(secret.reveal().as_bytes()).into();
        given.iter().any(|given| given.ct_eq(&right).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> WebhookSecret {
        WebhookSecret::new(text).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_signature_is_the_one_that_another_program_makes() {
        // printf '{"event":{}}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let body = b"{\"event\":{}}";
        let right = "v1=7fa61f5b45e6a2433a5af6e6807ba3c001e78dbd62b70df85b67e685c4cac749";
        let headers = headers(&[(SIGNATURE_HEADER, right)]);
        assert!(holds(AlertSender::Pagerduty, &headers, body, &[secret("0123456789abcdef")]));
    }

    #[test]
    fn one_right_signature_among_several_is_enough_and_none_of_other_bytes_is() {
        let (old, new) = (secret("old-old-old-old-old"), secret("new-new-new-new-new"));
        let body = b"{}";
        let of = |secret: &WebhookSecret| format!("v1={}", hex::encode(signature(secret, body)));
        let both = format!("{}, {}", of(&secret("unknown-unknown-unknown")), of(&new));
        let given = headers(&[(SIGNATURE_HEADER, &both)]);
        assert!(holds(AlertSender::Pagerduty, &given, body, &[old.clone(), new.clone()]));
        assert!(!holds(AlertSender::Pagerduty, &given, b"{} ", &[old.clone(), new.clone()]));
        assert!(!holds(AlertSender::Pagerduty, &given, body, std::slice::from_ref(&old)));
        assert!(!holds(AlertSender::Pagerduty, &given, body, &[]), "without a secret nothing is proven");
        for forged in ["", "v1=", "v0=00", "v1=zz", &of(&new).replace("v1", "v2"), &of(&new)[..40]] {
            let given = headers(&[(SIGNATURE_HEADER, forged)]);
            assert!(!holds(AlertSender::Pagerduty, &given, body, std::slice::from_ref(&new)), "{forged}");
        }
        let shown = headers(&[("authorization", &format!("Bearer {}", new.reveal()))]);
        assert!(!holds(AlertSender::Pagerduty, &shown, body, &[new]), "PagerDuty signs");
    }

    #[test]
    fn a_shared_secret_is_taken_from_either_header_and_nothing_like_it_is() {
        let known = secret("0123456789abcdef");
        let holds = |name: &'static str, value: &str| {
            super::holds(
                AlertSender::Alertmanager,
                &headers(&[(name, value)]),
                b"",
                std::slice::from_ref(&known),
            )
        };
        assert!(holds("authorization", "Bearer 0123456789abcdef"));
        assert!(holds("authorization", "bearer 0123456789abcdef"));
        assert!(holds(SECRET_HEADER, "0123456789abcdef"));
        for (name, value) in [
            ("authorization", "0123456789abcdef"),
            ("authorization", "Basic 0123456789abcdef"),
            ("authorization", "Bearer 0123456789abcde"),
            ("authorization", "Bearer 0123456789abcdeg"),
            ("authorization", "Bearer "),
            (SECRET_HEADER, ""),
            ("x-secret", "0123456789abcdef"),
        ] {
            assert!(!holds(name, value), "{name}: {value}");
        }
    }
}
