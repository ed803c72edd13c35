//! What models answered, by everything an answer depends on. The first answer stays: the same text gives the same result.

use dd0c_types::Timestamp;
use serde_json::Value;

use crate::error::StoreError;
use crate::json::storable;
use crate::store::TenantTx;

/// What answers are kept under, but for what exactly was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKey {
    /// `labels` or `review`.
    pub purpose: &'static str,
    /// SHA-256 of the pasted text.
    pub source_sha256: [u8; 32],
    /// The version of the parser that made the question.
    pub parser_version: &'static str,
    /// SHA-256 of the prompt and the schema of the answer.
    pub prompt_sha256: [u8; 32],
    /// The model's name.
    pub model: String,
}

/// The answers to the questions, by the SHA-256 of each, in the order asked; none where there is none yet.
///
/// # Errors
/// `Unavailable`; `Corrupt`.
pub async fn find(
    tx: &mut TenantTx<'_>,
    key: &AnswerKey,
    inputs: &[[u8; 32]],
) -> Result<Vec<Option<Value>>, StoreError> {
    let wanted: Vec<&[u8]> = inputs.iter().map(<[u8; 32]>::as_slice).collect();
    let rows: Vec<(Vec<u8>, Value)> = sqlx::query_as(
        "select input_sha256, answer from dd0c.model_answers
         where tenant_id = $1 and purpose = $2 and source_sha256 = $3 and parser_version = $4
           and prompt_sha256 = $5 and model = $6 and input_sha256 = any($7)",
    )
    .bind(tx.tenant_uuid())
    .bind(key.purpose)
    .bind(key.source_sha256.as_slice())
    .bind(key.parser_version)
    .bind(key.prompt_sha256.as_slice())
    .bind(&key.model)
    .bind(wanted)
    .fetch_all(tx.connection())
    .await?;
    let kept =
        |input: &[u8; 32]| rows.iter().find(|(known, _)| known == input).map(|(_, answer)| answer.clone());
    Ok(inputs.iter().map(kept).collect())
}

/// Keeps an answer and gives the one that is kept: of two at once the first.
///
/// # Errors
/// `Unavailable`; `Database` when the answer is larger than 1 MiB.
pub async fn keep(
    tx: &mut TenantTx<'_>,
    key: &AnswerKey,
    input: &[u8; 32],
    answer: Value,
) -> Result<Value, StoreError> {
    sqlx::query(
        "insert into dd0c.model_answers
           (tenant_id, purpose, source_sha256, parser_version, prompt_sha256, model, input_sha256, answer)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
    )
    .bind(tx.tenant_uuid())
    .bind(key.purpose)
    .bind(key.source_sha256.as_slice())
    .bind(key.parser_version)
    .bind(key.prompt_sha256.as_slice())
    .bind(&key.model)
    .bind(input.as_slice())
    .bind(storable(answer))
    .execute(tx.connection())
    .await?;
    find(tx, key, std::slice::from_ref(input)).await?.pop().flatten().ok_or(StoreError::NotFound)
}

/// Forgets answers from before `before`. Returns how many.
///
/// # Errors
/// `Unavailable`.
pub async fn purge(tx: &mut TenantTx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from dd0c.model_answers where tenant_id = $1 and created_at < $2")
        .bind(tx.tenant_uuid())
        .bind(before)
        .execute(tx.connection())
        .await?;
    Ok(gone.rows_affected())
}
