//! Begins an installation of the app into a workspace.

use chrono::TimeDelta;
use dd0c_store::slack::installs;
use uuid::Uuid;

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::Secret;
use crate::slack::{CALLBACK, NoSlackArguments, SlackInstallBegun};

/// How long Slack's consent may take.
const LIFE: TimeDelta = TimeDelta::minutes(10);
const PREFIX: &str = "dd0c_sli_";

/// Begins to install the app into a workspace. Only who began it can finish it, once, within ten minutes.
#[utoipa::path(post, path = "/settings/slack/install", tag = "Slack", request_body(content = Option<NoSlackArguments>),
    responses((status = 200, body = SlackInstallBegun)))]
pub(crate) async fn begin_slack_install(
    ctx: CallContext,
    Body(_): Body<NoSlackArguments>,
) -> Result<Json<SlackInstallBegun>, ApiError> {
    let installer = ctx.app().deps.slack.clone().ok_or_else(not_configured)?;
    let state = Secret::generate(PREFIX)?;
    let mut tx = ctx.tenant_tx().await?;
    installs::begin(&mut tx, Uuid::now_v7(), ctx.caller().user, &state.hash, ctx.now() + LIFE).await?;
    tx.commit().await?;
    let redirect = format!("{}{CALLBACK}", ctx.app().deps.public_url);
    let mut url = url::Url::parse(&installer.authorize_url).map_err(ApiError::internal)?;
    url.query_pairs_mut().append_pair("state", &state.text).append_pair("redirect_uri", &redirect);
    Ok(Json(SlackInstallBegun { url: url.into() }))
}

pub(super) fn not_configured() -> ApiError {
    ApiError::conflict(
        "slack_not_configured",
        "This service has no Slack app: set its client id and secret first. Nothing was begun.",
    )
}
