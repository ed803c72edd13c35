//! Links a Slack user to the member who is signed in.

use dd0c_store::slack::{links, people};
use dd0c_store::{StoreError, audit};
use dd0c_types::EventType;
use http::StatusCode;
use serde_json::json;

use crate::body::Body;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::hash;
use crate::slack::SlackLink;

/// Links the Slack user of a link to the caller, once. From then on what that user does in Slack is done in the caller's
/// name and with the caller's role.
#[utoipa::path(post, path = "/slack/link", tag = "Slack", request_body = SlackLink, responses((status = 204)))]
pub(crate) async fn confirm_slack_link(
    ctx: CallContext,
    Body(body): Body<SlackLink>,
) -> Result<StatusCode, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let token = links::find(&mut tx, &hash(&body.token), ctx.now()).await?;
    links::redeem(&mut tx, token.id, ctx.now()).await?;
    match people::link(&mut tx, token.workspace, &token.slack_user, ctx.caller().user).await {
        Ok(()) => {}
        Err(StoreError::Conflict { .. }) => {
            let detail = "This Slack user is linked to another member already. Nothing was changed; an Owner can look into it.";
            return Err(ApiError::conflict("already_linked", detail));
        }
        Err(error) => return Err(error.into()),
    }
    let data =
        json!({"workspace": token.workspace, "slack_user": token.slack_user, "user_id": ctx.caller().user});
    audit::append(&mut tx, EventType::SlackLinked, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
