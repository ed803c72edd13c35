//! Bot tokens at rest: AES-256-GCM under a key that the database does not hold.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use dd0c_types::TenantId;
use uuid::Uuid;

use crate::secret::BotToken;

/// Seals and opens bot tokens. A token that was sealed for one workspace opens for no other.
pub struct Seal(LessSafeKey);

/// A sealed token does not open: another key, another workspace, or it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Slack token cannot be opened with this key; install the app again")]
pub struct Sealed;

impl Seal {
    /// From 32 random bytes.
    ///
    /// # Panics
    /// Never: the key has the length of the cipher's.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("invariant: 32 bytes are a key")))
    }

    /// Nonce, token and tag.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn seal(
        &self,
        token: &BotToken,
        tenant: TenantId,
        workspace: Uuid,
    ) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce)?;
        let mut sealed = token.reveal().as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(unique, aad(tenant, workspace), &mut sealed)
            .expect("invariant: a token is far shorter than the cipher's limit");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The token.
    ///
    /// # Errors
    /// When it was not sealed with this key for this workspace.
    pub fn open(&self, sealed: &[u8], tenant: TenantId, workspace: Uuid) -> Result<BotToken, Sealed> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Sealed)?;
        let mut bytes = rest.to_vec();
        let unique = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(unique, aad(tenant, workspace), &mut bytes).map_err(|_| Sealed)?;
        std::str::from_utf8(opened).map(BotToken::new).map_err(|_| Sealed)
    }
}

fn aad(tenant: TenantId, workspace: Uuid) -> Aad<Vec<u8>> {
    Aad::from([b"dd0c/slack/token/v1".as_slice(), tenant.uuid().as_bytes(), workspace.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn a_token_opens_with_its_key_for_its_workspace_and_for_nothing_else() {
        let (seal, token) = (Seal::new(&[7; 32]), BotToken::new("xoxb-1"));
        let (tenant, workspace) = (TenantId::from_uuid(id(1)), id(2));
        let sealed = seal.seal(&token, tenant, workspace).unwrap();
        assert_eq!(seal.open(&sealed, tenant, workspace), Ok(token.clone()));
        assert_eq!(seal.open(&sealed, TenantId::from_uuid(id(3)), workspace), Err(Sealed));
        assert_eq!(seal.open(&sealed, tenant, id(3)), Err(Sealed));
        assert_eq!(Seal::new(&[8; 32]).open(&sealed, tenant, workspace), Err(Sealed));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(&changed, tenant, workspace), Err(Sealed));
        }
        assert!(!String::from_utf8_lossy(&sealed).contains("xoxb"));
    }
}
