//! The `dd0c` program. Each command is a module with its arguments and its `run`; this file only names them.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use dd0c::commands::connection::ConnectionArguments;
use dd0c::commands::exit::Outcome;
use dd0c::commands::paint::{ColourChoice, Paint};
use dd0c::commands::{approve, audit, classify, explain, lint, panic, parse, run, runbook, runs};
use dd0c::{doctor, up};
use dd0c_runtime::config::Environment;
use dd0c_types::run::StepAction;

#[derive(Parser)]
#[command(
    name = "dd0c",
    version,
    about = "Paste a runbook, approve each step, run it on your own agent, keep the record."
)]
struct Arguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// When to colour the output
    #[arg(long, value_enum, default_value = "auto", global = true)]
    color: ColourChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything on this machine; Ctrl-C stops it
    Up(up::Arguments),
    #[command(flatten)]
    Text(Text),
    #[command(flatten)]
    Service(Service),
    #[command(flatten)]
    Decision(Decision),
    /// Say what is configured, what is found and what is missing
    Doctor(doctor::Arguments),
    /// Print the version
    Version,
    /// Print a completion script for a shell
    Completion {
        /// The shell to complete in
        shell: clap_complete::Shell,
    },
}

/// What works without a service too.
#[derive(Subcommand)]
enum Text {
    /// Parse and classify a page of text
    Parse(parse::Arguments),
    /// Judge commands
    Classify(classify::Arguments),
    /// Explain a command token by token
    Explain(explain::Arguments),
    /// Check files and folders of runbooks
    Lint(lint::Arguments),
}

/// What is asked of a service.
#[derive(Subcommand)]
enum Service {
    /// List, show or save runbooks
    #[command(subcommand)]
    Runbook(runbook::Arguments),
    /// Start a runbook
    Run(run::Arguments),
    /// List runs, or show one
    #[command(subcommand)]
    Runs(runs::Arguments),
    /// Halt everything at once, show whether it is halted, or lift the halt
    Panic(panic::Arguments),
    /// Read or verify the audit log
    #[command(subcommand)]
    Audit(audit::Arguments),
}

/// What a person decides about a step, or about a run.
#[derive(Subcommand)]
enum Decision {
    /// Approve a step: it runs exactly the command that is shown
    Approve(approve::ApproveArguments),
    /// Leave a step out
    Skip(approve::DecideArguments),
    /// Try a failed step once more; it asks again
    Retry(approve::DecideArguments),
    /// Undo a step by its known inverse; it asks again
    Rollback(approve::DecideArguments),
    /// Report a step done, or the truth about one whose outcome is unknown
    Done(approve::DoneArguments),
    /// Replace a step's command; it is classified again and asks again
    Edit(approve::EditArguments),
    /// Add a command that the runbook does not list to a run; it is classified and asks
    Add(approve::AddArguments),
    /// Stop a run; what already ran is not undone
    Abort(approve::AbortArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("dd0c: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(dispatch(arguments));
    // A blocked read of standard input must not hold up the end.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|failure| {
        eprintln!("dd0c: {failure}");
        failure.exit_code()
    })
}

async fn dispatch(arguments: Arguments) -> Outcome {
    let environment = Environment::of_process();
    let paint = Paint::new(arguments.color, environment.get("NO_COLOR").is_some());
    let connection = &arguments.connection;
    match arguments.command {
        Command::Up(arguments) => up::run(arguments, &environment).await,
        Command::Text(text) => of_text(text, connection, paint).await,
        Command::Service(service) => of_service(service, connection, paint).await,
        Command::Decision(decision) => of_decision(decision, connection, paint).await,
        Command::Doctor(arguments) => doctor::run(arguments, &environment).await,
        Command::Version => said(format!("dd0c {}", env!("CARGO_PKG_VERSION"))),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "dd0c", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn said(text: String) -> Outcome {
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

async fn of_text(text: Text, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    match text {
        Text::Parse(arguments) => parse::run(arguments, connection, paint).await,
        Text::Classify(arguments) => classify::run(arguments, connection, paint).await,
        Text::Explain(arguments) => explain::run(&arguments, paint),
        Text::Lint(arguments) => lint::run(&arguments, paint),
    }
}

async fn of_service(service: Service, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    match service {
        Service::Runbook(arguments) => runbook::run(arguments, connection).await,
        Service::Run(arguments) => run::run(arguments, connection, paint).await,
        Service::Runs(arguments) => runs::run(arguments, connection, paint).await,
        Service::Panic(arguments) => panic::run(arguments, connection).await,
        Service::Audit(arguments) => audit::run(arguments, connection).await,
    }
}

async fn of_decision(decision: Decision, connection: &ConnectionArguments, paint: Paint) -> Outcome {
    match decision {
        Decision::Approve(arguments) => approve::approve(arguments, connection, paint).await,
        Decision::Skip(arguments) => approve::act(arguments, StepAction::Skip, connection).await,
        Decision::Retry(arguments) => approve::act(arguments, StepAction::Retry, connection).await,
        Decision::Rollback(arguments) => approve::act(arguments, StepAction::Rollback, connection).await,
        Decision::Done(arguments) => approve::done(arguments, connection).await,
        Decision::Edit(arguments) => approve::edit(arguments, connection).await,
        Decision::Add(arguments) => approve::add(arguments, connection, paint).await,
        Decision::Abort(arguments) => approve::abort(arguments, connection).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn up_has_its_own_data_folder_beside_the_one_of_the_other_commands() {
        for line in [
            ["dd0c", "up", "--data-dir", "/tmp/a", "--port", "0"],
            ["dd0c", "--data-dir", "/tmp/a", "runs", "list", "--json"],
        ] {
            assert!(Arguments::try_parse_from(line).is_ok(), "{line:?}");
        }
    }
}
