//! A command that the runbook does not list: judged as it is asked for, and kept as a step of its own.

use std::collections::BTreeMap;

use dd0c_executor::{Event, Step, UnlistedStep};
use dd0c_store::StoreError;
use dd0c_store::executions::{LockedExecution, StoredStep};
use dd0c_types::run::{StepState, StepView};
use dd0c_types::runbook::RollbackOrigin;
use dd0c_types::{Command, StepId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::decide::{Decider, person};
use crate::error::EngineError;
use crate::record::{self, Kept};
use crate::typed::{self, Judged};

/// What the executor is told of a command that somebody typed.
pub(crate) fn event(by: &Decider, text: &str) -> Result<Event, EngineError> {
    let Judged { command, verdict, rollback, .. } = typed::judge(text)?;
    let new = UnlistedStep {
        step: StepId::from_uuid(Uuid::now_v7()),
        channel: json!(by.actor.channel).as_str().unwrap_or_default().to_owned(),
        command,
        risk: verdict.risk,
        rollback,
    };
    Ok(Event::Unlisted { by: person(by), new })
}

/// The step that an event makes, when it makes one.
pub(crate) const fn step_of(event: &Event) -> Option<StepId> {
    match event {
        Event::Unlisted { new, .. } => Some(new.step),
        _ => None,
    }
}

/// The row of such a step. The scanner is a function of the command, so its verdict is the one that was gated.
pub(crate) fn row(locked: &LockedExecution, step: &Step, now: Timestamp) -> Result<StoredStep, StoreError> {
    let command = step.command.clone().ok_or_else(|| record::corrupt("an unlisted step's command"))?;
    let environment = used(&locked.variables, &command);
    let Judged { verdict, rollback_verdict, .. } = typed::of(command);
    let kept = Kept {
        step: step.clone(),
        sets: Vec::new(),
        uses: environment.keys().cloned().collect(),
        rollback_origin: step.rollback.is_some().then_some(RollbackOrigin::Derived),
        rollback_verdict,
    };
    let mut view = StepView {
        id: step.id,
        order: step.order,
        title: "A command beside the runbook".to_owned(),
        kind: step.kind,
        state: StepState::Pending,
        gate: step.gate,
        risk: None,
        object: verdict.object.clone(),
        objects: verdict.objects.clone(),
        command: None,
        command_sha256: None,
        prescribed_command: None,
        environment: environment.clone(),
        classification: Some(verdict),
        rollback: None,
        rollback_of: None,
        unlisted: step.unlisted.clone(),
        hazards: Vec::new(),
        branch: None,
        exit_code: None,
        stdout_tail: String::new(),
        stderr_tail: String::new(),
        output_bytes: 0,
        stdout_sha256: None,
        approved_by: None,
        approved_at: None,
        started_at: None,
        ended_at: None,
        duration_ms: None,
        allowed_actions: Vec::new(),
        blocked_reason: None,
        expires_at: None,
        attempt: 0,
        note: None,
    };
    record::draw(&mut view, &kept, now);
    record::row(&kept, view, environment)
}

/// The values of the run that the command names as `$NAME` or `${NAME…}`. Secrets are not among them.
fn used(variables: &BTreeMap<String, String>, command: &Command) -> BTreeMap<String, String> {
    let text = command.reveal();
    let named = |name: &str| {
        text.match_indices('$').any(|(at, _)| {
            let rest = text[at + 1..].trim_start_matches('{');
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            &rest[..end] == name
        })
    };
    variables.iter().filter(|(name, _)| named(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_values_that_a_command_names_are_passed_to_it() {
        let variables: BTreeMap<_, _> =
            [("POD", "api-1"), ("PODS", "x"), ("NS", "prod")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let names = |text: &str| used(&variables, &Command::new(text)).into_keys().collect::<Vec<_>>();
        assert_eq!(names("kubectl logs $POD -n ${NS:-x}"), ["NS", "POD"]);
        assert_eq!(names("echo POD $PODX"), [""; 0]);
        assert_eq!(names("echo $PODS"), ["PODS"]);
    }
}
