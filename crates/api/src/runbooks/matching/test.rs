//! Tries tags and rules on the last alerts.

use dd0c_matcher::{Candidate, Ranking, chosen};
use dd0c_store::alerts::{self, Record};
use dd0c_store::{matching, runbooks};
use dd0c_types::{AlertChoice, RunbookId};

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::matching::{MatchingTrial, MatchingTrialResult, Standing, TriedAlert, check};

/// On how many alerts is tried.
const ALERTS: u32 = 20;

/// Tries tags and rules on the last 20 alerts. Nothing is changed.
#[utoipa::path(post, path = "/runbooks/{id}/matching/test", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    request_body = MatchingTrial, responses((status = 200, body = MatchingTrialResult)))]
pub(crate) async fn test_matching(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
    Body(body): Body<MatchingTrial>,
) -> Result<Json<MatchingTrialResult>, ApiError> {
    check(&body.tags, &body.rules)?;
    let mut tx = ctx.tenant_tx().await?;
    runbooks::get(&mut tx, id).await?;
    let shelf = matching::candidates(&mut tx, None).await?;
    let last = alerts::recent(&mut tx, None, ALERTS).await?;
    tx.rollback().await?;
    let ranked = |tried: bool| {
        Ranking::new(shelf.iter().map(|one| candidate(one, id, tried.then_some(&body))).collect())
    };
    let (before, after) = (ranked(false), ranked(true));
    Ok(Json(MatchingTrialResult {
        alerts: last.into_iter().map(|alert| tried(alert, id, &before, &after)).collect(),
    }))
}

/// A runbook as it is, or the one that is tried as it would be.
fn candidate(one: &matching::Candidate, tried: RunbookId, trial: Option<&MatchingTrial>) -> Candidate {
    let plain = Candidate::of(one.runbook, &one.title, &one.parsed);
    match trial.filter(|_| one.runbook == tried) {
        Some(trial) => plain.matched_by(trial.tags.clone(), trial.rules.clone()),
        None => plain.matched_by(one.tags.clone(), one.rules.clone()),
    }
}

fn tried(record: Record, runbook: RunbookId, before: &Ranking, after: &Ranking) -> TriedAlert {
    let ruled_out: Vec<_> = record.rejections.iter().filter_map(|rejection| rejection.runbook).collect();
    let standing_by = |ranking: &Ranking| standing(&ranking.choice(&record.alert, None, &ruled_out), runbook);
    let (standing_before, standing_after) = (standing_by(before), standing_by(after));
    let found = after.points(&record.alert, runbook);
    let (points, reasons) = found.map_or((0, Vec::new()), |found| (found.points, found.reasons));
    TriedAlert {
        id: record.id,
        before: standing_before,
        after: standing_after,
        points,
        reasons,
        alert: record.alert,
    }
}

fn standing(choice: &AlertChoice, runbook: RunbookId) -> Standing {
    if chosen(choice) == Some(runbook) {
        return Standing::Chosen;
    }
    let offered = choice.ranked.iter().any(|one| one.runbook == runbook);
    if offered { Standing::Offered } else { Standing::NotOffered }
}
