//! Says that the process answers.

use crate::body::Json;
use crate::operations::Health;

/// Says that the process answers.
#[utoipa::path(get, path = "/healthz", tag = "Operations", responses((status = 200, body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}
