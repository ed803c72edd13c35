//! `dd0c classify`: the verdict on one command, or on a list of them, with or without a service.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dd0c_types::SecondKey;
use dd0c_types::classification::Classification;
use dd0c_types::command::Command;
use serde::Deserialize;
use serde_json::json;

use super::connection::ConnectionArguments;
use super::exit::{Failure, Outcome};
use super::paint::Paint;

/// Judge commands.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The command, or `-` to read one command a line from standard input.
    #[arg(required_unless_present = "file", conflicts_with = "file", allow_hyphen_values = true)]
    command: Option<String>,
    /// Read one command a line from this file.
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// Lines are JSON: a string, or an object with `cmd`.
    #[arg(long)]
    jsonl: bool,
    /// Print one JSON object a line, in order.
    #[arg(long)]
    json: bool,
    /// Ask no service, even when one is known. Lists are always judged on this machine.
    #[arg(long)]
    offline: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Text(String),
    Object { cmd: String },
}

/// Runs the command.
///
/// # Errors
/// When the input cannot be read.
pub async fn run(arguments: Arguments, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    match (&arguments.file, arguments.command.as_deref()) {
        (Some(file), _) => many(open(file)?, &arguments, paint),
        (None, Some("-")) => many(Box::new(std::io::stdin().lock()), &arguments, paint),
        (None, Some(command)) => one(command, &arguments, connection, paint).await,
        (None, None) => Err(Failure::usage("Give a command, a file with -f, or - for standard input.")),
    }
}

async fn one(
    command: &str,
    arguments: &Arguments,
    connection: &ConnectionArguments,
    paint: Paint,
) -> Outcome {
    let service = if arguments.offline { None } else { connection.find()? };
    let verdict = match service {
        Some(service) => match service.post("/classify", &json!({ "command": command })).await {
            Ok(value) => serde_json::from_value(value).map_err(Failure::failed)?,
            Err(failure) => {
                eprintln!("The service could not be asked: {failure} Judged on this machine instead.");
                locally(command)
            }
        },
        None => locally(command),
    };
    print(&mut std::io::stdout().lock(), command, &verdict, arguments.json, paint)?;
    Ok(ExitCode::SUCCESS)
}

fn many(input: Box<dyn std::io::BufRead>, arguments: &Arguments, paint: Paint) -> Outcome {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, line) in input.split(b'\n').enumerate() {
        let line = line.map_err(Failure::failed)?;
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        if text.trim().is_empty() {
            continue;
        }
        let command = if arguments.jsonl { from_json(text, number + 1)? } else { text.to_owned() };
        print(&mut output, &command, &locally(&command), arguments.json, paint)?;
    }
    output.flush().map_err(Failure::failed)?;
    Ok(ExitCode::SUCCESS)
}

fn from_json(text: &str, number: usize) -> Result<String, Failure> {
    match serde_json::from_str(text) {
        Ok(Line::Text(command) | Line::Object { cmd: command }) => Ok(command),
        Err(_) => {
            Err(Failure::usage(format!("Line {number} is neither a JSON string nor an object with \"cmd\".")))
        }
    }
}

fn locally(command: &str) -> Classification {
    dd0c_intake::classify(&Command::new(command), "bash", SecondKey::LocalAllowed)
}

fn print(
    output: &mut impl std::io::Write,
    command: &str,
    verdict: &Classification,
    json: bool,
    paint: Paint,
) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(verdict).map_err(Failure::failed)?
    } else {
        paint.verdict(command, verdict)
    };
    writeln!(output, "{text}").map_err(Failure::failed)
}

fn open(file: &Path) -> Result<Box<dyn std::io::BufRead>, Failure> {
    let opened =
        std::fs::File::open(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    Ok(Box::new(std::io::BufReader::new(opened)))
}
