//! Finds the runbook for an alert: by rules and words first, and by vectors where those leave it open.
//!
//! Everything that a choice is made of is kept: the alert's words and their vector, the runbooks and theirs. So the same
//! state always gives the same choice, whoever makes it, and a choice that stands is not written again.

use dd0c_matcher::chosen;
use dd0c_store::alerts::{self, Record};
use dd0c_store::{StoreError, TenantTx, matching};
use dd0c_types::{Alert, AlertChoice, AlertId, AlertStatus, EventType, RunbookId, Sureness};
use serde_json::{Value, json};

use crate::passages;
use crate::rankings::Shelf;

/// What is appended to the audit trail at the end: appends of one customer wait for each other.
pub(crate) type Events = Vec<(EventType, Value)>;

/// An alert, as it reads now.
pub(crate) struct Subject<'a> {
    pub(crate) id: AlertId,
    pub(crate) alert: &'a Alert,
    /// What is known of it; none for a new one.
    pub(crate) known: Option<&'a Record>,
}

/// What came of it.
pub(crate) struct Found {
    /// The runbook that is the one for the alert.
    pub(crate) runbook: Option<RunbookId>,
    /// SHA-256 of the alert's words, when vectors that are not there yet may tell more.
    pub(crate) open: Option<[u8; 32]>,
}

/// Ranks the runbooks for what the alert says now, unless a person chose or a run was started, and keeps a choice that
/// is another one.
///
/// # Errors
/// Those of the store.
pub(crate) async fn choose(
    tx: &mut TenantTx<'_>,
    shelf: &Shelf,
    subject: &Subject<'_>,
    events: &mut Events,
) -> Result<Found, StoreError> {
    let (mut ruled_out, mut standing) = (Vec::new(), None);
    if let Some(known) = subject.known {
        if is_settled(known) {
            return Ok(Found { runbook: known.runbook, open: None });
        }
        ruled_out = known.rejections.iter().filter_map(|rejection| rejection.runbook).collect();
        standing = known.choice.as_ref();
    }
    let (choice, open) = rank(tx, shelf, subject, &ruled_out).await?;
    let runbook = chosen(&choice);
    if standing != Some(&choice) {
        alerts::set_choice(tx, subject.id, &choice, runbook).await?;
        events.push((EventType::AlertMatched, matched(subject.id, &choice, runbook)));
    }
    Ok(Found { runbook, open })
}

/// Whether a person or a run has decided, so that no ranking does.
fn is_settled(known: &Record) -> bool {
    let refused = known.rejections.iter().any(|rejection| rejection.runbook.is_none());
    known.chosen_by.is_some() || known.execution.is_some() || refused
}

/// Whether a vector may still tell which runbook it is, to anybody who is shown this alert.
pub(crate) fn is_undecided(known: &Record) -> bool {
    let is_sure = known.choice.as_ref().is_some_and(|choice| choice.sureness == Sureness::Sure);
    let is_over = known.alert.status == AlertStatus::Resolved;
    !(is_settled(known) || is_sure || is_over || known.folded_into.is_some())
}

/// The choice, and what [`Found::open`] says. Vectors count when every runbook has one: else those that have one would
/// be preferred to those that may be meant.
async fn rank(
    tx: &mut TenantTx<'_>,
    shelf: &Shelf,
    subject: &Subject<'_>,
    ruled_out: &[RunbookId],
) -> Result<(AlertChoice, Option<[u8; 32]>), StoreError> {
    let by_words = shelf.ranking.choice(subject.alert, None, ruled_out);
    let passage = passages::of_alert(subject.alert);
    let model = shelf.model.as_deref().filter(|_| !(shelf.ranking.is_empty() || passage.text().is_empty()));
    let Some(model) = model.filter(|_| by_words.sureness != Sureness::Sure) else {
        return Ok((by_words, None));
    };
    let sha256 = passage.sha256();
    if !shelf.wanting.is_empty() {
        return Ok((by_words, Some(sha256)));
    }
    let vector = matching::alert_vector(tx, subject.id, model, &sha256).await?;
    Ok(match vector {
        Some(vector) => (shelf.ranking.choice(subject.alert, Some(&vector), ruled_out), None),
        None => (by_words, Some(sha256)),
    })
}

fn matched(alert: AlertId, choice: &AlertChoice, runbook: Option<RunbookId>) -> Value {
    let ranked: Vec<_> =
        choice.ranked.iter().map(|one| json!({"runbook_id": one.runbook, "points": one.points})).collect();
    json!({"alert_id": alert, "sureness": choice.sureness, "runbook_id": runbook, "ranked": ranked})
}
