//! What was used of models, by tenant and day (UTC): the counters behind the cap.

use dd0c_types::{ModelUsage, Timestamp};

use crate::error::StoreError;
use crate::store::TenantTx;

/// What the tenant has used on the day of `now`, of all models.
///
/// # Errors
/// `Unavailable`.
pub async fn of_day(tx: &mut TenantTx<'_>, now: Timestamp) -> Result<ModelUsage, StoreError> {
    let (calls, failures, prompt, completion, cost): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "select coalesce(sum(calls), 0)::bigint, coalesce(sum(failures), 0)::bigint,
                coalesce(sum(prompt_tokens), 0)::bigint, coalesce(sum(completion_tokens), 0)::bigint,
                coalesce(sum(cost_microusd), 0)::bigint
         from dd0c.model_usage where tenant_id = $1 and day = $2",
    )
    .bind(tx.tenant_uuid())
    .bind(now.date_naive())
    .fetch_one(tx.connection())
    .await?;
    let natural = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(ModelUsage {
        calls: natural(calls),
        failures: natural(failures),
        prompt_tokens: natural(prompt),
        completion_tokens: natural(completion),
        cost_microusd: natural(cost),
    })
}

/// Adds to what the tenant has used on the day of `now`.
///
/// # Errors
/// `Unavailable`.
pub async fn add(
    tx: &mut TenantTx<'_>,
    now: Timestamp,
    purpose: &str,
    model: &str,
    used: &ModelUsage,
) -> Result<(), StoreError> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    sqlx::query(
        "insert into dd0c.model_usage as known
           (tenant_id, day, purpose, model, calls, failures, prompt_tokens, completion_tokens, cost_microusd)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, day, purpose, model) do update set
           calls = known.calls + excluded.calls, failures = known.failures + excluded.failures,
           prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
           completion_tokens = known.completion_tokens + excluded.completion_tokens,
           cost_microusd = known.cost_microusd + excluded.cost_microusd",
    )
    .bind(tx.tenant_uuid())
    .bind(now.date_naive())
    .bind(purpose)
    .bind(model)
    .bind(whole(used.calls))
    .bind(whole(used.failures))
    .bind(whole(used.prompt_tokens))
    .bind(whole(used.completion_tokens))
    .bind(whole(used.cost_microusd))
    .execute(tx.connection())
    .await?;
    Ok(())
}
