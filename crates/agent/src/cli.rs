//! `dd0c-agent enrol | run | status | recover`.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use dd0c_agent::config::Config;
use dd0c_agent::enrol::{self, Credentials};
use dd0c_agent::journal::{self, AttemptState, Journal};
use dd0c_types::{Clock, Risk, SystemClock};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Runs approved commands on this machine. Dials out only; listens on nothing.
#[derive(Parser)]
#[command(name = "dd0c-agent", version)]
struct Cli {
    /// The agent's own file.
    #[arg(long, global = true, default_value = "/etc/dd0c-agent/agent.toml", env = "DD0C_AGENT_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Trade a join token for a certificate. The private key is made here and never leaves.
    Enrol(Enrol),
    /// Connect and work until stopped.
    Run,
    /// Say who this agent is and what its journal holds.
    Status,
    /// Set a damaged journal aside. Attempts that it may have held stay unknown for ever.
    Recover,
}

#[derive(Args)]
struct Enrol {
    /// The gateway, https://host:port.
    #[arg(long)]
    gateway: String,
    /// The name on the gateway's certificate, when it is not the host above.
    #[arg(long)]
    gateway_name: Option<String>,
    /// The certificate of the gateway's authority, to be pinned.
    #[arg(long)]
    ca: PathBuf,
    /// A file with the one-time join token.
    #[arg(long, conflicts_with = "token_stdin")]
    token_file: Option<PathBuf>,
    /// Read the one-time join token from standard input.
    #[arg(long)]
    token_stdin: bool,
    /// The one-time join token; better in the environment than in a command line.
    #[arg(long, env = "DD0C_JOIN_TOKEN", hide_env_values = true, conflicts_with_all = ["token_file", "token_stdin"])]
    token: Option<String>,
    /// Where keys, certificate and journal live.
    #[arg(long, default_value = "/var/lib/dd0c-agent")]
    state_dir: PathBuf,
    /// This agent's name; the machine's by default.
    #[arg(long)]
    name: Option<String>,
    /// The highest risk that this agent runs at all: safe, caution or dangerous.
    #[arg(long, default_value = "safe", value_parser = risk)]
    max_risk: Risk,
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = dd0c_telemetry::init(None, dd0c_telemetry::Format::of_stderr()) {
        eprintln!("dd0c-agent: {error}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(cli)),
        Err(error) => Err(error.to_string()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("dd0c-agent: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), String> {
    match cli.command {
        Command::Enrol(arguments) => enrol(&cli.config, arguments).await,
        Command::Run => run(&cli.config).await,
        Command::Status => status(&cli.config),
        Command::Recover => recover(&cli.config),
    }
}

async fn enrol(place: &Path, arguments: Enrol) -> Result<(), String> {
    if place.exists() {
        return Err(format!("{} exists; nothing was changed", place.display()));
    }
    let token = join_token(&arguments)?;
    let ca = std::fs::read_to_string(&arguments.ca)
        .map_err(|error| format!("{} cannot be read: {error}", arguments.ca.display()))?;
    let state_dir = std::path::absolute(&arguments.state_dir).map_err(|error| error.to_string())?;
    let mut config = Config::new(state_dir, arguments.gateway);
    (config.gateway_name, config.max_risk) = (arguments.gateway_name, arguments.max_risk);
    if let Some(name) = arguments.name {
        config.name = name;
    }
    dd0c_agent::install_tls();
    let enrolment = enrol::enrol(&config, &ca, &token).await.map_err(|error| error.to_string())?;
    let folder = place.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| dd0c_pki::keys::write_secret(place, config.to_toml().as_bytes()))
        .map_err(|error| format!("enrolled, but {} cannot be written: {error}", place.display()))?;
    println!("Enrolled as {} ({}).", config.name, enrolment.agent_id);
    println!("Runs up to {}; {} decides.", config.max_risk.word(), place.display());
    Ok(())
}

async fn run(place: &Path) -> Result<(), String> {
    let config = Config::read(place).map_err(|error| error.to_string())?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        asked.cancel();
    });
    dd0c_agent::run(config, stop).await.map_err(|error| error.to_string())
}

fn status(place: &Path) -> Result<(), String> {
    let config = Config::read(place).map_err(|error| error.to_string())?;
    let credentials = Credentials::read(&config.state_dir).map_err(|error| error.to_string())?;
    let peer = &credentials.certificate;
    println!("agent        {} ({})", config.name, peer.identity.agent);
    println!("tenant       {}", peer.identity.tenant);
    println!("gateway      {}", config.gateway);
    println!("runs up to   {}", config.max_risk.word());
    let left = peer.not_after_unix - SystemClock.now().timestamp();
    println!(
        "certificate  {}",
        if left > 0 { format!("{} h left", left / 3600) } else { "has run out".into() }
    );
    match Journal::open(&config.journal()) {
        Ok(journal) => {
            let open = journal.attempts().filter(|(_, state)| !matches!(state, AttemptState::Committed));
            println!("journal      {} records, {} attempts not closed", journal.generation(), open.count());
            Ok(())
        }
        Err(journal::JournalError::InUse(_)) => {
            println!("journal      in use: the agent is running");
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

fn recover(place: &Path) -> Result<(), String> {
    let config = Config::read(place).map_err(|error| error.to_string())?;
    match Journal::open(&config.journal()) {
        Ok(_) => return Err("the journal is whole; there is nothing to recover".to_owned()),
        Err(journal::JournalError::Corrupt { .. }) => {}
        Err(error) => return Err(error.to_string()),
    }
    let aside = journal::recover(&config.journal(), SystemClock.now().timestamp_millis())
        .map_err(|error| error.to_string())?;
    println!("The damaged journal is kept as {}.", aside.display());
    println!("Attempts that it may have held are reported as unknown. Nothing was run.");
    Ok(())
}

fn join_token(arguments: &Enrol) -> Result<String, String> {
    if let Some(path) = &arguments.token_file {
        return std::fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()));
    }
    if let Some(token) = &arguments.token {
        return Ok(token.clone());
    }
    if !arguments.token_stdin && std::io::stdin().is_terminal() {
        return Err("a join token is needed: --token-file FILE or --token-stdin".to_owned());
    }
    let mut token = String::new();
    std::io::stdin().take(4096).read_to_string(&mut token).map_err(|error| error.to_string())?;
    Ok(token)
}

fn risk(text: &str) -> Result<Risk, String> {
    text.parse().map_err(|_| "one of safe, caution, dangerous".to_owned())
}
