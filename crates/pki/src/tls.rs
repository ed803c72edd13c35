//! TLS of the gateway: a client certificate is verified against the authority of the very tenant that it names.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use dd0c_types::TenantId;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

use crate::identity::read_peer;
use crate::{PkiError, ServerIdentity};

/// The authorities of all tenants, one verifier each. A certificate that names tenant A is checked against A's
/// authority alone, so that no tenant's key can speak for another.
#[derive(Debug, Default)]
pub struct TenantTrust {
    tenants: RwLock<HashMap<TenantId, Arc<dyn ClientCertVerifier>>>,
}

impl TenantTrust {
    /// Trusts `ca_pem` for agents of `tenant`, from now on.
    pub fn trust(&self, tenant: TenantId, ca_pem: &str) -> Result<(), PkiError> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes())
            .map_err(|_| PkiError::Pem("authority's certificate"))?;
        roots.add(ca).map_err(|error| PkiError::Tls(error.to_string()))?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| PkiError::Tls(error.to_string()))?;
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, verifier);
        Ok(())
    }

    /// Whether an authority of this tenant is known here.
    pub fn knows(&self, tenant: TenantId) -> bool {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).contains_key(&tenant)
    }

    fn of(&self, tenant: TenantId) -> Option<Arc<dyn ClientCertVerifier>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }
}

/// The gateway's TLS: version 1.3, HTTP/2. A client certificate is asked for and, when one comes, verified; a client
/// without one gets through the handshake because enrolment has none yet. Every other method must ask for it itself.
pub fn server_config(
    identity: &ServerIdentity,
    trust: Arc<TenantTrust>,
) -> Result<Arc<rustls::ServerConfig>, PkiError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| PkiError::Pem("server certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())
        .map_err(|_| PkiError::Pem("server certificate's key"))?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| PkiError::Tls(error.to_string()))?
        .with_client_cert_verifier(Arc::new(AgentVerifier(trust)))
        .with_single_cert(chain, key)
        .map_err(|error| PkiError::Tls(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would skip the certificate check: every connection proves itself anew.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[derive(Debug)]
struct AgentVerifier(Arc<TenantTrust>);

impl ClientCertVerifier for AgentVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let refused = || rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        let peer = read_peer(end_entity).map_err(|_| refused())?;
        let verifier = self
            .0
            .of(peer.identity.tenant)
            .ok_or(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        verifier.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("only TLS 1.3 is spoken here".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &provider().signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
