//! Says who is signed in.

use dd0c_store::tenants;

use crate::auth::{Member, Session, Tenant};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

/// Says who is signed in.
#[utoipa::path(get, path = "/auth/session", tag = "Sign-in", responses((status = 200, body = Session)))]
pub(crate) async fn show_session(ctx: CallContext) -> Result<Json<Session>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let tenant = tenants::get(&mut tx).await?;
    let caller = ctx.caller();
    Ok(Json(Session {
        user: Member {
            id: caller.user,
            email: caller.email.clone(),
            name: caller.name.clone(),
            role: caller.role,
            active: true,
        },
        tenant: Tenant { id: tenant.id, name: tenant.name },
        channel: caller.door,
        expires_at: caller.expires_at,
    }))
}
