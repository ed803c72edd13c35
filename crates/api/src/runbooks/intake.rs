//! Has the intake make a runbook of a text.

use dd0c_proto::intake::v1::ParseRequest;
use dd0c_proto::intake::v1::intake_client::IntakeClient;
use dd0c_types::ParsedRunbook;
use tonic::transport::Channel;

use crate::problem::ApiError;
use crate::refusal;

/// The text as a classified runbook.
pub(crate) async fn parse(
    mut intake: IntakeClient<Channel>,
    text: String,
    title: Option<String>,
) -> Result<ParsedRunbook, ApiError> {
    let request = ParseRequest { text, title: title.unwrap_or_default() };
    let answer = intake.parse(request).await.map_err(|status| refusal::of_intake(&status))?;
    serde_json::from_slice(&answer.into_inner().runbook_json).map_err(ApiError::internal)
}
