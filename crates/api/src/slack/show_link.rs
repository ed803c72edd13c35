//! Says whose Slack user a link speaks of.

use dd0c_store::slack::{links, workspaces};

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::hash;
use crate::slack::{SlackLink, SlackLinkView};

/// Says whose Slack user a link speaks of, so that the person can say whether it is theirs. It is not used up.
#[utoipa::path(post, path = "/slack/link/preview", tag = "Slack", request_body = SlackLink,
    responses((status = 200, body = SlackLinkView)))]
pub(crate) async fn preview_slack_link(
    ctx: CallContext,
    Body(body): Body<SlackLink>,
) -> Result<Json<SlackLinkView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let token = links::find(&mut tx, &hash(&body.token), ctx.now()).await?;
    let workspace = workspaces::get(&mut tx, token.workspace).await?;
    Ok(Json(SlackLinkView {
        workspace: workspace.name,
        slack_name: token.slack_name,
        slack_user: token.slack_user,
    }))
}
