//! How long runs of a runbook took.

use dd0c_types::{RunbookId, Timestamp};

use crate::error::StoreError;
use crate::store::TenantTx;

/// Of how many runs the median is taken.
const RUNS: i64 = 50;

/// The median of the last runs of a runbook that were completed before `ended_at`, in seconds; none when there are none.
/// It stays the same whatever runs later.
///
/// # Errors
/// `Unavailable`.
pub async fn median_before(
    tx: &mut TenantTx<'_>,
    runbook: RunbookId,
    ended_at: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let seconds: Option<f64> = sqlx::query_scalar(
        "select percentile_disc(0.5) within group (order by seconds) from (
           select extract(epoch from ended_at - started_at)::float8 as seconds from dd0c.executions
           where tenant_id = $1 and runbook_id = $2 and state = 'completed' and ended_at < $3
           order by ended_at desc, id limit $4) as earlier",
    )
    .bind(tx.tenant_uuid())
    .bind(runbook.uuid())
    .bind(ended_at)
    .bind(RUNS)
    .fetch_one(tx.connection())
    .await?;
    Ok(seconds.map(|seconds| std::time::Duration::from_secs_f64(seconds.max(0.0)).as_secs()))
}
