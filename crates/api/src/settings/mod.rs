//! Policy, members, API tokens, figures.

pub(crate) mod create_token;
pub(crate) mod members;
pub(crate) mod policy;
pub(crate) mod revoke_token;
pub(crate) mod set_policy;
pub(crate) mod stats;
pub(crate) mod tokens;
pub(crate) mod webhooks;

use chrono::{DateTime, Utc};
use dd0c_types::{Role, TokenId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Member;

/// The policy in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyView {
    /// Grows with every change; 0 while the defaults hold.
    pub version: u32,
    /// The policy.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// When it was changed last.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A new policy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicy {
    /// The whole policy; keys it does not know are refused.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// The version the change was made from; refused with `stale` when another is current.
    pub expected_version: Option<u32>,
    /// Why; kept in the audit trail.
    #[serde(default)]
    pub reason: String,
}

/// The tenant's members.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberList {
    /// The members, by address.
    pub members: Vec<Member>,
}

/// An API token, never its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Names the token in the audit trail.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What may be done with it; never more than its owner may now.
    pub role: Role,
    /// Whose it is.
    pub user: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The tenant's API tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    /// The tokens that work, newest first.
    pub tokens: Vec<TokenView>,
}

/// A token to make. It acts in the name of the member who makes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    pub name: String,
    /// What may be done with it; your own role when absent, never more.
    pub role: Option<Role>,
    /// After how many days it stops working, 1 to 365; 90 when absent.
    pub expires_in_days: Option<u32>,
}

/// A token that was just made; the secret is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedToken {
    /// Names the token in the audit trail.
    pub id: TokenId,
    /// The secret, for `Authorization: Bearer …`.
    pub token: String,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Figures of the tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stats {
    /// Runbooks that are not deleted.
    pub runbooks: i64,
    /// Runs in all.
    pub executions: i64,
    /// Runs that have not ended.
    pub live_executions: i64,
    /// Runs in which a step waits for a person.
    pub waiting_executions: i64,
    /// Agents that are connected now.
    pub agents_online: i64,
    /// Agents that are not shut out.
    pub agents: i64,
}
