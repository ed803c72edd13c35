//! Lists the members.

use dd0c_store::users;

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::MemberList;

/// Lists the members, by address.
#[utoipa::path(get, path = "/members", tag = "Settings", responses((status = 200, body = MemberList)))]
pub(crate) async fn list_members(ctx: CallContext) -> Result<Json<MemberList>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let members = users::list(&mut tx).await?.into_iter().map(Into::into).collect();
    Ok(Json(MemberList { members }))
}
