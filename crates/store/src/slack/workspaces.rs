//! Which Slack workspace belongs to which tenant. A workspace belongs to one.

use dd0c_types::{ExecutionId, TenantId, Timestamp, UserId};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::{Store, TenantTx};

/// Who a workspace is, for Slack.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TeamKey {
    /// `T…`.
    pub team: String,
    /// `E…`; empty outside of an Enterprise organisation.
    pub enterprise: String,
}

/// An installation that Slack confirmed. No `Debug`: it holds a token, though a sealed one.
#[derive(Clone)]
pub struct NewWorkspace<'w> {
    /// Our id.
    pub id: Uuid,
    /// Whose workspace it is, for Slack.
    pub key: &'w TeamKey,
    /// Its name.
    pub name: &'w str,
    /// The bot's user, `U…`.
    pub bot_user: &'w str,
    /// The bot's token, sealed.
    pub bot_token: &'w [u8],
    /// What the bot was granted.
    pub scopes: &'w [String],
    /// Who installed it.
    pub by: UserId,
}

/// A workspace with the app in it. No `Debug`: it holds a token, though a sealed one.
#[derive(Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Our id.
    pub id: Uuid,
    /// Who it is, for Slack.
    pub key: TeamKey,
    /// Its name.
    pub name: String,
    /// The bot's user, `U…`.
    pub bot_user: String,
    /// The bot's token, sealed.
    pub bot_token: Vec<u8>,
    /// What the bot was granted.
    pub scopes: Vec<String>,
    /// Where alerts and runs are shown; none until somebody chose.
    pub channel: Option<String>,
    /// Who is mentioned once when a question is about to expire.
    pub on_call_group: Option<String>,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// Slack's word for why it refuses us; none while it does not.
    pub broken: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    team_id: String,
    enterprise_id: String,
    team_name: String,
    bot_user: String,
    bot_token: Vec<u8>,
    scopes: Vec<String>,
    channel: Option<String>,
    on_call_group: Option<String>,
    installed_at: Timestamp,
    broken: Option<String>,
}

/// Keeps an installation. The same workspace of the same tenant again: its token and scopes are replaced and the
/// choice of channel stays.
///
/// # Errors
/// `Conflict` when the workspace belongs to another tenant.
pub async fn install(tx: &mut TenantTx<'_>, new: &NewWorkspace<'_>) -> Result<Workspace, StoreError> {
    let known: Option<Uuid> = sqlx::query_scalar(
        "update dd0c.slack_workspaces
         set team_name = $3, bot_user = $4, bot_token = $5, scopes = $6, broken = null, broken_at = null
         where tenant_id = $1 and hash = $2 and removed_at is null returning id",
    )
    .bind(tx.tenant_uuid())
    .bind(new.key.hash())
    .bind(new.name)
    .bind(new.bot_user)
    .bind(new.bot_token)
    .bind(new.scopes)
    .fetch_optional(tx.connection())
    .await?;
    if let Some(known) = known {
        return get(tx, known).await;
    }
    sqlx::query(
        "insert into dd0c.slack_workspaces
           (tenant_id, id, team_id, enterprise_id, hash, team_name, bot_user, bot_token, scopes, installed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant_uuid())
    .bind(new.id)
    .bind(&new.key.team)
    .bind(&new.key.enterprise)
    .bind(new.key.hash())
    .bind(new.name)
    .bind(new.bot_user)
    .bind(new.bot_token)
    .bind(new.scopes)
    .bind(new.by.uuid())
    .execute(tx.connection())
    .await?;
    get(tx, new.id).await
}

/// Whose workspace it is. Asked before any tenant is known; none when nobody installed the app there.
///
/// # Errors
/// `Unavailable`.
pub async fn find(store: &Store, key: &TeamKey) -> Result<Option<(TenantId, Uuid)>, StoreError> {
    let found: Option<(Uuid, Uuid)> =
        sqlx::query_as("select tenant_id, workspace_id from dd0c.find_slack_workspace($1)")
            .bind(key.hash())
            .fetch_optional(store.pool())
            .await?;
    Ok(found.map(|(tenant, workspace)| (TenantId::from_uuid(tenant), workspace)))
}

/// The tenants with a workspace.
///
/// # Errors
/// `Unavailable`.
pub async fn tenants(store: &Store) -> Result<Vec<TenantId>, StoreError> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select dd0c.tenants_with_slack()").fetch_all(store.pool()).await?;
    Ok(ids.into_iter().map(TenantId::from_uuid).collect())
}

/// Whose run it is, when a notification named it. None when there is no such run.
///
/// # Errors
/// `Unavailable`.
pub async fn tenant_of(store: &Store, execution: ExecutionId) -> Result<Option<TenantId>, StoreError> {
    let tenant: Option<Uuid> = sqlx::query_scalar("select dd0c.tenant_of_execution($1)")
        .bind(execution.uuid())
        .fetch_one(store.pool())
        .await?;
    Ok(tenant.map(TenantId::from_uuid))
}

/// One workspace.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut TenantTx<'_>, id: Uuid) -> Result<Workspace, StoreError> {
    let row: Row = sqlx::query_as(
        "select id, team_id, enterprise_id, team_name, bot_user, bot_token, scopes, channel, on_call_group,
           installed_at, broken
         from dd0c.slack_workspaces where tenant_id = $1 and id = $2 and removed_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .fetch_one(tx.connection())
    .await?;
    Ok(row.into())
}

/// Every workspace of the tenant, the oldest first.
///
/// # Errors
/// `Unavailable`.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Workspace>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, team_id, enterprise_id, team_name, bot_user, bot_token, scopes, channel, on_call_group,
           installed_at, broken
         from dd0c.slack_workspaces where tenant_id = $1 and removed_at is null order by installed_at, id",
    )
    .bind(tx.tenant_uuid())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Workspace::from).collect())
}

/// Chooses where alerts and runs are shown, and who is mentioned before a question expires.
///
/// # Errors
/// `NotFound`.
pub async fn choose(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    channel: Option<&str>,
    on_call_group: Option<&str>,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update dd0c.slack_workspaces set channel = $3, on_call_group = $4
         where tenant_id = $1 and id = $2 and removed_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(channel)
    .bind(on_call_group)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Notes why Slack refuses us, or that it does not any more.
///
/// # Errors
/// `Unavailable`.
pub async fn note_broken(tx: &mut TenantTx<'_>, id: Uuid, why: Option<&str>) -> Result<(), StoreError> {
    sqlx::query(
        "update dd0c.slack_workspaces
         set broken = $3, broken_at = case when $3::text is null then null else clock_timestamp() end
         where tenant_id = $1 and id = $2 and broken is distinct from $3",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .bind(why)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Ends an installation. Who is who in it and what was written there stays on record.
///
/// # Errors
/// `NotFound`.
pub async fn remove(tx: &mut TenantTx<'_>, id: Uuid) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update dd0c.slack_workspaces set removed_at = clock_timestamp()
         where tenant_id = $1 and id = $2 and removed_at is null",
    )
    .bind(tx.tenant_uuid())
    .bind(id)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

impl TeamKey {
    /// A workspace outside of any organisation.
    pub fn of_team(team: &str) -> Self {
        Self { team: team.to_owned(), enterprise: String::new() }
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(format!("{}/{}", self.enterprise, self.team)).to_vec()
    }
}

impl From<Row> for Workspace {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            key: TeamKey { team: row.team_id, enterprise: row.enterprise_id },
            name: row.team_name,
            bot_user: row.bot_user,
            bot_token: row.bot_token,
            scopes: row.scopes,
            channel: row.channel,
            on_call_group: row.on_call_group,
            installed_at: row.installed_at,
            broken: row.broken,
        }
    }
}
