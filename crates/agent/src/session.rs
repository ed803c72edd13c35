//! The one stream to the gateway: dial, say who, take orders, send what waits; and again when it breaks.

use std::sync::Arc;
use std::time::Duration;

use dd0c_proto::agent::v1::agent_gateway_client::AgentGatewayClient;
use dd0c_proto::agent::v1::agent_message::Kind;
use dd0c_proto::agent::v1::{AgentMessage, EngineMessage, Hello};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::agent::Agent;
use crate::enrol::{self, Credentials, EnrolError};

/// How often a sign of life is sent.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A gateway that says nothing for so long is gone; it speaks every second.
const SILENCE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A stream that held for so long starts the pauses anew.
const STABLE: Duration = Duration::from_secs(10);
/// Half of the 24 hours that a certificate lives.
const RENEW_BEFORE_SECONDS: i64 = 12 * 3600;

/// Keeps the stream until `stop`. Certificates that ran out end it: only a person can enrol anew.
pub async fn keep(agent: Arc<Agent>, stop: CancellationToken) -> Result<(), EnrolError> {
    let instance = uuid::Uuid::new_v4().to_string();
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let ended = tokio::select! {
            () = stop.cancelled() => break,
            ended = once(&agent, &instance) => ended,
        };
        agent.disconnected();
        match ended {
            Ok(()) => tracing::info!("the stream ended"),
            Err(error @ (EnrolError::NotEnrolled(_) | EnrolError::File { .. })) => return Err(error),
            Err(error) => tracing::warn!(%error, "the stream broke"),
        }
        pause = if began.elapsed() > STABLE { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(jittered(pause)) => {}
        }
    }
    Ok(())
}

async fn once(agent: &Arc<Agent>, instance: &str) -> Result<(), EnrolError> {
    let credentials = Credentials::read(&agent.config().state_dir)?;
    let renew_at = credentials.certificate.not_after_unix - RENEW_BEFORE_SECONDS;
    let channel = credentials.connect(agent.config()).await?;
    if unix_seconds() >= renew_at {
        enrol::renew(agent.config(), channel).await?;
        tracing::info!("the certificate was renewed");
        return Ok(());
    }
    let (sender, receiver) = mpsc::channel(16);
    let hello = AgentMessage { kind: Some(Kind::Hello(hello(agent, instance))) };
    sender.send(hello).await.map_err(|_| EnrolError::Unreachable("the stream closed".into()))?;
    let mut inbound = AgentGatewayClient::new(channel)
        .max_decoding_message_size(4 * 1024 * 1024)
        .connect(ReceiverStream::new(receiver))
        .await
        .map_err(refused)?
        .into_inner();
    agent.connected();
    tracing::info!("connected");
    let beat = beat(Arc::clone(agent), renew_at);
    let send = forward(Arc::clone(agent), sender);
    let take = async {
        loop {
            let message: Option<EngineMessage> = timeout(SILENCE, inbound.message())
                .await
                .map_err(|_| EnrolError::Unreachable("the gateway has been silent for 15 s".into()))?
                .map_err(refused)?;
            let Some(message) = message else { return Ok(()) };
            if let Some(kind) = message.kind {
                agent.take(kind).await;
            }
        }
    };
    tokio::select! {
        ended = take => ended,
        () = beat => Ok(()),
        () = send => Ok(()),
    }
}

/// Beats until the certificate is due for renewal; then the stream is made anew under a fresh one.
async fn beat(agent: Arc<Agent>, renew_at: i64) {
    let mut ticks = interval(HEARTBEAT);
    while unix_seconds() < renew_at {
        ticks.tick().await;
        agent.heartbeat();
    }
}

async fn forward(agent: Arc<Agent>, sender: mpsc::Sender<AgentMessage>) {
    while sender.send(agent.outbox().next().await).await.is_ok() {}
}

fn hello(agent: &Agent, instance: &str) -> Hello {
    Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: enrol::platform(),
        hostname: crate::config::host_name(),
        max_risk: agent.config().max_risk.as_str().to_owned(),
        scanner_version: dd0c_classifier::version().to_owned(),
        journal_generation: agent.generation(),
        open_attempts: agent.open_attempts().iter().map(ToString::to_string).collect(),
        instance: instance.to_owned(),
    }
}

fn refused(status: tonic::Status) -> EnrolError {
    EnrolError::Refused(format!("{:?}: {}", status.code(), status.message()))
}

fn unix_seconds() -> i64 {
    use dd0c_types::Clock;
    dd0c_types::SystemClock.now().timestamp()
}

/// Between half and one and a half times the pause, so that a thousand agents do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [128_u8];
    // Without randomness the pause is simply not jittered.
    let _ = getrandom::fill(&mut byte);
    pause.mul_f64(0.5 + f64::from(byte[0]) / 256.0)
}
