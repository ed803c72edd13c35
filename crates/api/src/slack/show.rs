//! Shows how Slack is set up.

use dd0c_store::slack::{people, workspaces};

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::slack::{SlackLinked, SlackView, SlackWorkspace};

/// Shows the workspaces with the app in them, and who is who there.
#[utoipa::path(get, path = "/settings/slack", tag = "Slack", responses((status = 200, body = SlackView)))]
pub(crate) async fn show_slack(ctx: CallContext) -> Result<Json<SlackView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let mut shown = Vec::new();
    for workspace in workspaces::list(&mut tx).await? {
        let linked = people::list(&mut tx, workspace.id).await?.into_iter();
        let linked = linked.map(|linked| SlackLinked {
            slack_user: linked.slack_user,
            user_id: linked.member.id,
            email: linked.member.email,
        });
        shown.push(SlackWorkspace {
            id: workspace.id,
            name: workspace.name,
            team_id: workspace.key.team,
            channel: workspace.channel,
            on_call_group: workspace.on_call_group,
            scopes: workspace.scopes,
            installed_at: workspace.installed_at,
            broken: workspace.broken,
            linked: linked.collect(),
        });
    }
    Ok(Json(SlackView { can_install: ctx.app().deps.slack.is_some(), workspaces: shown }))
}
