//! Makes a draft of the next version out of what a run did otherwise.

use dd0c_executor::divergence;
use dd0c_store::{StoreError, runbooks};
use dd0c_types::divergence::DivergenceItem;
use dd0c_types::{ParsedRunbook, RunbookId};

use crate::body::{Body, Json};
use crate::context::CallContext;
use crate::executions::{divergence as compared, view};
use crate::path::Id;
use crate::problem::ApiError;
use crate::runbooks::{DraftLeftOut, DraftWish, RunbookDraft, intake, step_ids};

/// Takes departures of a run over into the newest version's text, at the commands' places and nowhere else, and reads
/// it again. Nothing is stored: whoever looks at the difference publishes it as the next version, with
/// `expected_version`. Refused with `stale` when the run did not run the newest version.
#[utoipa::path(post, path = "/runbooks/{id}/drafts", tag = "Runbooks",
    params(("id" = RunbookId, Path, description = "The runbook.")),
    request_body = DraftWish, responses((status = 200, body = RunbookDraft)))]
pub(crate) async fn draft_runbook(
    ctx: CallContext,
    Id(id): Id<RunbookId>,
    Body(wish): Body<DraftWish>,
) -> Result<Json<RunbookDraft>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    let latest = runbooks::get(&mut tx, id).await?.latest_version;
    let base = runbooks::get_version(&mut tx, id, latest).await?;
    let run = view::read(&mut tx, ctx.caller(), wish.execution_id).await?;
    drop(tx);
    let run = run.filter(|run| run.runbook_id == id).ok_or_else(ApiError::not_found)?;
    if run.version != latest {
        return Err(StoreError::Stale { current: latest }.into());
    }
    let compared = compared::of(&run);
    let items: Vec<&DivergenceItem> =
        compared.steps.iter().filter(|item| wish.items.contains(&item.step_id)).collect();
    if items.is_empty() || items.len() != wish.items.len() {
        let words = "Name steps of this run, each once. No draft was made.";
        return Err(ApiError::unprocessable("invalid_value", words));
    }
    let draft = divergence::draft(&base.text, &base.parsed, &items);
    let tenant = Some(ctx.caller().tenant);
    let mut parsed = intake::parse(ctx.intake(), tenant, draft.text.clone(), None).await?;
    step_ids::keep(&base.parsed, &mut parsed);
    Ok(Json(RunbookDraft {
        runbook_id: id,
        execution_id: run.id,
        base_version: latest,
        next_version: latest + 1,
        reads_as_meant: reads_as(&parsed, &draft),
        base_text: base.text,
        text: draft.text,
        parsed,
        left_out: draft
            .left_out
            .into_iter()
            .map(|left| DraftLeftOut { step_id: left.step, reason: left.reason.to_owned() })
            .collect(),
    }))
}

fn reads_as(parsed: &ParsedRunbook, draft: &divergence::Draft) -> bool {
    let read = parsed.steps.iter().filter_map(|step| step.command.as_ref()).map(|command| &command.text);
    read.eq(draft.commands.iter())
}
