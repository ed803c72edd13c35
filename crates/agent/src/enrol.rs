//! Becoming somebody: the agent's own key, the certificate over it, and what it pins for life.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dd0c_pki::identity::{PeerCertificate, read_peer};
use dd0c_pki::keys::write_secret;
use dd0c_pki::{AgentKey, PkiError};
use dd0c_proto::agent::v1::agent_gateway_client::AgentGatewayClient;
use dd0c_proto::agent::v1::{EnrolRequest, RenewRequest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::config::Config;

/// Why the agent is nobody, or can become nobody else.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// There is no identity in the state folder.
    #[error("this agent is not enrolled: {0} is missing. Run `dd0c-agent enrol` with a join token")]
    NotEnrolled(PathBuf),
    /// There is one already.
    #[error("this agent is enrolled already: {0} exists. Remove the state folder to enrol anew")]
    AlreadyEnrolled(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key, a certificate or the gateway's answer is not what it must be.
    #[error("{0}")]
    Invalid(String),
    /// The gateway cannot be reached, or its certificate is not signed by the pinned authority.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    /// The gateway said no.
    #[error("the gateway refused: {0}")]
    Refused(String),
}

/// What this agent pinned when it enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Its tenant, `ten_…`.
    pub tenant_id: String,
    /// Its own id, `agt_…`.
    pub agent_id: String,
    /// The key that signs grants, 64 hexadecimal digits.
    pub grant_public_key: String,
}

/// Who this agent is now.
pub struct Credentials {
    /// From its certificate.
    pub certificate: PeerCertificate,
    /// The pinned key that signs grants.
    pub grant_key: [u8; 32],
    pem: String,
    ca_pem: String,
}

/// Trades a join token for a certificate, and stores key, certificate, authority and pinned key. The key is made here
/// and never leaves.
pub async fn enrol(config: &Config, ca_pem: &str, join_token: &str) -> Result<Enrolment, EnrolError> {
    let place = identity_file(&config.state_dir);
    if place.exists() {
        return Err(EnrolError::AlreadyEnrolled(place));
    }
    make_state_dir(&config.state_dir)?;
    let key = AgentKey::generate().map_err(invalid)?;
    let mut client = AgentGatewayClient::new(channel(config, ca_pem, None).await?);
    let request = EnrolRequest {
        join_token: join_token.trim().to_owned(),
        csr_pem: key.request_pem().map_err(invalid)?,
        name: config.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: platform(),
    };
    let answer = client.enrol(request).await.map_err(|status| said_no(&status))?.into_inner();
    let enrolment = Enrolment {
        tenant_id: answer.tenant_id,
        agent_id: answer.agent_id,
        grant_public_key: hex::encode(&answer.grant_public_key),
    };
    let pem = format!("{}{}", key.pem(), answer.certificate_pem);
    let text = serde_json::to_string_pretty(&enrolment).map_err(invalid)?;
    check(&enrolment, &pem)?;
    store(&config.state_dir.join("ca.pem"), ca_pem)?;
    store(&config.state_dir.join("enrolment.json"), &text)?;
    store(&place, &pem)?;
    Ok(enrolment)
}

/// Trades the present certificate for a fresh one over a fresh key.
pub async fn renew(config: &Config, channel: Channel) -> Result<(), EnrolError> {
    let key = AgentKey::generate().map_err(invalid)?;
    let request = RenewRequest { csr_pem: key.request_pem().map_err(invalid)? };
    let answer = AgentGatewayClient::new(channel).renew(request).await.map_err(|status| said_no(&status))?;
    let pem = format!("{}{}", key.pem(), answer.into_inner().certificate_pem);
    check(&read_enrolment(&config.state_dir)?, &pem)?;
    store(&identity_file(&config.state_dir), &pem)
}

impl Credentials {
    /// Reads what enrolment stored. Certificate and pinned ids must agree.
    pub fn read(state_dir: &Path) -> Result<Self, EnrolError> {
        let place = identity_file(state_dir);
        if !place.exists() {
            return Err(EnrolError::NotEnrolled(place));
        }
        let pem = read(&place)?;
        let enrolment = read_enrolment(state_dir)?;
        let certificate = check(&enrolment, &pem)?;
        let mut grant_key = [0; 32];
        hex::decode_to_slice(&enrolment.grant_public_key, &mut grant_key).map_err(invalid)?;
        Ok(Self { certificate, grant_key, pem, ca_pem: read(&state_dir.join("ca.pem"))? })
    }

    /// A connection under this identity.
    pub async fn connect(&self, config: &Config) -> Result<Channel, EnrolError> {
        let (key, certificate) = split(&self.pem)?;
        channel(config, &self.ca_pem, Some(Identity::from_pem(certificate, key))).await
    }
}

/// `linux/x86_64` and so on.
pub fn platform() -> String {
    format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH)
}

async fn channel(config: &Config, ca_pem: &str, identity: Option<Identity>) -> Result<Channel, EnrolError> {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca_pem));
    if let Some(name) = &config.gateway_name {
        tls = tls.domain_name(name);
    }
    if let Some(identity) = identity {
        tls = tls.identity(identity);
    }
    let unreachable = |error: tonic::transport::Error| EnrolError::Unreachable(chain(&error));
    Endpoint::from_shared(config.gateway.clone())
        .and_then(|endpoint| endpoint.tls_config(tls))
        .map_err(invalid)?
        .connect_timeout(Duration::from_secs(10))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect()
        .await
        .map_err(unreachable)
}

/// The certificate must be for the pinned ids.
fn check(enrolment: &Enrolment, pem: &str) -> Result<PeerCertificate, EnrolError> {
    let (_, certificate) = split(pem)?;
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(invalid)?;
    let peer = read_peer(&der).map_err(invalid)?;
    let said = (peer.identity.tenant.to_string(), peer.identity.agent.to_string());
    if said != (enrolment.tenant_id.clone(), enrolment.agent_id.clone()) {
        return Err(EnrolError::Invalid("the certificate is for another agent than this one".into()));
    }
    if enrolment.grant_public_key.len() != 64 {
        return Err(EnrolError::Invalid("the gateway sent no key for grants".into()));
    }
    Ok(peer)
}

fn split(pem: &str) -> Result<(&str, &str), EnrolError> {
    let border = pem.find("-----BEGIN CERTIFICATE");
    border.map(|border| pem.split_at(border)).ok_or_else(|| invalid(PkiError::Pem("agent's certificate")))
}

fn read_enrolment(state_dir: &Path) -> Result<Enrolment, EnrolError> {
    serde_json::from_str(&read(&state_dir.join("enrolment.json"))?).map_err(invalid)
}

fn identity_file(state_dir: &Path) -> PathBuf {
    state_dir.join("identity.pem")
}

fn make_state_dir(folder: &Path) -> Result<(), EnrolError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| EnrolError::File { path: folder.to_owned(), source })
}

fn store(path: &Path, text: &str) -> Result<(), EnrolError> {
    write_secret(path, text.as_bytes()).map_err(|source| EnrolError::File { path: path.to_owned(), source })
}

fn read(path: &Path) -> Result<String, EnrolError> {
    std::fs::read_to_string(path).map_err(|source| EnrolError::File { path: path.to_owned(), source })
}

fn said_no(status: &tonic::Status) -> EnrolError {
    match status.code() {
        tonic::Code::Unavailable | tonic::Code::Unknown => {
            EnrolError::Unreachable(status.message().to_owned())
        }
        _ => EnrolError::Refused(status.message().to_owned()),
    }
}

fn invalid(error: impl std::fmt::Display) -> EnrolError {
    EnrolError::Invalid(error.to_string())
}

/// An error with its causes: the outermost alone says "transport error".
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
