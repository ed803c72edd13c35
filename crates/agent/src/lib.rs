//! The agent: one small program inside a customer's network that dials out, verifies, looks again, runs and reports.
//!
//! It must never listen on a port, start anything without a journal record on disk, a valid grant and a live lease,
//! start an attempt twice, call an unknown outcome known, or let a message widen what its own file allows.
//!
//! A message is judged by [`guard`] (pure), promised in the [`journal`], started by [`process`], followed by
//! [`runner`] while [`output`] streams, and reported through the [`outbox`] over the stream that [`session`] keeps.
//!
//! Size: `cargo build --profile agent -p dd0c-agent`, then look at `target/agent/dd0c-agent`. Memory: the test
//! `an_endless_command_is_bounded_in_memory_and_ends_at_its_limit` reads the peak of a real agent process; with
//! `--cargo-profile agent` it is that of the shipped binary.

pub mod agent;
pub mod config;
mod crc;
pub mod enrol;
pub mod environment;
pub mod guard;
pub mod journal;
pub mod lease;
pub mod outbox;
pub mod output;
pub mod process;
pub mod runner;
pub mod session;
mod unknown;
pub mod variables;

use tokio_util::sync::CancellationToken;

pub use config::Config;

/// Why the agent cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// It has no identity, or lost it.
    #[error(transparent)]
    Identity(#[from] enrol::EnrolError),
    /// Its journal is in use by another process.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
}

/// Runs the agent until `stop`. Whatever runs then is ended, its end written to the journal, and reported next time.
pub async fn run(config: Config, stop: CancellationToken) -> Result<(), AgentError> {
    install_tls();
    let credentials = enrol::Credentials::read(&config.state_dir)?;
    let agent = agent::Agent::new(config, credentials.certificate.identity, credentials.grant_key)?;
    let ended = session::keep(std::sync::Arc::clone(&agent), stop).await;
    agent.shut_down().await;
    Ok(ended?)
}

/// Chooses the one TLS implementation of this process; harmless when it was chosen before.
pub fn install_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
