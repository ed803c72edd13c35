//! Keys, certificates and grants: who an agent is, who the gateway is, and what an agent may start.
//!
//! Every tenant has an [`Authority`] of its own that signs nothing but agent certificates of that tenant; the gateway
//! has another one, which agents pin. A peer's identity is the URI SAN of its certificate and nothing else. A grant is
//! an Ed25519 signature over the hash of what may run.
//!
//! This crate must never hand out a private key except to be stored by its owner, never take a name from a request,
//! and never read the clock: times are arguments.

pub mod authority;
pub mod grant;
pub mod identity;
pub mod keys;
pub mod request;
pub mod tls;

pub use authority::{Authority, IssuedCertificate, ServerIdentity};
pub use identity::AgentIdentity;
pub use keys::KeyDirectory;
pub use request::AgentKey;
pub use tls::TenantTrust;

/// What is stored of a join token: SHA-256 of its text.
pub fn join_token_hash(text: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).into()
}

/// What can go wrong with keys and certificates.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A PEM text is not what it must be.
    #[error("the {0} cannot be read as PEM")]
    Pem(&'static str),
    /// The certificate request is malformed, or its own signature does not hold.
    #[error("the certificate request is not valid: {0}")]
    Request(String),
    /// A certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Issue(String),
    /// The certificate does not carry exactly one agent identity.
    #[error("the certificate names no agent: {0}")]
    Identity(&'static str),
    /// The TLS configuration is not accepted.
    #[error("the TLS configuration is not valid: {0}")]
    Tls(String),
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
    /// A key file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}
