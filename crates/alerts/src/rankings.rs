//! Rankings of customers, kept while nothing that they are made of has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dd0c_matcher::{Candidate, Ranking};
use dd0c_store::{StoreError, TenantTx, matching};
use dd0c_types::TenantId;

/// Most customers whose ranking is kept; when there are more, all are made anew as they are needed.
const MOST_KEPT: usize = 64;

/// Rankings by customer, each with the mark of what it was made of.
#[derive(Default)]
pub(crate) struct Rankings {
    kept: Mutex<HashMap<TenantId, (String, Arc<Ranking>)>>,
}

impl Rankings {
    /// The ranking of the transaction's customer, as the transaction sees the runbooks.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn of(&self, tx: &mut TenantTx<'_>) -> Result<Arc<Ranking>, StoreError> {
        let tenant = tx.tenant();
        let mark = matching::mark(tx, None).await?;
        if let Some(ranking) = self.find(tenant, &mark) {
            return Ok(ranking);
        }
        let candidates = matching::candidates(tx, None).await?;
        let candidates = candidates
            .into_iter()
            .map(|one| Candidate::of(one.runbook, &one.title, &one.parsed).matched_by(one.tags, one.rules));
        let ranking = Arc::new(Ranking::new(candidates.collect()));
        self.keep(tenant, mark, Arc::clone(&ranking));
        Ok(ranking)
    }

    fn find(&self, tenant: TenantId, mark: &str) -> Option<Arc<Ranking>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&tenant).filter(|(made_of, _)| made_of == mark).map(|(_, ranking)| Arc::clone(ranking))
    }

    fn keep(&self, tenant: TenantId, mark: String, ranking: Arc<Ranking>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(&tenant) {
            kept.clear();
        }
        kept.insert(tenant, (mark, ranking));
    }
}
