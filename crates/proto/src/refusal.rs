//! How a refusal crosses gRPC: the status message is for people, the metadata key `dd0c-code` for programs.

use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// The metadata key.
pub const CODE_KEY: &str = "dd0c-code";

/// A status that carries a machine-readable code. `detail`, if any, rides along under `dd0c-detail` as ASCII JSON.
pub fn refusal(code: Code, dd0c_code: &'static str, message: impl Into<String>) -> Status {
    let mut status = Status::new(code, message);
    status.metadata_mut().insert(CODE_KEY, MetadataValue::from_static(dd0c_code));
    status
}

/// The code of a refusal; none when the status is a failure of transport or of the service itself.
pub fn code_of(status: &Status) -> Option<&str> {
    status.metadata().get(CODE_KEY).and_then(|value| value.to_str().ok())
}
