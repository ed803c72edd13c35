//! Slack's consent came back to the dashboard, which hands it on: a session's cookie does not travel with a redirect
//! from another site.

use dd0c_store::slack::installs;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::hash;
use crate::slack::begin_install::not_configured;
use crate::slack::{CALLBACK, InstallRequest, SlackConsent, SlackInstalled};

/// Finishes an installation that the caller began. The state is used up first: whatever comes of it, it is not tried
/// twice.
#[utoipa::path(post, path = "/settings/slack/install/finish", tag = "Slack", request_body = SlackConsent,
    responses((status = 200, body = SlackInstalled)))]
pub(crate) async fn finish_slack_install(
    ctx: CallContext,
    Body(consent): Body<SlackConsent>,
) -> Result<Json<SlackInstalled>, ApiError> {
    let installer = ctx.app().deps.slack.clone().ok_or_else(not_configured)?;
    let mut tx = ctx.tenant_tx().await?;
    installs::redeem(&mut tx, &hash(&consent.state), ctx.caller().user, ctx.now()).await?;
    tx.commit().await?;
    let request = InstallRequest {
        tenant: ctx.caller().tenant,
        by: ctx.caller().user,
        actor: ctx.actor(),
        code: consent.code,
        redirect_uri: format!("{}{CALLBACK}", ctx.app().deps.public_url),
    };
    match (installer.install)(request).await {
        Ok(workspace) => Ok(Json(SlackInstalled { workspace })),
        Err(why) => Err(ApiError::conflict("not_installed", why)),
    }
}
