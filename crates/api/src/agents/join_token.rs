//! Makes a one-time token with which one agent joins.

use chrono::TimeDelta;
use dd0c_store::{agents, audit};
use dd0c_types::{EventType, JoinTokenId};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::agents::{JoinToken, NewJoinToken, install};
use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::secret::{JOIN_PREFIX, Secret};

const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Makes a one-time token with which one agent joins within 10 minutes.
#[utoipa::path(post, path = "/agents/join-tokens", tag = "Agents", request_body = NewJoinToken,
    responses((status = 201, body = JoinToken)))]
pub(crate) async fn create_join_token(
    ctx: CallContext,
    Body(body): Body<NewJoinToken>,
) -> Result<(StatusCode, Json<JoinToken>), ApiError> {
    if !is_plain_name(&body.name) {
        return Err(ApiError::unprocessable(
            "invalid_value",
            "An agent's name has 1 to 63 letters, digits, dots and hyphens. No token was made.",
        ));
    }
    let id = JoinTokenId::from_uuid(Uuid::now_v7());
    let expires_at = ctx.now() + LIFETIME;
    let made = Secret::generate(JOIN_PREFIX)?;
    let new = agents::NewJoinToken {
        id,
        hash: made.hash,
        name: body.name,
        max_risk: body.max_risk,
        expires_at,
        created_by: ctx.actor(),
    };
    let mut tx = ctx.tenant_tx().await?;
    agents::create_join_token(&mut tx, &new).await?;
    let data =
        json!({"join_token_id": id, "name": new.name, "max_risk": new.max_risk, "expires_at": expires_at});
    audit::append(&mut tx, EventType::AgentInvited, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    let install = install::text(&ctx.app().deps, &new.name, new.max_risk, &made.text);
    Ok((StatusCode::CREATED, Json(JoinToken { id, token: made.text, expires_at, install })))
}

/// The name goes into text that people paste into a shell: it holds nothing a shell or YAML would read.
fn is_plain_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        && name.as_bytes()[0].is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_read_is_refused() {
        assert!(is_plain_name("prod-use1-a"));
        for name in ["", "a b", "$(reboot)", "a'b", "-rf", "a\nb", "a:b"] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }
}
