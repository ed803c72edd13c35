//! Where alerts come in. A delivery is proven, kept once, and left to the worker; the sender does not wait for more.

pub(crate) mod accept;
mod proof;
pub(crate) mod receive;
mod sample;
mod seal;

pub use sample::{Sample, sample};
pub use seal::{OpenError, Seal, SecretError, WebhookSecret};

/// The header of a shared secret, for senders that cannot set `Authorization`.
pub const SECRET_HEADER: &str = "x-dd0c-secret";

/// Where a sender posts to: the key in it names the place and proves nothing.
pub fn address(public_url: &str, sender: dd0c_types::AlertSender, key: &[u8; 32]) -> String {
    format!("{public_url}/api/v1/webhooks/{}/{}", sender.as_str(), hex::encode(key))
}
