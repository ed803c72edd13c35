//! Grants: the right to start one attempt, signed with Ed25519 over the hash of the intent.
//!
//! ```text
//! "dd0c.grant/v1\n"  14 bytes
//! intent hash        32
//! issued             8   milliseconds since 1970 by the signer's clock, big-endian
//! validity           8   milliseconds, at most 60,000, big-endian
//! fence              8   of the execution's lease, big-endian
//! panic epoch        8   big-endian
//! nonce              16
//! signature          64  over everything before it
//! ```
//! 158 bytes, no more and no fewer: every field has one place and one width, so that no two grants share an encoding.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::PkiError;

/// The longest validity of a grant, in milliseconds.
pub const LONGEST_VALIDITY_MS: u64 = 60_000;
/// The length of a grant in bytes.
pub const GRANT_BYTES: usize = SIGNED + 64;
const MAGIC: &[u8; 14] = b"dd0c.grant/v1\n";
const SIGNED: usize = 14 + 32 + 4 * 8 + 16;

/// What a grant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// SHA-256 of the canonical bytes of the intent.
    pub intent_hash: [u8; 32],
    /// When it was signed, by the signer's clock, in milliseconds since 1970.
    pub issued_unix_ms: i64,
    /// How long it is valid, in milliseconds; at most [`LONGEST_VALIDITY_MS`].
    pub validity_ms: u64,
    /// The fence of the execution's lease. Agents refuse a lower one than they have seen.
    pub fence: u64,
    /// The panic epoch under which it was signed.
    pub panic_epoch: u64,
    /// Makes two grants for the same intent differ.
    pub nonce: [u8; 16],
}

/// Why bytes are not a grant for this intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrant {
    /// Not 158 bytes, or of an unknown version.
    #[error("the grant is malformed")]
    Malformed,
    /// Not signed by the pinned key.
    #[error("the grant is not signed by the key this agent pinned when it enrolled")]
    Signature,
    /// Signed, but for something else.
    #[error("the grant is for another intent")]
    Intent,
    /// Valid for longer than any grant may be.
    #[error("the grant claims to be valid for longer than 60 seconds")]
    Validity,
}

/// Signs grants. In production it lives in its own process with its own key.
pub struct Signer(SigningKey);

impl Signer {
    /// Makes a key.
    pub fn generate() -> Result<Self, PkiError> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|_| PkiError::Randomness)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a stored key back (PKCS #8).
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|_| PkiError::Pem("grant key"))
    }

    /// The key, to be stored with mode 0600 (PKCS #8).
    pub fn to_pem(&self) -> Result<String, PkiError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| PkiError::Pem("grant key"))?;
        Ok(pem.as_str().to_owned())
    }

    /// The public key that agents pin: 32 bytes.
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs for one attempt with a fresh nonce. `validity_ms` is cut to [`LONGEST_VALIDITY_MS`].
    pub fn sign(
        &self,
        intent_hash: [u8; 32],
        issued_unix_ms: i64,
        validity_ms: u64,
        fence: u64,
        panic_epoch: u64,
    ) -> Result<Vec<u8>, PkiError> {
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).map_err(|_| PkiError::Randomness)?;
        let validity_ms = validity_ms.min(LONGEST_VALIDITY_MS);
        Ok(self.sign_grant(&Grant { intent_hash, issued_unix_ms, validity_ms, fence, panic_epoch, nonce }))
    }

    /// Signs exactly these terms.
    pub fn sign_grant(&self, grant: &Grant) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(GRANT_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&grant.intent_hash);
        bytes.extend_from_slice(&grant.issued_unix_ms.to_be_bytes());
        for number in [grant.validity_ms, grant.fence, grant.panic_epoch] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&grant.nonce);
        bytes.extend_from_slice(&self.0.sign(&bytes).to_bytes());
        bytes
    }
}

/// Reads a grant, checks its signature with the pinned key and that it is for this very intent.
/// Time, fence and epoch are for the caller to judge.
pub fn verify(public_key: &[u8; 32], bytes: &[u8], intent_hash: &[u8; 32]) -> Result<Grant, InvalidGrant> {
    let bytes: &[u8; GRANT_BYTES] = bytes.try_into().map_err(|_| InvalidGrant::Malformed)?;
    let (signed, signature) = bytes.split_at(SIGNED);
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| InvalidGrant::Signature)?;
    let signature = Signature::from_slice(signature).map_err(|_| InvalidGrant::Malformed)?;
    key.verify_strict(signed, &signature).map_err(|_| InvalidGrant::Signature)?;
    let grant = read(signed).ok_or(InvalidGrant::Malformed)?;
    if grant.intent_hash != *intent_hash {
        return Err(InvalidGrant::Intent);
    }
    if grant.validity_ms > LONGEST_VALIDITY_MS {
        return Err(InvalidGrant::Validity);
    }
    Ok(grant)
}

fn read(signed: &[u8]) -> Option<Grant> {
    let rest = signed.strip_prefix(MAGIC)?;
    let (intent_hash, rest) = rest.split_first_chunk::<32>()?;
    let (issued, rest) = rest.split_first_chunk::<8>()?;
    let (validity, rest) = rest.split_first_chunk::<8>()?;
    let (fence, rest) = rest.split_first_chunk::<8>()?;
    let (epoch, rest) = rest.split_first_chunk::<8>()?;
    Some(Grant {
        intent_hash: *intent_hash,
        issued_unix_ms: i64::from_be_bytes(*issued),
        validity_ms: u64::from_be_bytes(*validity),
        fence: u64::from_be_bytes(*fence),
        panic_epoch: u64::from_be_bytes(*epoch),
        nonce: rest.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grant() -> Grant {
        Grant {
            intent_hash: [7; 32],
            issued_unix_ms: 1_700_000_000_000,
            validity_ms: 60_000,
            fence: 3,
            panic_epoch: 1,
            nonce: [9; 16],
        }
    }

    #[test]
    fn a_grant_reads_back_as_signed_after_its_key_was_stored() {
        let signer = Signer::generate().unwrap();
        let stored = Signer::from_pem(&signer.to_pem().unwrap()).unwrap();
        let bytes = stored.sign_grant(&grant());
        assert_eq!(verify(&signer.public_key(), &bytes, &[7; 32]), Ok(grant()));
    }

    #[test]
    fn two_grants_for_one_intent_differ() {
        let signer = Signer::generate().unwrap();
        let sign = || signer.sign([7; 32], 0, 90_000, 1, 1).unwrap();
        assert_ne!(sign(), sign());
        let read = verify(&signer.public_key(), &sign(), &[7; 32]).unwrap();
        assert_eq!(read.validity_ms, LONGEST_VALIDITY_MS);
    }

    #[test]
    fn every_flipped_bit_and_every_other_length_is_refused() {
        let signer = Signer::generate().unwrap();
        let good = signer.sign_grant(&grant());
        for index in 0..good.len() {
            let mut bytes = good.clone();
            bytes[index] ^= 1 << (index % 8);
            assert!(verify(&signer.public_key(), &bytes, &[7; 32]).is_err(), "byte {index}");
        }
        for length in (0..good.len()).chain([good.len() + 1, 2 * good.len()]) {
            let bytes: Vec<u8> = good.iter().copied().cycle().take(length).collect();
            assert!(verify(&signer.public_key(), &bytes, &[7; 32]).is_err(), "length {length}");
        }
    }

    #[test]
    fn another_key_another_intent_and_a_longer_life_are_refused() {
        let (signer, stranger) = (Signer::generate().unwrap(), Signer::generate().unwrap());
        let key = signer.public_key();
        let check = |bytes: &[u8]| verify(&key, bytes, &[7; 32]);
        assert_eq!(check(&stranger.sign_grant(&grant())), Err(InvalidGrant::Signature));
        let other = Grant { intent_hash: [8; 32], ..grant() };
        assert_eq!(check(&signer.sign_grant(&other)), Err(InvalidGrant::Intent));
        let longer = Grant { validity_ms: 60_001, ..grant() };
        assert_eq!(check(&signer.sign_grant(&longer)), Err(InvalidGrant::Validity));
        assert!(verify(&[0; 32], &signer.sign_grant(&grant()), &[7; 32]).is_err(), "a weak key");
    }

    proptest! {
        #[test]
        fn garbage_is_never_a_grant(bytes in any::<Vec<u8>>()) {
            prop_assert!(verify(&[1; 32], &bytes, &[7; 32]).is_err());
        }
    }
}
