//! `dd0c runbook list|push|show`: the runbooks of the tenant.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::connection::{Connection, ConnectionArguments};
use super::exit::{Failure, Outcome};

/// List, show or save runbooks.
#[derive(Debug, clap::Subcommand)]
pub enum Arguments {
    /// List them.
    List {
        /// Print the service's answer.
        #[arg(long)]
        json: bool,
    },
    /// Show one: its document, as JSON.
    Show {
        /// Its id, the beginning of its id, or its exact title.
        runbook: String,
    },
    /// Save a page as a new runbook, or as the next version of one.
    Push {
        /// The page, or `-` for standard input.
        file: PathBuf,
        /// The runbook to make a new version of.
        #[arg(long)]
        to: Option<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// In the service's own words.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    match arguments {
        Arguments::List { json } => list(&service, json).await,
        Arguments::Show { runbook } => show(&service, &runbook).await,
        Arguments::Push { file, to } => push(&service, &file, to.as_deref()).await,
    }
}

/// The id of the one runbook that `name` means.
///
/// # Errors
/// When it means none or several.
pub async fn find(service: &Connection, name: &str) -> Result<String, Failure> {
    let listed = service.get("/runbooks").await?;
    let matches = |runbook: &&Value| text(runbook, "id").starts_with(name) || text(runbook, "title") == name;
    let all = rows(&listed);
    let mut found = all.iter().filter(matches);
    match (found.next(), found.next()) {
        (Some(runbook), None) => Ok(text(runbook, "id").to_owned()),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("Several runbooks match {name}. Give more of the id.")))
        }
        (None, _) => {
            Err(Failure::usage(format!("No runbook matches {name}. List them with: dd0c runbook list")))
        }
    }
}

async fn list(service: &Connection, json: bool) -> Outcome {
    let listed = service.get("/runbooks").await?;
    if json {
        println!("{listed}");
        return Ok(ExitCode::SUCCESS);
    }
    for runbook in rows(&listed) {
        let version = runbook.get("version").and_then(Value::as_u64).unwrap_or(0);
        println!("{}  v{version}  {}", text(&runbook, "id"), text(&runbook, "title"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(service: &Connection, name: &str) -> Outcome {
    let id = find(service, name).await?;
    let runbook = service.get(&format!("/runbooks/{id}")).await?;
    println!("{}", serde_json::to_string_pretty(&runbook).map_err(Failure::failed)?);
    Ok(ExitCode::SUCCESS)
}

async fn push(service: &Connection, file: &PathBuf, to: Option<&str>) -> Outcome {
    let page = read(file)?;
    let saved = match to {
        None => service.post("/runbooks", &json!({ "text": page })).await?,
        Some(name) => {
            let id = find(service, name).await?;
            let current = service.get(&format!("/runbooks/{id}")).await?;
            let version = current.get("version").cloned().unwrap_or(Value::Null);
            service
                .put(&format!("/runbooks/{id}"), &json!({ "text": page, "expected_version": version }))
                .await?
        }
    };
    println!("{}", text(&saved, "id"));
    let version = saved.get("version").and_then(Value::as_u64).unwrap_or(0);
    eprintln!("Saved as version {version}. Start it with: dd0c run {}", text(&saved, "id"));
    Ok(ExitCode::SUCCESS)
}

fn read(file: &PathBuf) -> Result<String, Failure> {
    if file.as_os_str() == "-" {
        let mut page = String::new();
        std::io::stdin().read_to_string(&mut page).map_err(Failure::failed)?;
        return Ok(page);
    }
    std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))
}

fn rows(listed: &Value) -> Vec<Value> {
    listed.get("runbooks").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
