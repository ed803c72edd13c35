//! What a refusal of the engine or the intake means over HTTP.

use dd0c_proto::refusal::code_of;
use http::StatusCode;
use serde_json::{Map, Value};
use tonic::Status;

use crate::problem::ApiError;

/// The codes of refusals and their statuses.
const KNOWN: &[(&str, StatusCode)] = &[
    ("not_found", StatusCode::NOT_FOUND),
    ("forbidden", StatusCode::FORBIDDEN),
    ("already_decided", StatusCode::CONFLICT),
    ("changed", StatusCode::CONFLICT),
    ("expired", StatusCode::CONFLICT),
    ("wrong_state", StatusCode::CONFLICT),
    ("halted", StatusCode::CONFLICT),
    ("agent_offline", StatusCode::CONFLICT),
    ("typed_mismatch", StatusCode::UNPROCESSABLE_ENTITY),
    ("invalid_value", StatusCode::UNPROCESSABLE_ENTITY),
    ("empty_text", StatusCode::UNPROCESSABLE_ENTITY),
    ("no_commands", StatusCode::UNPROCESSABLE_ENTITY),
    ("no_actionable_steps", StatusCode::UNPROCESSABLE_ENTITY),
    ("invalid_text", StatusCode::UNPROCESSABLE_ENTITY),
    ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
];

/// The answer for a refused or failed call.
pub(crate) fn of(status: &Status) -> ApiError {
    let Some(code) = code_of(status) else { return ApiError::unavailable(status) };
    let Some((code, http)) = KNOWN.iter().find(|(known, _)| *known == code) else {
        return ApiError::internal(format!("a refusal with the unknown code {code}"));
    };
    if *code == "not_found" {
        return ApiError::not_found();
    }
    let error = ApiError::new(*http, code, title(*http), status.message());
    detail(status).into_iter().fold(error, |error, (name, value)| error.with(&name, value))
}

/// The same for the intake, which stores nothing and runs nothing: a failure there surely had no effect.
pub(crate) fn of_intake(status: &Status) -> ApiError {
    if code_of(status).is_some() {
        return of(status);
    }
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "Temporarily unavailable",
        "The text could not be read now. Nothing was stored; try again in a moment.",
    )
    .because(status)
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        _ => "Cannot be processed",
    }
}

/// Members that ride along: only those of the problem document are passed on.
fn detail(status: &Status) -> Map<String, Value> {
    let text = status.metadata().get("dd0c-detail").and_then(|value| value.to_str().ok());
    let mut members: Map<String, Value> =
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    members.retain(|name, _| matches!(name.as_str(), "offset" | "decided_by" | "current_version"));
    let offset = status.metadata().get("dd0c-offset").and_then(|value| value.to_str().ok()?.parse().ok());
    members.extend(offset.map(|offset: u64| ("offset".to_owned(), offset.into())));
    members
}

#[cfg(test)]
mod tests {
    use dd0c_proto::refusal::refusal;
    use tonic::Code;

    use super::*;

    #[test]
    fn a_lost_race_is_a_conflict_and_a_wrong_name_is_unprocessable() {
        let lost = of(&refusal(Code::FailedPrecondition, "already_decided", "@Kim approved this step."));
        assert_eq!((lost.status(), lost.code()), (StatusCode::CONFLICT, "already_decided"));
        let wrong = of(&refusal(Code::InvalidArgument, "typed_mismatch", "That is another volume."));
        assert_eq!((wrong.status(), wrong.code()), (StatusCode::UNPROCESSABLE_ENTITY, "typed_mismatch"));
    }

    #[test]
    fn a_failure_of_transport_is_never_taken_for_a_refusal() {
        assert_eq!(of(&Status::unavailable("connection reset")).status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(of(&Status::not_found("no such service")).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
