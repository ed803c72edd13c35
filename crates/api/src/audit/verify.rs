//! Recomputes the hash chain.

use dd0c_store::audit;

use crate::audit::{AuditHead, AuditVerdict};
use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;

/// Recomputes the hash of every event, in the service, not in the database.
#[utoipa::path(get, path = "/audit/verify", tag = "Audit", responses((status = 200, body = AuditVerdict)))]
pub(crate) async fn verify_audit(ctx: CallContext) -> Result<Json<AuditVerdict>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let found = audit::verify(&mut tx).await?;
    Ok(Json(AuditVerdict {
        ok: found.ok,
        events: found.events,
        first_bad_seq: found.first_bad_seq,
        head: AuditHead { seq: found.head.seq, hash: found.head.hash },
    }))
}
