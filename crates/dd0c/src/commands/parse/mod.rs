//! `dd0c parse`: a page of text as a classified runbook, with or without a service; a folder of them as a table.

mod folder;
mod page;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dd0c_types::SecondKey;
use dd0c_types::runbook::ParsedRunbook;
use serde_json::json;

use super::connection::ConnectionArguments;
use super::exit::{Failure, Outcome};
use super::paint::Paint;
use super::{pages, terminal};

/// Parse and classify a page of text.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The page, `-` for standard input, or a folder: its runbooks as a table, parsed on this machine.
    file: PathBuf,
    /// Print the document `dd0c.runbook/v1`; of a folder, one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Ask no service, even when one is known.
    #[arg(long)]
    offline: bool,
}

/// Runs the command.
///
/// # Errors
/// When the page cannot be read or is not a runbook.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    if arguments.file.is_dir() {
        return folder::run(&arguments.file, arguments.json, paint);
    }
    let text = read(&arguments.file)?;
    let service = if arguments.offline { None } else { connection.find()? };
    let runbook = match service {
        Some(service) => match service.post("/runbooks/parse-preview", &json!({ "text": text })).await {
            Ok(value) => serde_json::from_value(value).map_err(Failure::failed)?,
            Err(failure) => {
                eprintln!("The service could not be asked: {failure} Parsed on this machine instead.");
                locally(&text)?
            }
        },
        None => locally(&text)?,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&runbook).map_err(Failure::failed)?);
    } else {
        println!(
            "{}",
            page::Drawing { runbook: &runbook, text: &text, paint, width: terminal::width() }.whole()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn locally(text: &str) -> Result<ParsedRunbook, Failure> {
    dd0c_intake::parse(text, None, SecondKey::LocalAllowed).map_err(Failure::failed)
}

fn read(file: &Path) -> Result<String, Failure> {
    if file.as_os_str() != "-" {
        return pages::read(file).map_err(|error| Failure::failed(error.of(file)));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(Failure::failed)?;
    let text = dd0c_parser::validate_utf8(&bytes).map_err(Failure::failed)?;
    Ok(text.to_owned())
}
