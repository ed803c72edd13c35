//! `dd0c panic`: halts everything at once. It never asks back.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::connection::ConnectionArguments;
use super::exit::{Failure, Outcome};

/// Halt everything, show whether it is halted, or lift the halt.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Without it: halt everything now.
    #[command(subcommand)]
    action: Option<Action>,
    /// Why: kept in the audit log.
    #[arg(long, default_value = "")]
    reason: String,
}

/// What else can be done about panic.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show whether execution is halted.
    Status,
    /// Lift the halt. Needs the Owner role and a reason.
    Clear {
        /// Why: kept in the audit log.
        #[arg(long)]
        reason: String,
    },
}

/// Runs the command.
///
/// # Errors
/// When the service does not answer: then nothing was halted, and the message says so.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    match arguments.action {
        None => {
            let receipt = service
                .post("/admin/panic", &json!({ "reason": arguments.reason }))
                .await
                .map_err(not_halted)?;
            println!("{receipt}");
            eprintln!(
                "Panic mode is on: all execution is halted. An Owner lifts it with: dd0c panic clear --reason …"
            );
        }
        Some(Action::Status) => println!("{}", service.get("/admin/panic").await?),
        Some(Action::Clear { reason }) => {
            let receipt = service.delete("/admin/panic", &json!({ "reason": reason })).await?;
            if receipt != Value::Null {
                println!("{receipt}");
            }
            eprintln!("Panic mode is off. Approvals that were revoked must be given again.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn not_halted(failure: Failure) -> Failure {
    Failure::failed(format!("NOT HALTED by this command: {failure}"))
}
