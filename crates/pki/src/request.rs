//! The agent's side: its key and the request for a certificate over it.

use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use crate::PkiError;

/// A private key made on the agent's own machine; it never leaves it.
pub struct AgentKey(KeyPair);

impl AgentKey {
    /// Makes a key (ECDSA P-256).
    pub fn generate() -> Result<Self, PkiError> {
        KeyPair::generate().map(Self).map_err(|error| PkiError::Issue(error.to_string()))
    }

    /// Reads a stored key back.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        KeyPair::from_pem(pem).map(Self).map_err(|_| PkiError::Pem("agent's key"))
    }

    /// The key, to be stored with mode 0600.
    pub fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// A certificate request: the public key and the proof that its sender holds the private one. It names nobody.
    pub fn request_pem(&self) -> Result<String, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request =
            params.serialize_request(&self.0).map_err(|error| PkiError::Request(error.to_string()))?;
        request.pem().map_err(|error| PkiError::Request(error.to_string()))
    }
}
