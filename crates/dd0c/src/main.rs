//! The `dd0c` program. Each command is a module with its arguments and its `run`; this file only names them.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "dd0c",
    version,
    about = "Paste a runbook, approve each step, run it on your own agent, keep the record."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the version
    Version,
    /// Print a completion script for a shell
    Completion {
        /// The shell to complete in
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Version => println!("dd0c {}", env!("CARGO_PKG_VERSION")),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "dd0c", &mut std::io::stdout());
        }
    }
    ExitCode::SUCCESS
}
