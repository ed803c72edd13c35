//! `dd0c run`: starts a runbook.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::connection::ConnectionArguments;
use super::exit::{Failure, Outcome};
use super::follow::{Until, follow};
use super::paint::Paint;
use super::runbook;

/// Start a runbook.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The runbook: its id, the beginning of its id, or its exact title.
    runbook: String,
    /// A value, as `name=value`. Repeat it for each variable.
    #[arg(long = "var", value_parser = pair)]
    variables: Vec<(String, String)>,
    /// The agent to run on; without it the one that is online.
    #[arg(long)]
    agent: Option<String>,
    /// A version other than the latest.
    #[arg(long)]
    version: Option<u32>,
    /// Show every step and its output until the run ends.
    #[arg(long)]
    follow: bool,
    /// With --follow: end as soon as the run waits for a person.
    #[arg(long, requires = "follow")]
    until_asked: bool,
}

/// Runs the command.
///
/// # Errors
/// When the runbook is not found, a value is missing, or the service refuses.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    let service = connection.connect()?;
    let runbook = runbook::find(&service, &arguments.runbook).await?;
    let variables: BTreeMap<_, _> = arguments.variables.into_iter().collect();
    let mut body = json!({ "runbook_id": runbook, "variables": variables });
    if let Some(agent) = arguments.agent {
        body["agent_id"] = Value::String(agent);
    }
    if let Some(version) = arguments.version {
        body["version"] = version.into();
    }
    let started = service.post("/executions", &body).await?;
    let id = started
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::failed("The service named no run."))?;
    println!("{id}");
    if !arguments.follow {
        eprintln!("Look at it with: dd0c runs show {id}");
        return Ok(ExitCode::SUCCESS);
    }
    let until = if arguments.until_asked { Until::Asks } else { Until::Ended };
    follow(&service, id, until, paint).await
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "expected name=value".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}
