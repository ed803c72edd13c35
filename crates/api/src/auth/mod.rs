//! Who is asking: sign-in links, sessions in a cookie, the member behind a request.

pub(crate) mod new_link;
pub(crate) mod show_session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;

use chrono::{DateTime, Utc};
use dd0c_types::{Channel, Role, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The secret of a one-time sign-in link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The part of the link after `#link=`.
    pub link: String,
}

/// A member of the tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct Member {
    /// The member.
    pub id: UserId,
    /// The address they are known by.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may act at all.
    pub active: bool,
}

/// The customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
}

/// The member behind the request.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Who.
    pub user: Member,
    /// Of which customer.
    pub tenant: Tenant,
    /// `web` for a session, `api` for a token.
    pub channel: Channel,
    /// When the credential stops working; none for a token without an end.
    pub expires_at: Option<DateTime<Utc>>,
}

/// For whom to make a sign-in link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// The member.
    pub user_id: UserId,
}

/// A sign-in link; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Link {
    /// Open it in a browser. It works once.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl From<dd0c_store::users::User> for Member {
    fn from(user: dd0c_store::users::User) -> Self {
        Self { id: user.id, email: user.email, name: user.name, role: user.role, active: user.active }
    }
}
