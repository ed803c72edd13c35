//! Secrets that are shown once: API tokens, sign-in links, join tokens. Stored is only their SHA-256.

use sha2::{Digest, Sha256};

use crate::problem::ApiError;

/// A secret and what is stored of it.
pub struct Secret {
    /// The text to hand out.
    pub text: String,
    /// SHA-256 of the text.
    pub hash: [u8; 32],
}

impl Secret {
    /// 256 random bits after a prefix that says what it is, such as `dd0c_tok_`.
    ///
    /// # Errors
    /// When the machine gives no randomness; nothing may be made then.
    pub fn generate(prefix: &str) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let text = format!("{prefix}{}", hex::encode(bytes));
        Ok(Self { hash: hash(&text), text })
    }
}

/// What is stored of a secret.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The prefix of API tokens.
pub const TOKEN_PREFIX: &str = "dd0c_tok_";
/// The prefix of sign-in links' secrets.
pub const LINK_PREFIX: &str = "dd0c_lnk_";
/// The prefix of agents' join tokens.
pub const JOIN_PREFIX: &str = "dd0c_join_";

/// The link that signs a person in. The secret stands behind `#`, so that it reaches no server log.
pub fn sign_in_url(public_url: &str, secret: &str) -> String {
    format!("{public_url}/sign-in#link={secret}")
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        ApiError::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_differ_and_their_hash_is_of_the_text_handed_out() {
        let (one, other) = (Secret::generate(TOKEN_PREFIX).unwrap(), Secret::generate(TOKEN_PREFIX).unwrap());
        assert_ne!(one.text, other.text);
        assert_eq!(one.hash, hash(&one.text));
    }
}
