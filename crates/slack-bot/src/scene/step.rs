//! A step as all its cards show it.

use dd0c_types::run::{ExecutionView, StepAction, StepView};
use dd0c_types::{Classification, Command, Risk};

use super::RunScene;
use crate::card::{Destroyed, InverseCommand, Place, Position, ReviewerWord, RiskWord, StepCard, Why};
use crate::reference::Reference;

/// The step, offering `actions`.
pub fn step_card(scene: &RunScene<'_>, step: &StepView, actions: Vec<StepAction>, revision: u32) -> StepCard {
    let reference = |command: Option<&Command>| Reference::Step {
        execution: scene.run.id,
        step: step.id,
        attempt: step.attempt,
        command: command.map(Command::hash),
    };
    let inverse = step.rollback.as_ref().map(|rollback| InverseCommand {
        command: rollback.text.clone(),
        risk: dd0c_classifier::classify(&rollback.text, "bash", None).risk.into(),
        token: scene.pen.sign(&reference(Some(&rollback.text))),
    });
    StepCard {
        position: position(scene.run, step),
        title: step.title.clone(),
        risk: if step.command.is_some() { step.risk.into() } else { RiskWord::Safe },
        command: step.command.clone(),
        place: Place { agent: scene.run.agent_name.clone().unwrap_or_default(), facts: Vec::new() },
        why: step.classification.as_ref().and_then(|verdict| why(verdict, step.command.as_ref(), step.risk)),
        rollback: inverse,
        destroys: destroyed(step),
        actions,
        link: scene.pen.urls.run(scene.run.id),
        token: scene.pen.sign(&reference(step.command.as_ref())),
        run_token: scene.pen.sign(&Reference::Run(scene.run.id)),
        revision,
    }
}

/// Which step it is: of the runbook, the inverse of one, or one that somebody typed.
pub(super) fn position(run: &ExecutionView, step: &StepView) -> Position {
    let listed = |other: &&StepView| other.rollback_of.is_none() && other.unlisted.is_none();
    let of = u32::try_from(run.steps.iter().filter(listed).count()).unwrap_or(u32::MAX);
    if step.unlisted.is_some() {
        let before = run.steps.iter().filter(|other| other.unlisted.is_some() && other.order <= step.order);
        return Position::Unlisted { number: u32::try_from(before.count()).unwrap_or(u32::MAX) };
    }
    match step.rollback_of {
        None => Position::Step { number: step.order, of },
        Some(origin) => {
            let number =
                run.steps.iter().find(|other| other.id == origin).map_or(step.order, |other| other.order);
            Position::Rollback { number, of }
        }
    }
}

/// What it destroys, each to be typed.
pub(super) fn destroyed(step: &StepView) -> Vec<Destroyed> {
    let objects = if step.objects.is_empty() { step.object.as_slice() } else { &step.objects };
    let word = |kind: &str| kind.replace(['_', '-'], " ");
    objects.iter().map(|object| Destroyed { kind: word(&object.kind), name: object.name.clone() }).collect()
}

fn why(verdict: &Classification, command: Option<&Command>, risk: Option<Risk>) -> Option<Why> {
    let finding = verdict.scanner.findings.first()?;
    let matched = command.and_then(|command| command.reveal().get(finding.span.start..finding.span.end));
    let reviewer = match &verdict.reviewer {
        None => ReviewerWord::Silent,
        Some(reviewer) if Some(reviewer.risk) == risk => ReviewerWord::Agrees,
        Some(reviewer) => ReviewerWord::Says(reviewer.risk.into()),
    };
    Some(Why {
        reason: finding.why.clone(),
        rule: Some(finding.rule.clone()),
        matched: matched.filter(|matched| !matched.is_empty()).map(str::to_owned),
        reviewer,
    })
}
