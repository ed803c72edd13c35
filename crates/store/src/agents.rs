//! Agents and the one-time tokens with which they join. Only the SHA-256 of a token is stored.

use dd0c_types::{Actor, AgentId, JoinTokenId, Risk, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{from_word, to_value};
use crate::store::{Store, TenantTx};

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The name chosen when it joined.
    pub name: String,
    /// Its version, as it said last.
    pub version: String,
    /// `linux/x86_64` and so on.
    pub platform: String,
    /// Its own limit, as it said last. Its own file decides, not this.
    pub max_risk: Risk,
    /// Its scanner's version, as it said last; empty before it first connected.
    pub scanner_version: String,
    /// The serial number of its latest certificate, in hexadecimal.
    pub certificate_serial: String,
    /// Whether a stream of it stands, as far as the database was told.
    pub connected: bool,
    /// When it joined.
    pub enrolled_at: Timestamp,
    /// When it last gave a sign of life, to about 5 s.
    pub last_seen_at: Option<Timestamp>,
    /// When somebody shut it out.
    pub revoked_at: Option<Timestamp>,
}

/// A token to be stored.
#[derive(Debug, Clone)]
pub struct NewJoinToken {
    /// Its id.
    pub id: JoinTokenId,
    /// The SHA-256 of the secret.
    pub hash: [u8; 32],
    /// The name that the agent will have.
    pub name: String,
    /// What the operator chose in the wizard. The agent's own file decides.
    pub max_risk: Risk,
    /// When it ends; 10 minutes from now.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: Actor,
}

/// What a token that was just used up stood for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// Its id.
    pub id: JoinTokenId,
    /// The name for the agent.
    pub name: String,
    /// What the operator chose.
    pub max_risk: Risk,
}

/// An agent that joins.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// Its id.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its platform.
    pub platform: String,
    /// What the operator chose.
    pub max_risk: Risk,
    /// The serial number of its first certificate.
    pub certificate_serial: String,
}

/// What an agent says when its stream begins.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// Its version.
    pub version: String,
    /// Its platform.
    pub platform: String,
    /// Its own limit.
    pub max_risk: Risk,
    /// Its scanner's version.
    pub scanner_version: String,
    /// The number of records in its journal.
    pub journal_generation: u64,
    /// The process, by a random name.
    pub instance: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    version: String,
    platform: String,
    max_risk: String,
    scanner_version: String,
    certificate_serial: String,
    connected: bool,
    enrolled_at: Timestamp,
    last_seen_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// Stores a join token.
///
/// # Errors
/// `Conflict` when its id or hash is taken.
pub async fn create_join_token(tx: &mut TenantTx<'_>, new: &NewJoinToken) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.join_tokens (tenant_id, id, hash, name, max_risk, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(new.hash.as_slice())
    .bind(&new.name)
    .bind(new.max_risk.as_str())
    .bind(to_value(&new.created_by)?)
    .bind(new.expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Whose token this is, used or not. Asked before any tenant is known; grants nothing.
///
/// # Errors
/// `Unavailable`.
pub async fn join_token_tenant(store: &Store, hash: &[u8; 32]) -> Result<Option<TenantId>, StoreError> {
    let tenant: Option<Uuid> = sqlx::query_scalar("select dd0c.join_token_tenant($1)")
        .bind(hash.as_slice())
        .fetch_one(store.pool())
        .await?;
    Ok(tenant.map(TenantId::from_uuid))
}

/// Uses a token up for `agent`: of any number of tries at the same time, one wins. None when it was used, ended or
/// never was. It stays unused when the transaction is not committed.
///
/// # Errors
/// `Unavailable`.
pub async fn use_join_token(
    tx: &mut TenantTx<'_>,
    hash: &[u8; 32],
    agent: AgentId,
    now: Timestamp,
) -> Result<Option<JoinToken>, StoreError> {
    let row: Option<(Uuid, String, String)> = sqlx::query_as(
        "update dd0c.join_tokens set used_at = $3, agent_id = $4
         where tenant_id = $1 and hash = $2 and used_at is null and expires_at > $3
         returning id, name, max_risk",
    )
    .bind(tx.tenant_uuid())
    .bind(hash.as_slice())
    .bind(now)
    .bind(agent.uuid())
    .fetch_optional(tx.connection())
    .await?;
    row.map(|(id, name, max_risk)| {
        let max_risk = from_word(&max_risk, "a join token's risk")?;
        Ok(JoinToken { id: JoinTokenId::from_uuid(id), name, max_risk })
    })
    .transpose()
}

/// Stores an agent.
///
/// # Errors
/// `Conflict` when its id is taken.
pub async fn create(tx: &mut TenantTx<'_>, new: &NewAgent) -> Result<(), StoreError> {
    sqlx::query(
        "insert into dd0c.agents (tenant_id, id, name, version, platform, max_risk, certificate_serial)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id.uuid())
    .bind(&new.name)
    .bind(&new.version)
    .bind(&new.platform)
    .bind(new.max_risk.as_str())
    .bind(&new.certificate_serial)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// All agents by name, those shut out too.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, name, version, platform, max_risk, scanner_version, certificate_serial, connected, enrolled_at,
           last_seen_at, revoked_at
         from dd0c.agents where tenant_id = $1 order by name, id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(agent).collect()
}

/// One agent.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut TenantTx<'_>, id: AgentId) -> Result<Agent, StoreError> {
    let row: Row = sqlx::query_as(
        "select id, name, version, platform, max_risk, scanner_version, certificate_serial, connected, enrolled_at,
           last_seen_at, revoked_at
         from dd0c.agents where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await?;
    agent(row)
}

/// Notes a new stream and what the agent said of itself. Answers the highest journal generation known before; nothing
/// is changed when the new one is lower, which means that the agent runs from an old copy of its disk.
///
/// # Errors
/// `NotFound` when there is no such agent or it was shut out.
pub async fn greet(
    tx: &mut TenantTx<'_>,
    id: AgentId,
    greeting: &Greeting,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let known: i64 = sqlx::query_scalar(
        "select journal_generation from dd0c.agents
         where tenant_id = $1 and id = $2 and revoked_at is null for update",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .fetch_one(tx.connection())
    .await?;
    sqlx::query(
        "update dd0c.agents set version = $3, platform = $4, max_risk = $5, scanner_version = $6,
           journal_generation = $7, instance = $8, connected = true, last_seen_at = $9
         where tenant_id = $1 and id = $2 and journal_generation <= $7",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(&greeting.version)
    .bind(&greeting.platform)
    .bind(greeting.max_risk.as_str())
    .bind(&greeting.scanner_version)
    .bind(i64::try_from(greeting.journal_generation).unwrap_or(i64::MAX))
    .bind(&greeting.instance)
    .bind(now)
    .execute(tx.connection())
    .await?;
    u64::try_from(known).map_err(|_| StoreError::corrupt("a negative number"))
}

/// Notes a sign of life. Answers false when the agent was shut out meanwhile: its stream must be cut.
///
/// # Errors
/// `Unavailable`.
pub async fn touch(
    tx: &mut TenantTx<'_>,
    id: AgentId,
    journal_generation: u64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update dd0c.agents set last_seen_at = $3, journal_generation = greatest(journal_generation, $4)
         where tenant_id = $1 and id = $2 and revoked_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .bind(i64::try_from(journal_generation).unwrap_or(i64::MAX))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the stream of this process is gone. A newer stream is left alone.
///
/// # Errors
/// `Unavailable`.
pub async fn lost(tx: &mut TenantTx<'_>, id: AgentId, instance: &str) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.agents set connected = false where tenant_id = $1 and id = $2 and instance = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(instance)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Notes the serial number of a fresh certificate.
///
/// # Errors
/// `NotFound` when there is no such agent or it was shut out.
pub async fn renewed(tx: &mut TenantTx<'_>, id: AgentId, serial: &str) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.agents set certificate_serial = $3
         where tenant_id = $1 and id = $2 and revoked_at is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(serial)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Shuts an agent out for ever. Doing it twice changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn revoke(tx: &mut TenantTx<'_>, id: AgentId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query_scalar::<_, Uuid>(
        "update dd0c.agents set revoked_at = coalesce(revoked_at, $3)
         where tenant_id = $1 and id = $2 returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

fn agent(row: Row) -> Result<Agent, StoreError> {
    Ok(Agent {
        id: AgentId::from_uuid(row.id),
        name: row.name,
        version: row.version,
        platform: row.platform,
        max_risk: from_word(&row.max_risk, "an agent's risk")?,
        scanner_version: row.scanner_version,
        certificate_serial: row.certificate_serial,
        connected: row.connected,
        enrolled_at: row.enrolled_at,
        last_seen_at: row.last_seen_at,
        revoked_at: row.revoked_at,
    })
}
