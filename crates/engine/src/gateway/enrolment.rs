//! Becoming an agent, and staying one.

use std::sync::Arc;

use dd0c_pki::identity::PeerCertificate;
use dd0c_pki::{AgentIdentity, PkiError};
use dd0c_proto::agent::v1::{EnrolRequest, EnrolResponse, RenewResponse};
use dd0c_proto::refusal::refusal;
use dd0c_store::{StoreError, agents, audit};
use dd0c_types::{Actor, AgentId, EventType};
use serde_json::json;
use tonic::{Code, Status};

use super::Gateway;

/// Longest name, version and platform that are stored.
const LONGEST: usize = 100;

impl Gateway {
    /// Trades a join token and a certificate request for a certificate. Token, agent and audit event are one
    /// transaction: of any number of tries with one token at the same time, one wins.
    pub(super) async fn enrol(&self, request: EnrolRequest) -> Result<EnrolResponse, Status> {
        let hash = dd0c_pki::join_token_hash(&request.join_token);
        let unknown = || {
            let words =
                "the join token is unknown, used or older than 10 minutes; make a new one in the dashboard";
            refusal(Code::PermissionDenied, "join_token", words)
        };
        let tenant = agents::join_token_tenant(&self.store, &hash).await.map_err(|e| unavailable(&e))?;
        let tenant = tenant.ok_or_else(unknown)?;
        let now = self.clock.now();
        let agent = AgentId::from_uuid(uuid::Uuid::now_v7());
        let authority = self.keys.tenant(tenant, now).map_err(|error| broken(&error))?;
        let issued = authority
            .issue_agent(&request.csr_pem, AgentIdentity { tenant, agent }, now)
            .map_err(|error| bad_request(&error))?;
        let mut tx = self.store.tenant(tenant).await.map_err(|e| unavailable(&e))?;
        let token = agents::use_join_token(&mut tx, &hash, agent, now)
            .await
            .map_err(|e| unavailable(&e))?
            .ok_or_else(unknown)?;
        let new = agents::NewAgent {
            id: agent,
            name: token.name.clone(),
            version: short(&request.version),
            platform: short(&request.platform),
            max_risk: token.max_risk,
            certificate_serial: issued.serial.clone(),
        };
        agents::create(&mut tx, &new).await.map_err(|e| unavailable(&e))?;
        let data = json!({
            "agent": agent, "name": token.name, "max_risk": token.max_risk, "join_token": token.id,
            "certificate_serial": issued.serial, "host": short(&request.name), "platform": new.platform,
        });
        let actor = Actor::agent(agent, token.name);
        audit::append(&mut tx, EventType::AgentEnrolled, None, &actor, data)
            .await
            .map_err(|e| unavailable(&e))?;
        tx.commit().await.map_err(|e| unavailable(&e))?;
        Ok(EnrolResponse {
            certificate_pem: issued.certificate_pem,
            ca_pem: self.keys.gateway().certificate_pem().to_owned(),
            tenant_id: tenant.to_string(),
            agent_id: agent.to_string(),
            grant_public_key: self.keys.grants().public_key().to_vec(),
            max_risk: token.max_risk.as_str().to_owned(),
        })
    }

    /// A fresh certificate for the agent that the present one names, unless it was shut out.
    pub(super) async fn renew(&self, peer: &PeerCertificate, csr_pem: &str) -> Result<RenewResponse, Status> {
        let AgentIdentity { tenant, agent } = peer.identity;
        let now = self.clock.now();
        let authority = self.keys.tenant(tenant, now).map_err(|error| broken(&error))?;
        let issued =
            authority.issue_agent(csr_pem, peer.identity, now).map_err(|error| bad_request(&error))?;
        let mut tx = self.store.tenant(tenant).await.map_err(|e| unavailable(&e))?;
        agents::renewed(&mut tx, agent, &issued.serial).await.map_err(|e| shut_out_or(&e))?;
        tx.commit().await.map_err(|e| unavailable(&e))?;
        Ok(RenewResponse {
            certificate_pem: issued.certificate_pem,
            ca_pem: self.keys.gateway().certificate_pem().to_owned(),
        })
    }

    /// Records that something in an agent's name was refused.
    pub(super) async fn audit_refusal(self: &Arc<Self>, identity: AgentIdentity, code: &str, reason: &str) {
        tracing::warn!(agent = %identity.agent, tenant = %identity.tenant, code, reason, "an agent was refused");
        let recorded = async {
            let mut tx = self.store.tenant(identity.tenant).await?;
            let actor = Actor::agent(identity.agent, "");
            let data = json!({ "agent": identity.agent, "code": code, "reason": reason, "alarm": "P1" });
            audit::append(&mut tx, EventType::AgentRefused, None, &actor, data).await?;
            tx.commit().await
        };
        if let Err(error) = recorded.await {
            tracing::error!(%error, "the refusal of an agent could not be recorded");
        }
    }
}

pub(super) fn unavailable(error: &StoreError) -> Status {
    tracing::warn!(%error, "the database does not answer as it should");
    Status::unavailable("the database does not answer; nothing was changed. Try again")
}

pub(super) fn shut_out_or(error: &StoreError) -> Status {
    match error {
        StoreError::NotFound => {
            refusal(Code::PermissionDenied, "revoked", "this agent was shut out or never joined")
        }
        other => unavailable(other),
    }
}

pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn broken(error: &PkiError) -> Status {
    tracing::error!(%error, "the tenant's authority cannot be used");
    Status::internal("the tenant's authority cannot be used")
}

fn bad_request(error: &PkiError) -> Status {
    refusal(Code::InvalidArgument, "bad_request", error.to_string())
}
