//! `dd0c runs list|show`: what ran and what waits.

use std::process::ExitCode;

use serde_json::Value;

use super::approve::{described, fetch};
use super::connection::ConnectionArguments;
use super::exit::Outcome;
use super::follow::{Until, follow};
use super::paint::Paint;

/// List runs, or show one.
#[derive(Debug, clap::Subcommand)]
pub enum Arguments {
    /// List them, newest first.
    List {
        /// Only runs in this state, such as `waiting`.
        #[arg(long)]
        state: Option<String>,
        /// Print the service's answer.
        #[arg(long)]
        json: bool,
    },
    /// Show one.
    Show {
        /// Its id.
        run: String,
        /// Print the service's answer.
        #[arg(long)]
        json: bool,
        /// Go on until it ends.
        #[arg(long, conflicts_with = "json")]
        follow: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// In the service's own words.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    let service = connection.connect()?;
    match arguments {
        Arguments::List { state, json } => {
            let filter = state.map(|state| format!("?state={state}")).unwrap_or_default();
            let listed = service.get(&format!("/executions{filter}")).await?;
            if json { println!("{listed}") } else { print_list(&listed) }
        }
        Arguments::Show { run, json: true, .. } => {
            println!("{}", service.get(&format!("/executions/{run}")).await?)
        }
        Arguments::Show { run, follow: true, .. } => {
            return follow(&service, &run, Until::Ended, paint).await;
        }
        Arguments::Show { run, .. } => {
            let view = fetch(&service, &run).await?;
            println!("{}  {}  {} v{}", view.id, view.state.as_str(), view.title, view.version);
            for step in &view.steps {
                println!("\n{}", described(step, paint));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_list(listed: &Value) {
    let text = |run: &Value, key: &str| run.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for run in listed.get("executions").and_then(Value::as_array).into_iter().flatten() {
        println!(
            "{}  {:<20} {}  {}",
            text(run, "id"),
            text(run, "state"),
            text(run, "started_at"),
            text(run, "title")
        );
    }
}
