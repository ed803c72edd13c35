//! Shows the stored verdict on a step.

use dd0c_store::classifications;
use dd0c_types::StepId;

use crate::body::Json;
use crate::classifications::StoredClassification;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Shows the newest stored verdict on the command of a runbook's step.
#[utoipa::path(get, path = "/classifications/{step_id}", tag = "Classification",
    params(("step_id" = StepId, Path, description = "The step of the runbook.")),
    responses((status = 200, body = StoredClassification)))]
pub(crate) async fn show_classification(
    ctx: CallContext,
    Id(step_id): Id<StepId>,
) -> Result<Json<StoredClassification>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let found = classifications::get(&mut tx, step_id).await?;
    Ok(Json(StoredClassification {
        step_id,
        runbook_id: found.runbook,
        version: found.version,
        classification: found.classification,
    }))
}
