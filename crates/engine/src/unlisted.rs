//! A command that the runbook does not list: judged as it is asked for, and kept as a step of its own.

use std::collections::BTreeMap;

use dd0c_executor::{Event, Step, UnlistedStep, mentions};
use dd0c_store::StoreError;
use dd0c_store::executions::{LockedExecution, StoredStep};
use dd0c_types::run::StepView;
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
    let title = "A command beside the runbook".to_owned();
    let mut view = StepView {
        environment: environment.clone(),
        unlisted: step.unlisted.clone(),
        ..record::blank(step.id, step.order, title, step.kind, Some(verdict))
    };
    record::draw(&mut view, &kept, now);
    record::row(&kept, view, environment)
}

/// The values of the run that the command names as a shell variable. Secrets are not among them.
fn used(variables: &BTreeMap<String, String>, command: &Command) -> BTreeMap<String, String> {
    let named = variables.iter().filter(|(name, _)| mentions(command.reveal(), name));
    named.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_values_that_a_command_names_are_passed_to_it() {
        let variables: BTreeMap<_, _> = [("POD", "api-1"), ("PODS", "x"), ("NS", "prod")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        let names = |text: &str| used(&variables, &Command::new(text)).into_keys().collect::<Vec<_>>();
        assert_eq!(names("kubectl logs $POD -n ${NS:-x}"), ["NS", "POD"]);
        assert_eq!(names("echo POD $PODX"), [""; 0]);
        assert_eq!(names("echo $PODS"), ["PODS"]);
    }
}
