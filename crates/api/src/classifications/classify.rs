//! Judges one command.

use dd0c_proto::intake::v1::ClassifyRequest;
use dd0c_store::audit;
use dd0c_types::{Classification, EventType};
use serde_json::json;

use crate::body::{Body, Json};
use crate::classifications::ToClassify;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::refusal;

/// Judges one command. Nothing runs. At most 30 a minute for each customer.
#[utoipa::path(post, path = "/classify", tag = "Classification", request_body = ToClassify,
    responses((status = 200, body = Classification)))]
pub(crate) async fn classify_command(
    ctx: CallContext,
    Body(body): Body<ToClassify>,
) -> Result<Json<Classification>, ApiError> {
    ctx.app().limiters.verdict(ctx.caller().tenant)?;
    if body.command.reveal().trim().is_empty() {
        return Err(ApiError::unprocessable("empty_text", "There is no command to judge."));
    }
    let request = ClassifyRequest {
        command: body.command.reveal().to_owned(),
        context: body.context.unwrap_or_default(),
        tenant_id: ctx.caller().tenant.to_string(),
        second_key: ctx.second_key().await?.as_str().to_owned(),
    };
    let answer = ctx.intake().classify(request).await.map_err(|status| refusal::of_intake(&status))?;
    let verdict: Classification =
        serde_json::from_slice(&answer.into_inner().classification_json).map_err(ApiError::internal)?;
    let data = json!({
        "command_sha256": verdict.command_sha256, "risk": verdict.risk, "merge_rule": verdict.merge_rule,
        "scanner_version": verdict.scanner.version, "reviewer": verdict.reviewer,
    });
    let mut tx = ctx.tenant_tx().await?;
    audit::append(&mut tx, EventType::CommandClassified, None, &ctx.actor(), data).await?;
    tx.commit().await?;
    Ok(Json(verdict))
}
