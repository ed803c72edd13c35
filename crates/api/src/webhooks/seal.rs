//! Secrets of webhooks: their shape, and how they rest. AES-256-GCM under a key that the database does not hold.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use dd0c_types::{AlertSourceId, TenantId};

/// The prefix of secrets that were made here.
const PREFIX: &str = "dd0c_whs_";
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=500;

/// A secret that a sender and we know: 16 to 500 visible ASCII characters, so none is empty and every one fits into a
/// header. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret has 16 to 500 visible ASCII characters and no space")]
pub struct SecretError;

/// A sealed secret does not open: another key, another place, or it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret cannot be opened with this key; give the webhook a new secret")]
pub struct OpenError;

impl WebhookSecret {
    /// One that a sender made, as it was pasted.
    ///
    /// # Errors
    /// When it is too short, too long, or holds what no header can.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        let good = LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(text.to_owned())).ok_or(SecretError)
    }

    /// 256 random bits.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        crate::secret::Secret::generate(PREFIX).map(|made| Self(made.text))
    }

    /// The text, for whoever must show it or compute with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Seals and opens secrets. What was sealed for one place opens for no other.
pub struct Seal(LessSafeKey);

impl Seal {
    /// From 32 random bytes.
    ///
    /// # Panics
    /// Never: the key has the length of the cipher's.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("invariant: 32 bytes are a key")))
    }

    /// Nonce, secret and tag.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn seal(
        &self,
        secret: &WebhookSecret,
        tenant: TenantId,
        place: AlertSourceId,
    ) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce)?;
        let mut sealed = secret.0.clone().into_bytes();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(unique, aad(tenant, place), &mut sealed)
            .expect("invariant: a secret is far shorter than the cipher's limit");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The secret.
    ///
    /// # Errors
    /// When it was not sealed with this key for this place.
    pub fn open(
        &self,
        sealed: &[u8],
        tenant: TenantId,
        place: AlertSourceId,
    ) -> Result<WebhookSecret, OpenError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(OpenError)?;
        let mut bytes = rest.to_vec();
        let unique = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(unique, aad(tenant, place), &mut bytes).map_err(|_| OpenError)?;
        let text = std::str::from_utf8(opened).map_err(|_| OpenError)?;
        WebhookSecret::new(text).map_err(|_| OpenError)
    }
}

fn aad(tenant: TenantId, place: AlertSourceId) -> Aad<Vec<u8>> {
    let place = place.uuid();
    Aad::from([b"dd0c/webhook/secret/v1".as_slice(), tenant.uuid().as_bytes(), place.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u128) -> AlertSourceId {
        AlertSourceId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn no_secret_is_empty_short_or_unfit_for_a_header() {
        for text in ["", " ", "0123456789abcde", "0123456789abcdef g", "0123456789abcdéfg", &"x".repeat(501)]
        {
            assert!(WebhookSecret::new(text).is_err(), "{text}");
        }
        assert!(WebhookSecret::new(" 0123456789abcdef\n").is_ok(), "as it was pasted");
        let made = WebhookSecret::generate().unwrap();
        assert!(WebhookSecret::new(made.reveal()).is_ok_and(|read| read == made));
    }

    #[test]
    fn a_secret_opens_with_its_key_for_its_place_and_for_nothing_else() {
        let (seal, secret) = (Seal::new(&[7; 32]), WebhookSecret::generate().unwrap());
        let tenant = TenantId::from_uuid(uuid::Uuid::from_u128(1));
        let other = TenantId::from_uuid(uuid::Uuid::from_u128(2));
        let sealed = seal.seal(&secret, tenant, place(1)).unwrap();
        assert!(seal.open(&sealed, tenant, place(1)).is_ok_and(|opened| opened == secret));
        assert!(seal.open(&sealed, other, place(1)).is_err());
        assert!(seal.open(&sealed, tenant, place(2)).is_err());
        assert!(Seal::new(&[8; 32]).open(&sealed, tenant, place(1)).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal.open(&changed, tenant, place(1)).is_err(), "byte {at}");
        }
        assert!(!String::from_utf8_lossy(&sealed).contains(PREFIX));
    }
}
