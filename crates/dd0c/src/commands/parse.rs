//! `dd0c parse`: a page of text as a classified runbook, with or without a service.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use dd0c_types::runbook::{ParsedRunbook, Step, StepKind};
use dd0c_types::visible::visible;
use serde_json::json;

use super::connection::ConnectionArguments;
use super::exit::{Failure, Outcome};
use super::paint::Paint;

/// Parse and classify a page of text.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The page, or `-` for standard input.
    file: PathBuf,
    /// Print the document `dd0c.runbook/v1`.
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
        print!("{}", drawn(&runbook, paint));
    }
    Ok(ExitCode::SUCCESS)
}

fn locally(text: &str) -> Result<ParsedRunbook, Failure> {
    dd0c_intake::parse(text, None).map_err(Failure::failed)
}

fn read(file: &PathBuf) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let outcome = if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    outcome.map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let text = dd0c_parser::validate_utf8(&bytes).map_err(Failure::failed)?;
    Ok(text.to_owned())
}

fn drawn(runbook: &ParsedRunbook, paint: Paint) -> String {
    let mut out = format!("{}\n", paint.strong(&runbook.title));
    for prerequisite in &runbook.prerequisites {
        out += &format!("  needs   {}\n", prerequisite.text);
    }
    for variable in &runbook.variables {
        out += &format!(
            "  value   {}  {}\n",
            variable.placeholder,
            paint.quiet(&format!("{:?}", variable.kind).to_lowercase())
        );
    }
    for step in &runbook.steps {
        out += &drawn_step(step, paint);
    }
    for ambiguity in &runbook.ambiguities {
        out += &format!("  unclear {}\n          {}\n", paint.strong(&ambiguity.text), ambiguity.question);
    }
    for warning in &runbook.warnings {
        out += &format!("  note    {}\n", warning.text);
    }
    out
}

fn drawn_step(step: &Step, paint: Paint) -> String {
    let risk = match (&step.classification, step.kind) {
        (Some(verdict), _) => paint.risk(verdict.risk),
        (None, StepKind::Decision) => "? DECIDE ".to_owned(),
        (None, StepKind::Command | StepKind::Check | StepKind::Manual) => "✋ BY HAND".to_owned(),
    };
    let mut out = format!("{:>3} {risk} {}\n", step.order, step.title);
    if let Some(command) = &step.command {
        let text = visible(command.text.reveal()).replace('\n', "\n              ");
        out += &format!("              {text}  {}\n", paint.quiet(&format!("line {}", command.source.line)));
    }
    if let Some(verdict) = &step.classification {
        for finding in verdict.scanner.findings.iter().take(3) {
            out += &format!("              {}\n", paint.quiet(&format!("{}: {}", finding.rule, finding.why)));
        }
    }
    if let Some(rollback) = &step.rollback {
        out += &format!(
            "              {}\n",
            paint.quiet(&format!("undo: {}", visible(rollback.text.reveal())))
        );
    }
    if let Some(branch) = &step.branch {
        out += &format!(
            "              if {} → {} else → {}\n",
            branch.condition,
            target(branch.then),
            target(branch.otherwise)
        );
    }
    out
}

fn target(step: Option<u32>) -> String {
    step.map_or_else(|| "nothing".to_owned(), |order| format!("step {order}"))
}
