//! Has the intake make a runbook of a text.

use dd0c_proto::intake::v1::intake_client::IntakeClient;
use dd0c_proto::intake::v1::{ParseRequest, PreviewEvent};
use dd0c_types::{ParsedRunbook, SecondKey, TenantId};
use tonic::Streaming;
use tonic::transport::Channel;

use crate::problem::ApiError;
use crate::refusal;

/// For whom a text is read.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    /// For a customer a model may be asked.
    pub(crate) tenant: Option<TenantId>,
    /// What the customer's policy says of the second key; without one, what the house was started with.
    pub(crate) allowed: Option<SecondKey>,
}

/// The text as a classified runbook.
pub(crate) async fn parse(
    mut intake: IntakeClient<Channel>,
    reader: Reader,
    text: String,
    title: Option<String>,
) -> Result<ParsedRunbook, ApiError> {
    let request = request(reader, text, title);
    let answer = intake.parse(request).await.map_err(|status| refusal::of_intake(&status))?;
    serde_json::from_slice(&answer.into_inner().runbook_json).map_err(ApiError::internal)
}

/// The same as it becomes known.
pub(crate) async fn preview(
    mut intake: IntakeClient<Channel>,
    reader: Reader,
    text: String,
    title: Option<String>,
) -> Result<Streaming<PreviewEvent>, ApiError> {
    let answer = intake.preview(request(reader, text, title)).await;
    Ok(answer.map_err(|status| refusal::of_intake(&status))?.into_inner())
}

fn request(reader: Reader, text: String, title: Option<String>) -> ParseRequest {
    let tenant_id = reader.tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    let second_key = reader.allowed.map(SecondKey::as_str).unwrap_or_default().to_owned();
    ParseRequest { text, title: title.unwrap_or_default(), tenant_id, second_key }
}
