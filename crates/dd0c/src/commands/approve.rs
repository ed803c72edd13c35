//! `dd0c approve`, `skip`, `done`, `retry`, `rollback`, `edit`, `add`, `abort`: a person's decision on one step, or on the run.
//!
//! An approval names the SHA-256 of the command it was shown. If the command has changed since, nothing runs.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use dd0c_types::run::{ExecutionView, Gate, StepAction, StepState, StepView};
use dd0c_types::visible::visible;
use serde_json::{Value, json};

use super::connection::{Connection, ConnectionArguments};
use super::exit::{Failure, NOT_ALLOWED, Outcome, USAGE};
use super::paint::Paint;

/// Approve a step: it runs exactly the command that is shown.
#[derive(Debug, clap::Args)]
pub struct ApproveArguments {
    /// The run's id.
    run: String,
    /// The step: its number or its id. Without it, the step that waits.
    step: Option<String>,
    /// For a Dangerous step: the name of what it destroys, exactly. Repeat it for several objects.
    #[arg(long)]
    typed: Vec<String>,
    /// Approve only if the command still has this SHA-256.
    #[arg(long)]
    sha256: Option<String>,
}

/// A decision other than approval.
#[derive(Debug, clap::Args)]
pub struct DecideArguments {
    /// The run's id.
    run: String,
    /// The step: its number or its id.
    step: String,
    /// Why: kept in the audit log.
    #[arg(long, default_value = "")]
    reason: String,
}

/// Report a step done, or the truth about one whose outcome is unknown.
#[derive(Debug, clap::Args)]
pub struct DoneArguments {
    /// The run's id.
    run: String,
    /// The step: its number or its id.
    step: String,
    /// What was seen: kept in the audit log.
    #[arg(long, default_value = "")]
    note: String,
    /// For an unknown outcome: `it_ran` or `it_did_not_run`.
    #[arg(long)]
    outcome: Option<String>,
    /// For a decision: `then` or `else`.
    #[arg(long)]
    choice: Option<String>,
}

/// Replace a step's command; it is classified again and asks again.
#[derive(Debug, clap::Args)]
pub struct EditArguments {
    /// The run's id.
    run: String,
    /// The step: its number or its id.
    step: String,
    /// The new command.
    #[arg(allow_hyphen_values = true)]
    command: String,
}

/// Add a command that the runbook does not list; it is classified and asks.
#[derive(Debug, clap::Args)]
pub struct AddArguments {
    /// The run's id.
    run: String,
    /// The command.
    #[arg(allow_hyphen_values = true)]
    command: String,
}

/// Stop a run; what already ran is not undone.
#[derive(Debug, clap::Args)]
pub struct AbortArguments {
    /// The run's id.
    run: String,
    /// Why: kept in the audit log.
    #[arg(long, default_value = "")]
    reason: String,
}

/// Approves.
///
/// # Errors
/// When the step does not wait, the typed name is missing or wrong, or somebody was faster.
pub async fn approve(arguments: ApproveArguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    let service = connection.connect()?;
    let run = fetch(&service, &arguments.run).await?;
    let step = match &arguments.step {
        Some(name) => find(&run, name)?,
        None => waiting(&run).ok_or_else(|| Failure::failed("No step of this run waits for anybody."))?,
    };
    eprintln!("{}", described(step, paint));
    if !step.allowed_actions.contains(&StepAction::Approve) {
        let reason = step.blocked_reason.as_deref().unwrap_or("This step does not wait for approval.");
        return Err(Failure::new(NOT_ALLOWED, format!("{reason} Nothing has run.")));
    }
    let shown = step.command_sha256.map(|hash| hash.to_string());
    if arguments.sha256.is_some() && arguments.sha256 != shown {
        return Err(Failure::failed(
            "The command has changed since that SHA-256 was shown. Nothing has run.",
        ));
    }
    let typed = if step.gate == Gate::Typed { typed_names(arguments.typed, step)? } else { arguments.typed };
    let body = json!({ "command_sha256": shown, "typed": typed });
    decide(&service, &run, step, "approve", &body).await
}

/// Skips, retries or rolls back.
///
/// # Errors
/// When the step does not allow it.
pub async fn act(
    arguments: DecideArguments,
    action: StepAction,
    connection: &ConnectionArguments,
) -> Outcome {
    let service = connection.connect()?;
    let run = fetch(&service, &arguments.run).await?;
    let step = find(&run, &arguments.step)?;
    let body = if action == StepAction::Skip { json!({ "reason": arguments.reason }) } else { json!({}) };
    decide(&service, &run, step, action.as_str(), &body).await
}

/// Reports a step done.
///
/// # Errors
/// When the step does not allow it.
pub async fn done(arguments: DoneArguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    let run = fetch(&service, &arguments.run).await?;
    let step = find(&run, &arguments.step)?;
    let body = json!({ "note": arguments.note, "outcome": arguments.outcome, "choice": arguments.choice });
    decide(&service, &run, step, "done", &body).await
}

/// Edits a step's command.
///
/// # Errors
/// When the step does not allow it.
pub async fn edit(arguments: EditArguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    let run = fetch(&service, &arguments.run).await?;
    let step = find(&run, &arguments.step)?;
    decide(&service, &run, step, "edit", &json!({ "command": arguments.command })).await
}

/// Adds a command that the runbook does not list, and shows what it asks. Nothing has run yet.
///
/// # Errors
/// When the run has ended, is halted or executes nothing.
pub async fn add(arguments: AddArguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    let service = connection.connect()?;
    let path = format!("/executions/{}/unlisted", arguments.run);
    let answer = service.post(&path, &json!({ "command": arguments.command })).await?;
    let step: StepView = serde_json::from_value(answer).map_err(Failure::failed)?;
    println!("{}", described(&step, paint));
    eprintln!("Let it run with: dd0c approve {} {}", arguments.run, step.order);
    Ok(ExitCode::SUCCESS)
}

/// Aborts a run.
///
/// # Errors
/// When it has already ended.
pub async fn abort(arguments: AbortArguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    let path = format!("/executions/{}/abort", arguments.run);
    service.post(&path, &json!({ "reason": arguments.reason })).await?;
    println!("Aborted. No further step will start; what already ran is not undone.");
    Ok(ExitCode::SUCCESS)
}

/// Fetches a run.
///
/// # Errors
/// In the service's own words.
pub async fn fetch(service: &Connection, run: &str) -> Result<ExecutionView, Failure> {
    let value = service.get(&format!("/executions/{run}")).await?;
    serde_json::from_value(value).map_err(Failure::failed)
}

/// The step that waits for a person now: the one that asks for approval, before one that merely can be acted upon.
pub fn waiting(run: &ExecutionView) -> Option<&StepView> {
    let asks = |step: &&StepView| step.allowed_actions.contains(&StepAction::Approve);
    let open = |step: &&StepView| !step.allowed_actions.is_empty() && step.state != StepState::Succeeded;
    run.steps.iter().find(asks).or_else(|| run.steps.iter().find(open))
}

/// What a person must see before deciding.
pub fn described(step: &StepView, paint: Paint) -> String {
    let mut out =
        format!("Step {} of the run: {} ({})", step.order, step.title, step.state.as_str().replace('_', " "));
    if let Some(command) = &step.command {
        out += &match &step.classification {
            Some(verdict) => format!("\n{}", paint.verdict(command.reveal(), verdict)),
            None => format!("\n          {}", visible(command.reveal())),
        };
    }
    for (name, value) in &step.environment {
        out += &format!("\n          {name}={}", visible(value));
    }
    if let Some(rollback) = &step.rollback {
        out += &format!("\n          undo: {}", visible(rollback.text.reveal()));
    }
    if let Some(note) = &step.note {
        out += &format!("\n{note}");
    }
    out
}

fn find<'r>(run: &'r ExecutionView, name: &str) -> Result<&'r StepView, Failure> {
    let by_order = name.parse::<u32>().ok();
    let mut found =
        run.steps.iter().filter(|step| Some(step.order) == by_order || step.id.to_string().starts_with(name));
    match (found.next(), found.next()) {
        (Some(step), None) => Ok(step),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("Several steps begin with {name}. Give more of the id.")))
        }
        (None, _) => Err(Failure::usage(format!(
            "This run has no step {name}. It has steps 1 to {}.",
            run.steps.len()
        ))),
    }
}

/// The names of what is destroyed: from the arguments, or asked for one by one on a terminal. There is no way around them.
fn typed_names(given: Vec<String>, step: &StepView) -> Result<Vec<String>, Failure> {
    if !given.is_empty() {
        return Ok(given);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            USAGE,
            "This step is Dangerous. Name what it destroys with --typed NAME. Nothing has run.",
        ));
    }
    let kinds: Vec<_> =
        if step.objects.is_empty() { step.object.iter().collect() } else { step.objects.iter().collect() };
    let kinds = if kinds.is_empty() {
        vec!["object"]
    } else {
        kinds.iter().map(|object| object.kind.as_str()).collect()
    };
    kinds.into_iter().map(ask_name).collect()
}

fn ask_name(kind: &str) -> Result<String, Failure> {
    eprint!("Type the name of the {kind} to destroy: ");
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).map_err(Failure::failed)?;
    if read == 0 {
        return Err(Failure::new(USAGE, "Cancelled. Nothing has run."));
    }
    Ok(line.strip_suffix('\n').unwrap_or(&line).to_owned())
}

async fn decide(
    service: &Connection,
    run: &ExecutionView,
    step: &StepView,
    action: &str,
    body: &Value,
) -> Outcome {
    let path = format!("/executions/{}/steps/{}/{action}", run.id, step.id);
    let answer = service.post(&path, body).await?;
    let state = answer.get("state").and_then(Value::as_str).unwrap_or("unknown").replace('_', " ");
    println!("Step {}: {state}", step.order);
    eprintln!("Follow it with: dd0c runs show {} --follow", run.id);
    Ok(ExitCode::SUCCESS)
}
