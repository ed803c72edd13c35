//! Who a certificate speaks for: `spiffe://dd0c.run/tenant/<uuid>/agent/<uuid>`, read strictly.

use dd0c_types::{AgentId, TenantId};
use uuid::Uuid;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::PkiError;

const PREFIX: &str = "spiffe://dd0c.run/tenant/";
const MIDDLE: &str = "/agent/";

/// An agent of a tenant, as named by a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgentIdentity {
    /// Whose agent.
    pub tenant: TenantId,
    /// Which agent.
    pub agent: AgentId,
}

/// What a peer's certificate says, once its chain has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Who it speaks for.
    pub identity: AgentIdentity,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The end of its validity, in seconds since 1970.
    pub not_after_unix: i64,
}

impl AgentIdentity {
    /// The URI SAN.
    pub fn uri(&self) -> String {
        format!("{PREFIX}{}{MIDDLE}{}", self.tenant.uuid(), self.agent.uuid())
    }

    /// Reads a URI SAN back. One spelling only: lower-case hyphenated UUIDs, nothing before, between or after.
    pub fn from_uri(uri: &str) -> Result<Self, PkiError> {
        let parse = || {
            let (tenant, agent) = uri.strip_prefix(PREFIX)?.split_once(MIDDLE)?;
            let identity = Self {
                tenant: TenantId::from_uuid(Uuid::try_parse(tenant).ok()?),
                agent: AgentId::from_uuid(Uuid::try_parse(agent).ok()?),
            };
            (identity.uri() == uri).then_some(identity)
        };
        parse().ok_or(PkiError::Identity("its URI is not the name of an agent"))
    }
}

/// Reads who a certificate speaks for. The chain must have been verified by TLS; this looks at names only.
/// Refuses a certificate whose SAN holds anything beside one URI: no DNS name, no address, no second URI.
pub fn read_peer(der: &[u8]) -> Result<PeerCertificate, PkiError> {
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| PkiError::Identity("it cannot be read"))?;
    if !rest.is_empty() {
        return Err(PkiError::Identity("it is followed by other bytes"));
    }
    let san = certificate
        .subject_alternative_name()
        .map_err(|_| PkiError::Identity("its alternative names cannot be read"))?
        .ok_or(PkiError::Identity("it has no alternative name"))?;
    let [GeneralName::URI(uri)] = san.value.general_names.as_slice() else {
        return Err(PkiError::Identity("it must have exactly one alternative name, a URI"));
    };
    let usage = certificate.extended_key_usage().ok().flatten();
    if !usage.is_some_and(|usage| usage.value.client_auth && !usage.value.server_auth && !usage.value.any) {
        return Err(PkiError::Identity("it is not a client certificate alone"));
    }
    Ok(PeerCertificate {
        identity: AgentIdentity::from_uri(uri)?,
        serial: hex::encode(certificate.raw_serial()),
        not_after_unix: certificate.validity().not_after.timestamp(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> AgentIdentity {
        AgentIdentity {
            tenant: TenantId::from_uuid(Uuid::from_u128(0xabc)),
            agent: AgentId::from_uuid(Uuid::from_u128(0xdef)),
        }
    }

    #[test]
    fn a_name_reads_back_as_written() {
        assert_eq!(AgentIdentity::from_uri(&identity().uri()).ok(), Some(identity()));
    }

    #[test]
    fn no_other_spelling_names_an_agent() {
        let good = identity().uri();
        let wrong = [
            good.to_uppercase(),
            good.replace("abc", "ABC"),
            good.replace("dd0c.run", "dd0c.run.evil.test"),
            good.replace("spiffe", "https"),
            format!("{good}/"),
            format!("{good}?x"),
            format!("{good}#x"),
            format!(" {good}"),
            good.replace("/agent/", "/agent//"),
            good.replace("/agent/", "/user/"),
            good.replace("tenant/", "tenant/../tenant/"),
            good.replace('-', ""),
            format!("{good}/agent/{}", Uuid::from_u128(1)),
            String::new(),
            "spiffe://dd0c.run/tenant//agent/".to_owned(),
        ];
        for uri in wrong {
            assert!(AgentIdentity::from_uri(&uri).is_err(), "{uri}");
        }
    }
}
