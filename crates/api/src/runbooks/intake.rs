//! Has the intake make a runbook of a text.

use dd0c_proto::intake::v1::intake_client::IntakeClient;
use dd0c_proto::intake::v1::{ParseRequest, PreviewEvent};
use dd0c_types::{ParsedRunbook, TenantId};
use tonic::Streaming;
use tonic::transport::Channel;

use crate::problem::ApiError;
use crate::refusal;

/// The text as a classified runbook. For a tenant a model may be asked.
pub(crate) async fn parse(
    mut intake: IntakeClient<Channel>,
    tenant: Option<TenantId>,
    text: String,
    title: Option<String>,
) -> Result<ParsedRunbook, ApiError> {
    let request = request(tenant, text, title);
    let answer = intake.parse(request).await.map_err(|status| refusal::of_intake(&status))?;
    serde_json::from_slice(&answer.into_inner().runbook_json).map_err(ApiError::internal)
}

/// The same as it becomes known.
pub(crate) async fn preview(
    mut intake: IntakeClient<Channel>,
    tenant: Option<TenantId>,
    text: String,
    title: Option<String>,
) -> Result<Streaming<PreviewEvent>, ApiError> {
    let answer = intake.preview(request(tenant, text, title)).await;
    Ok(answer.map_err(|status| refusal::of_intake(&status))?.into_inner())
}

fn request(tenant: Option<TenantId>, text: String, title: Option<String>) -> ParseRequest {
    let tenant_id = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    ParseRequest { text, title: title.unwrap_or_default(), tenant_id }
}
