//! Turns pasted text into a classified runbook and a command into a verdict, within five seconds.
//!
//! It joins the pure parser, the pure classifier and, when one is configured, a language model, measures them, and
//! offers all of it over gRPC. Of a text nothing is stored; what a model answered is kept by the text's hash, as numbers
//! of lines and verdicts. It must never run anything, never lower what a key said, and never wait for a model beyond
//! its budget.

mod labels;
mod models;
mod pipeline;
mod review;
pub mod service;

use std::time::Instant;

use dd0c_types::classification::{Classification, ReviewerVerdict};
use dd0c_types::command::Command;
use dd0c_types::runbook::{ParsedRunbook, Rollback, RollbackOrigin, Step, StepCommand, Warning};
use dd0c_types::{SecondKey, TenantId};

pub use dd0c_parser::ParseError;
pub use models::Models;

/// Parses `text` and classifies every command in it. `title`, when given, wins over the text's own.
///
/// `allowed` says who may serve as second key. Where no reviewer speaks of any command nothing can be Safe: the result
/// then carries the warning `no_reviewer`.
///
/// # Errors
/// [`ParseError`] says what is wrong with the text; nothing was kept.
pub fn parse(text: &str, title: Option<&str>, allowed: SecondKey) -> Result<ParsedRunbook, ParseError> {
    let mut runbook = structure(text, title, allowed)?;
    if !pipeline::has_command(&runbook) {
        return Err(ParseError::NoCommands);
    }
    pipeline::reviewer_warning(&mut runbook);
    Ok(runbook)
}

/// What the rules make of a text, every command scanned and reviewed locally where that is allowed; also of one without a
/// command.
fn structure(text: &str, title: Option<&str>, allowed: SecondKey) -> Result<ParsedRunbook, ParseError> {
    let begun = Instant::now();
    let mut runbook = dd0c_parser::outline(text, title)?;
    let parsed = begun.elapsed();
    let begun = Instant::now();
    for step in &mut runbook.steps {
        classify_step(step, allowed);
    }
    runbook.timings_ms = pipeline::timings(parsed, begun.elapsed());
    Ok(runbook)
}

/// Classifies one command, read as `language` (`bash`, `sql`, …), with the second key that `allowed` lets serve.
pub fn classify(command: &Command, language: &str, allowed: SecondKey) -> Classification {
    merged(command, language, None, allowed)
}

/// Both keys on one command. The one place where it is chosen who speaks as the second: the model where it answered,
/// else the local reviewer where the policy lets it serve.
fn merged(
    command: &Command,
    language: &str,
    model: Option<ReviewerVerdict>,
    allowed: SecondKey,
) -> Classification {
    let begun = Instant::now();
    let reviewer = model.or_else(|| dd0c_reviewer::second_key(allowed, command.reveal(), language));
    let mut classification = dd0c_classifier::classify(command, language, reviewer);
    classification.scanner.elapsed_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    classification
}

/// The verdict on one command, with the model's when it may be asked and answers in time.
async fn verdict(
    models: Option<&Models>,
    tenant: Option<TenantId>,
    command: &Command,
    language: &str,
    context: &str,
    allowed: SecondKey,
) -> Classification {
    let model = match (models, tenant) {
        (Some(models), Some(tenant)) => review::alone(models, tenant, command, language, context).await,
        _ => None,
    };
    merged(command, language, model, allowed)
}

fn classify_step(step: &mut Step, allowed: SecondKey) {
    let Some(command) = &step.command else { return };
    let classification = classify(&command.text, &command.language, allowed);
    if step.rollback.is_none() {
        step.rollback = derived_rollback(command);
    }
    step.classification = Some(classification);
}

/// The inverse that a scanner rule knows. It is scanned like any command when it is asked for.
fn derived_rollback(command: &StepCommand) -> Option<Rollback> {
    let language = dd0c_classifier::Language::from_name(&command.language);
    let text = dd0c_classifier::scan_in(command.text.reveal(), language).rollback?;
    Some(Rollback { text: Command::new(text), origin: RollbackOrigin::Derived })
}

fn no_reviewer() -> Warning {
    Warning {
        code: "no_reviewer".to_owned(),
        text: "Scanner only: nothing can be marked Safe until the reviewer answers.".to_owned(),
        source: None,
    }
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use dd0c_types::Risk;

    use super::*;

    const PAGE: &str = "# Drain a node\n\n1. Look at it:\n\n```bash\nkubectl get node <node>\n```\n\n2. Stop new pods:\n\n```bash\nkubectl cordon <node>\n```\n\n3. Remove the cache:\n\n```bash\nrm -rf /srv/cache\n```\n";

    #[test]
    fn without_a_reviewer_nothing_is_safe_and_the_scanner_speaks_for_itself() {
        let runbook = parse(PAGE, None, SecondKey::Llm).unwrap();
        let verdicts: Vec<_> = runbook.steps.iter().filter_map(|step| step.classification.as_ref()).collect();
        assert_eq!(verdicts.len(), 3);
        assert_eq!(
            verdicts.iter().map(|verdict| verdict.risk).collect::<Vec<_>>(),
            [Risk::Caution, Risk::Caution, Risk::Dangerous]
        );
        assert_eq!(verdicts[0].scanner.risk, dd0c_types::ScannerRisk::Safe);
        assert!(runbook.warnings.iter().any(|warning| warning.code == "no_reviewer"));
    }

    #[test]
    fn with_the_local_reviewer_what_both_keys_know_to_read_is_safe_and_the_verdict_names_it() {
        let runbook = parse(&PAGE.replace("get node", "get nodes"), None, SecondKey::LocalAllowed).unwrap();
        let verdicts: Vec<_> = runbook.steps.iter().filter_map(|step| step.classification.as_ref()).collect();
        assert_eq!(
            verdicts.iter().map(|verdict| verdict.risk).collect::<Vec<_>>(),
            [Risk::Safe, Risk::Caution, Risk::Dangerous]
        );
        let reviewer = verdicts[0].reviewer.as_ref().unwrap();
        assert_eq!(reviewer.kind, dd0c_types::ReviewerKind::Local);
        assert!(reviewer.reason.contains("kubectl get"), "{}", reviewer.reason);
        assert!(!runbook.warnings.iter().any(|warning| warning.code == "no_reviewer"));
    }

    #[test]
    fn a_known_inverse_is_offered() {
        let runbook = parse(PAGE, None, SecondKey::LocalAllowed).unwrap();
        let rollback = runbook.steps.iter().find_map(|step| step.rollback.as_ref()).unwrap();
        assert_eq!(rollback.text.reveal(), "kubectl uncordon <node>");
        assert!(rollback.origin == RollbackOrigin::Derived);
    }
}
