//! `dd0c audit list|verify`: the log, and whether its chain is unbroken.

use std::process::ExitCode;

use serde_json::Value;

use super::connection::ConnectionArguments;
use super::exit::{FAILED, Outcome};

/// Read or verify the audit log.
#[derive(Debug, clap::Subcommand)]
pub enum Arguments {
    /// One event a line, as JSON.
    List {
        /// Only events after this sequence number.
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Ask the service to recompute the hash chain. Exit code 1 when it is broken.
    Verify,
}

/// Runs the command.
///
/// # Errors
/// In the service's own words.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments) -> Outcome {
    let service = connection.connect()?;
    match arguments {
        Arguments::List { after, limit } => {
            let page = service.get(&format!("/audit?after={after}&limit={limit}")).await?;
            for event in page.get("events").and_then(Value::as_array).into_iter().flatten() {
                println!("{event}");
            }
            Ok(ExitCode::SUCCESS)
        }
        Arguments::Verify => {
            let verified = service.get("/audit/verify").await?;
            println!("{verified}");
            let unbroken = verified.get("ok").and_then(Value::as_bool) == Some(true);
            Ok(if unbroken { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
        }
    }
}
