//! Who a Slack user is among the members.

use dd0c_types::UserId;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::from_word;
use crate::store::TenantTx;
use crate::users::User;

/// A Slack user and the member they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// `U…` or `W…`.
    pub slack_user: String,
    /// The member, as they are now.
    pub member: User,
}

type Row = (String, Uuid, String, String, String, bool, dd0c_types::Timestamp);

/// Says who a Slack user is. Linked again to the same member it changes nothing.
///
/// # Errors
/// `Conflict` when they are linked to somebody else, or there is no such member or workspace.
pub async fn link(
    tx: &mut TenantTx<'_>,
    workspace: Uuid,
    slack_user: &str,
    user: UserId,
) -> Result<(), StoreError> {
    let known: Option<Uuid> = sqlx::query_scalar(
        "select user_id from dd0c.slack_users where tenant_id = $1 and workspace_id = $2 and slack_user = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .bind(slack_user)
    .fetch_optional(tx.connection())
    .await?;
    if known == Some(user.uuid()) {
        return Ok(());
    }
    sqlx::query(
        "insert into dd0c.slack_users (tenant_id, workspace_id, slack_user, user_id) values ($1, $2, $3, $4)",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .bind(slack_user)
    .bind(user.uuid())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The member a Slack user is; none when nobody linked them. The member may be inactive.
///
/// # Errors
/// `Unavailable`.
pub async fn find(
    tx: &mut TenantTx<'_>,
    workspace: Uuid,
    slack_user: &str,
) -> Result<Option<Linked>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select s.slack_user, u.id, u.email, u.name, u.role, u.active, u.created_at
         from dd0c.slack_users s join dd0c.users u on u.tenant_id = s.tenant_id and u.id = s.user_id
         where s.tenant_id = $1 and s.workspace_id = $2 and s.slack_user = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .bind(slack_user)
    .fetch_optional(tx.connection())
    .await?;
    row.map(linked).transpose()
}

/// Everybody who is linked in a workspace.
///
/// # Errors
/// `Unavailable`.
pub async fn list(tx: &mut TenantTx<'_>, workspace: Uuid) -> Result<Vec<Linked>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select s.slack_user, u.id, u.email, u.name, u.role, u.active, u.created_at
         from dd0c.slack_users s join dd0c.users u on u.tenant_id = s.tenant_id and u.id = s.user_id
         where s.tenant_id = $1 and s.workspace_id = $2 order by s.linked_at, s.slack_user",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(linked).collect()
}

/// Forgets who a Slack user is.
///
/// # Errors
/// `NotFound`.
pub async fn unlink(tx: &mut TenantTx<'_>, workspace: Uuid, slack_user: &str) -> Result<(), StoreError> {
    let done = sqlx::query(
        "delete from dd0c.slack_users where tenant_id = $1 and workspace_id = $2 and slack_user = $3",
    )
    .bind(tx.tenant_uuid())
    .bind(workspace)
    .bind(slack_user)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

fn linked((slack_user, id, email, name, role, active, created_at): Row) -> Result<Linked, StoreError> {
    let role = from_word(&role, "a member's role")?;
    let member = User { id: UserId::from_uuid(id), email, name, role, active, created_at };
    Ok(Linked { slack_user, member })
}
