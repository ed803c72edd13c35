//! A look-alike of Slack on one machine: the Web API, Socket Mode (and signed HTTP requests in its place), Block Kit's
//! limits, triggers, response URLs, rate limits and the installation by OAuth, with a page that draws the workspace
//! and lets a person act as each of its users.
//!
//! It is for tests and for trying the copilot without a workspace. It must never be more lenient than Slack: what
//! Slack refuses is refused here with the same code, and what Slack lets expire expires. It listens on loopback
//! alone, asks for a key before anybody may act as a user, and keeps nothing on disk.
//!
//! Sources of what it does: the public reference of Slack's platform (docs.slack.dev), and what the official clients
//! send and expect. `slack-morphism` runs against it in the tests.

mod acting;
mod alert;
mod answer;
mod app;
mod arguments;
pub mod block_kit;
mod config;
mod conversation;
mod credentials;
mod delivery;
mod guard;
mod http_delivery;
mod install;
mod message;
mod page;
mod payload;
mod rate;
mod record;
mod response_url;
mod sim;
mod sim_api;
mod socket;
mod trigger;
mod view;
mod web_api;
mod workspace;

pub use config::{AlertSample, AlertSigning, Config, Deadlines, RequestUrls};
pub use credentials::Credentials;
pub use rate::{RateLimits, Tier};
pub use workspace::{ChannelSeed, UserSeed, WorkspaceSeed};

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why the simulator does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was given a listener that others can reach.
    #[error("the Slack simulator listens on loopback alone, and {0} is not; nothing was started")]
    NotLoopback(SocketAddr),
    /// The listener cannot be used.
    #[error("the Slack simulator cannot listen")]
    Listen(#[from] std::io::Error),
}

/// Serves the simulator on `listener` until `stop` is cancelled.
///
/// # Errors
/// When the listener is not on loopback, or breaks.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    let sim = sim::Sim::new(config, address, stop.clone());
    let router = app::router(sim);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}
