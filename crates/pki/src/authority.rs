//! Certificate authorities: one per tenant for its agents, one for the gateway.

use chrono::TimeDelta;
use dd0c_types::{TenantId, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};

use crate::PkiError;
use crate::identity::AgentIdentity;

/// How long an agent's certificate lives.
pub const AGENT_CERTIFICATE_LIFE: TimeDelta = TimeDelta::hours(24);
/// How far a certificate is dated back, so that a peer whose clock is a little behind takes it.
pub const BACKDATING: TimeDelta = TimeDelta::minutes(5);
const AUTHORITY_LIFE: TimeDelta = TimeDelta::days(3650);
const SERVER_CERTIFICATE_LIFE: TimeDelta = TimeDelta::days(90);

/// A certificate authority with its key.
pub struct Authority {
    certificate_pem: String,
    key_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate that was signed for an agent.
#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    /// The certificate.
    pub certificate_pem: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// A server certificate with its key.
pub struct ServerIdentity {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key. To be stored with mode 0600, or held in memory only.
    pub key_pem: String,
}

impl Authority {
    /// Makes the authority of a tenant: it signs that tenant's agents and nothing else.
    pub fn for_tenant(tenant: TenantId, now: Timestamp) -> Result<Self, PkiError> {
        Self::make(&format!("dd0c/run agents of {tenant}"), now)
    }

    /// Makes the authority of the gateway: it signs server certificates; agents pin it.
    pub fn for_gateway(now: Timestamp) -> Result<Self, PkiError> {
        Self::make("dd0c/run agent gateway", now)
    }

    /// Reads an authority back from what its owner stored.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key_pem).map_err(|_| PkiError::Pem("authority's key"))?;
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)
            .map_err(|_| PkiError::Pem("authority's certificate"))?;
        Ok(Self { certificate_pem: certificate_pem.to_owned(), key_pem: key_pem.to_owned(), issuer })
    }

    /// The public certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key, to be stored by its owner with mode 0600.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// Signs a 24 h certificate for `identity` over the public key of a certificate request. The request proves that
    /// its sender holds the key; every name and extension in it is ignored.
    pub fn issue_agent(
        &self,
        csr_pem: &str,
        identity: AgentIdentity,
        now: Timestamp,
    ) -> Result<IssuedCertificate, PkiError> {
        let mut request = CertificateSigningRequestParams::from_pem(csr_pem)
            .map_err(|error| PkiError::Request(error.to_string()))?;
        let serial = serial()?;
        let not_after = now + AGENT_CERTIFICATE_LIFE;
        let mut params = leaf("dd0c/run agent", ExtendedKeyUsagePurpose::ClientAuth, now, not_after);
        params.serial_number = Some(serial.clone());
        let uri = identity.uri().try_into().map_err(|_| PkiError::Issue("the URI is not ASCII".into()))?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        request.params = params;
        let certificate = request.signed_by(&self.issuer).map_err(issue)?;
        Ok(IssuedCertificate {
            certificate_pem: certificate.pem(),
            serial: hex::encode(serial.to_bytes()),
            not_after,
        })
    }

    /// Makes a key and a 90 day server certificate for names and addresses, such as `gateway.example.com`, `127.0.0.1`.
    pub fn issue_server(&self, names: &[String], now: Timestamp) -> Result<ServerIdentity, PkiError> {
        let key = KeyPair::generate().map_err(issue)?;
        let not_after = now + SERVER_CERTIFICATE_LIFE;
        let mut params = leaf("dd0c/run agent gateway", ExtendedKeyUsagePurpose::ServerAuth, now, not_after);
        params.serial_number = Some(serial()?);
        params.subject_alt_names = CertificateParams::new(names.to_vec()).map_err(issue)?.subject_alt_names;
        let certificate = params.signed_by(&key, &self.issuer).map_err(issue)?;
        Ok(ServerIdentity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    fn make(name: &str, now: Timestamp) -> Result<Self, PkiError> {
        let key = KeyPair::generate().map_err(issue)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.serial_number = Some(serial()?);
        set_validity(&mut params, now - BACKDATING, now + AUTHORITY_LIFE);
        let certificate_pem = params.self_signed(&key).map_err(issue)?.pem();
        Self::from_pem(&certificate_pem, &key.serialize_pem())
    }
}

fn leaf(
    name: &str,
    usage: ExtendedKeyUsagePurpose,
    now: Timestamp,
    not_after: Timestamp,
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, now - BACKDATING, not_after);
    params
}

/// Sets the validity. The library's type of a moment is not nameable here, so it is counted from 1970.
fn set_validity(params: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let seconds = |at: Timestamp| std::time::Duration::from_secs(at.timestamp().max(0).unsigned_abs());
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + seconds(from);
    params.not_after = epoch + seconds(until);
}

fn serial() -> Result<SerialNumber, PkiError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::Randomness)?;
    // Positive and of fixed length in DER, whatever the dice said.
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn issue(error: rcgen::Error) -> PkiError {
    PkiError::Issue(error.to_string())
}
