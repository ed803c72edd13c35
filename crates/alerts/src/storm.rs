//! A storm: more alerts than anybody can read. Those beyond the limit are shown with another one.

use chrono::TimeDelta;
use dd0c_store::{StoreError, TenantTx, alerts};
use dd0c_types::{AlertId, RunbookId, Timestamp};

/// How many new alerts of a customer are shown for themselves within [`STORM_WINDOW`].
pub const MOST_SHOWN: u32 = 10;
/// The window that [`MOST_SHOWN`] counts over.
pub const STORM_WINDOW: TimeDelta = TimeDelta::seconds(60);

/// What is known of a new alert when it is decided whether it is shown for itself.
pub(crate) struct Newcomer<'a> {
    pub(crate) id: AlertId,
    pub(crate) received_at: Timestamp,
    pub(crate) runbook: Option<RunbookId>,
    pub(crate) service: Option<&'a str>,
}

/// Folds a new alert into another one when there were too many in the window. Answers the one it is shown with.
///
/// # Errors
/// Those of the store.
pub(crate) async fn fold(
    tx: &mut TenantTx<'_>,
    newcomer: &Newcomer<'_>,
) -> Result<Option<AlertId>, StoreError> {
    let since = newcomer.received_at - STORM_WINDOW;
    if alerts::shown_since(tx, since).await? <= MOST_SHOWN {
        return Ok(None);
    }
    let Newcomer { id, runbook, service, .. } = *newcomer;
    let leader = alerts::leader_since(tx, since, id, runbook, service).await?;
    if let Some(leader) = leader {
        alerts::fold_into(tx, id, leader).await?;
    }
    Ok(leader)
}
