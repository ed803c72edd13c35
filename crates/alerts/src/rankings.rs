//! The runbooks of customers, ready to be ranked, kept while nothing that they are made of has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dd0c_llm::Passage;
use dd0c_matcher::{Candidate, Ranking};
use dd0c_store::{StoreError, TenantTx, matching};
use dd0c_types::{RunbookId, TenantId};

use crate::passages;

/// Most customers whose runbooks are kept; when there are more, all are made anew as they are needed.
const MOST_KEPT: usize = 64;

/// The runbooks of one customer. No `Debug`: they hold commands.
pub(crate) struct Shelf {
    /// Ranks them by words, and by the vectors of [`Shelf::model`].
    pub(crate) ranking: Ranking,
    /// The model that makes vectors; none when words alone are compared.
    pub(crate) model: Option<String>,
    /// The runbooks without a vector of what they say now, and what they say.
    pub(crate) wanting: Vec<(RunbookId, Passage)>,
}

/// Shelves by customer, each with the mark of what it was made of.
#[derive(Default)]
pub(crate) struct Rankings {
    model: Option<String>,
    kept: Mutex<HashMap<TenantId, (String, Arc<Shelf>)>>,
}

impl Rankings {
    /// With the vectors of this model.
    pub(crate) fn with_vectors(model: String) -> Self {
        Self { model: Some(model), ..Self::default() }
    }

    /// The runbooks of the transaction's customer, as the transaction sees them.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn of(&self, tx: &mut TenantTx<'_>) -> Result<Arc<Shelf>, StoreError> {
        let tenant = tx.tenant();
        let model = self.model.as_deref();
        let mark = matching::mark(tx, model).await?;
        if let Some(shelf) = self.find(tenant, &mark) {
            return Ok(shelf);
        }
        let shelf = Arc::new(shelf(matching::candidates(tx, model).await?, self.model.clone()));
        self.keep(tenant, mark, Arc::clone(&shelf));
        Ok(shelf)
    }

    fn find(&self, tenant: TenantId, mark: &str) -> Option<Arc<Shelf>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&tenant).filter(|(made_of, _)| made_of == mark).map(|(_, shelf)| Arc::clone(shelf))
    }

    fn keep(&self, tenant: TenantId, mark: String, shelf: Arc<Shelf>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(&tenant) {
            kept.clear();
        }
        kept.insert(tenant, (mark, shelf));
    }
}

fn shelf(runbooks: Vec<matching::Candidate>, model: Option<String>) -> Shelf {
    let mut wanting = Vec::new();
    let mut candidates = Vec::with_capacity(runbooks.len());
    for mut one in runbooks {
        let vector = one.vector.take();
        let vector = if model.is_some() { current(&one, vector, &mut wanting) } else { None };
        let candidate = Candidate::of(one.runbook, &one.title, &one.parsed);
        candidates.push(candidate.matched_by(one.tags, one.rules).with_vector(vector));
    }
    Shelf { ranking: Ranking::new(candidates), model, wanting }
}

/// The vector of what the runbook says now. One without a word has none, and wants none: endpoints refuse it.
fn current(
    runbook: &matching::Candidate,
    vector: Option<([u8; 32], Vec<f32>)>,
    wanting: &mut Vec<(RunbookId, Passage)>,
) -> Option<Vec<f32>> {
    let passage = passages::of_runbook(runbook);
    let sha256 = passage.sha256();
    let current = vector.filter(|(made_from, _)| *made_from == sha256).map(|(_, vector)| vector);
    if current.is_none() && !passage.text().is_empty() {
        wanting.push((runbook.runbook, passage));
    }
    current
}
