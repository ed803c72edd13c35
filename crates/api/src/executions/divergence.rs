//! Compares what was prescribed with what was done, from the rows of the run alone.

use dd0c_types::ExecutionId;
use dd0c_types::run::{ExecutionView, StepState, StepView};

use crate::body::Json;
use crate::context::CallContext;
use crate::executions::{Departure, Divergence, DivergenceItem, view};
use crate::path::Id;
use crate::problem::ApiError;

/// Compares what was prescribed with what was done.
#[utoipa::path(get, path = "/executions/{id}/divergence", tag = "Runs",
    params(("id" = ExecutionId, Path, description = "The run.")), responses((status = 200, body = Divergence)))]
pub(crate) async fn show_divergence(
    ctx: CallContext,
    Id(id): Id<ExecutionId>,
) -> Result<Json<Divergence>, ApiError> {
    let run = view::load(&ctx, id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(compare(run)))
}

fn compare(run: ExecutionView) -> Divergence {
    let steps: Vec<_> = run.steps.into_iter().map(item).collect();
    let faithful = |item: &DivergenceItem| match item.departure {
        Departure::AsWritten => true,
        // A step without a command is prescribed to be closed by a person.
        Departure::ByHand => item.prescribed.is_none(),
        _ => false,
    };
    Divergence {
        execution_id: run.id,
        runbook_id: run.runbook_id,
        version: run.version,
        ended: run.state.is_final(),
        exact: run.state.is_final() && steps.iter().all(faithful),
        steps,
    }
}

fn item(step: StepView) -> DivergenceItem {
    DivergenceItem {
        departure: departure(&step),
        step_id: step.id,
        order: step.order,
        title: step.title,
        prescribed: if step.rollback_of.is_some() {
            None
        } else {
            step.prescribed_command.or_else(|| step.command.clone())
        },
        actual: step.command,
        state: step.state,
        by: step.approved_by,
        note: step.note,
    }
}

fn departure(step: &StepView) -> Departure {
    if step.state == StepState::Skipped {
        return Departure::Skipped;
    }
    if step.rollback_of.is_some() {
        return Departure::RolledBack;
    }
    if step.prescribed_command.is_some() {
        return Departure::Edited;
    }
    by_state(step)
}

fn by_state(step: &StepView) -> Departure {
    match step.state {
        // A command that an agent ran has an exit code; what a person reports has none.
        StepState::Succeeded if step.exit_code.is_some() => Departure::AsWritten,
        StepState::Succeeded => Departure::ByHand,
        StepState::Failed
        | StepState::TimedOut
        | StepState::ManualIntervention
        | StepState::RollbackAvailable => Departure::NotSucceeded,
        _ => Departure::NotReached,
    }
}
