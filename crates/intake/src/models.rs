//! The models, with what a customer may use of them and what they answered before.

use std::sync::Arc;

use dd0c_llm::{Asked, Route};
use dd0c_store::model_answers::{self, AnswerKey};
use dd0c_store::model_usage;
use dd0c_store::{Store, StoreError};
use dd0c_types::{Clock, TenantId};
use serde_json::Value;

/// The way to the models and to what is kept of them.
pub struct Models {
    /// The way to the endpoint.
    pub route: Arc<Route>,
    /// Where answers and counters are kept.
    pub store: Store,
    /// The day of the counters.
    pub clock: Arc<dyn Clock>,
}

/// An answer with what exactly was asked.
pub(crate) type Answered = ([u8; 32], Value);

impl Models {
    /// Whether the customer may use more today.
    ///
    /// # Errors
    /// Those of the store: then nothing is asked.
    pub(crate) async fn may_ask(&self, tenant: TenantId) -> Result<bool, StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        let used = model_usage::of_day(&mut tx, self.clock.now()).await?;
        Ok(self.route.settings().allow(&used))
    }

    /// What was answered before to each input; nothing when the store cannot be read.
    pub(crate) async fn known(
        &self,
        tenant: TenantId,
        key: &AnswerKey,
        inputs: &[[u8; 32]],
    ) -> Vec<Option<Value>> {
        let found = async {
            let mut tx = self.store.tenant(tenant).await?;
            model_answers::find(&mut tx, key, inputs).await
        };
        found.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "earlier answers of models cannot be read");
            vec![None; inputs.len()]
        })
    }

    /// Counts what was used and keeps what was answered. Gives the answers that are kept, of two at once the first;
    /// when the store cannot be written, those that came.
    pub(crate) async fn keep(
        &self,
        tenant: TenantId,
        key: &AnswerKey,
        asked: Asked,
        answers: Vec<Answered>,
    ) -> Vec<Answered> {
        if asked.calls == 0 && answers.is_empty() {
            return answers;
        }
        self.try_keep(tenant, key, asked, &answers).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the answers of a model cannot be kept");
            answers
        })
    }

    async fn try_keep(
        &self,
        tenant: TenantId,
        key: &AnswerKey,
        asked: Asked,
        answers: &[Answered],
    ) -> Result<Vec<Answered>, StoreError> {
        let mut tx = self.store.tenant(tenant).await?;
        let mut kept = Vec::with_capacity(answers.len());
        for (input, answer) in answers {
            kept.push((*input, model_answers::keep(&mut tx, key, input, answer.clone()).await?));
        }
        let used = self.route.settings().priced(asked);
        model_usage::add(&mut tx, self.clock.now(), key.purpose, &key.model, &used).await?;
        tx.commit().await?;
        Ok(kept)
    }
}

/// A mark for the fence around data: 122 random bits, new for every question.
pub(crate) fn mark() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Adds what one question used.
pub(crate) fn add(sum: &mut Asked, one: Asked) {
    sum.calls += one.calls;
    sum.failures += one.failures;
    sum.prompt_tokens += one.prompt_tokens;
    sum.completion_tokens += one.completion_tokens;
}
