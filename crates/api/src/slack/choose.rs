//! Chooses where alerts and runs are shown.

use dd0c_store::slack::workspaces;
use http::StatusCode;
use uuid::Uuid;

use crate::body::Body;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::slack::SlackChoice;

/// Chooses the channel where a workspace sees alerts and runs, and the group that is mentioned before a question expires.
#[utoipa::path(put, path = "/settings/slack/{id}", tag = "Slack", request_body = SlackChoice,
    params(("id" = Uuid, Path, description = "The workspace.")), responses((status = 204)))]
pub(crate) async fn choose_slack_channel(
    ctx: CallContext,
    Id(id): Id<Uuid>,
    Body(body): Body<SlackChoice>,
) -> Result<StatusCode, ApiError> {
    let fits = |text: &Option<String>, first: &[char]| text.as_deref().is_none_or(|text| is_id(text, first));
    if !fits(&body.channel, &['C', 'G']) || !fits(&body.on_call_group, &['S']) {
        let detail =
            "A channel's id looks like C0123456789 and a user group's like S0123456789. Nothing was changed.";
        return Err(ApiError::unprocessable("invalid_value", detail));
    }
    let mut tx = ctx.tenant_tx().await?;
    workspaces::choose(&mut tx, id, body.channel.as_deref(), body.on_call_group.as_deref()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn is_id(text: &str, first: &[char]) -> bool {
    let rest = text.strip_prefix(first).unwrap_or_default();
    (2..=30).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
