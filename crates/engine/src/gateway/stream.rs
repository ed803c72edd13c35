//! One agent's stream, from Hello to its end: what it says goes to the engine, leases and panics go to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dd0c_pki::AgentIdentity;
use dd0c_pki::identity::PeerCertificate;
use dd0c_proto::agent::v1::agent_message::Kind as Said;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::{
    AgentMessage, EngineMessage, Halt, Heartbeat, Hello, Lease, OutputCredit, StepOutput, Unhalt,
};
use dd0c_proto::refusal::refusal;
use dd0c_store::{agents, audit};
use dd0c_types::{Actor, EventType};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};

use super::enrolment::{short, shut_out_or, unavailable};
use super::registry::{Live, Outbound, QUARANTINE};
use super::{AgentEvent, AgentEventKind, Connected, Gateway, LEASE_MS, SILENCE};
use crate::halt::Change;

/// Output that an agent may send before it was taken, in bytes.
const WINDOW: u64 = 1024 * 1024;
/// Credit is given back in pieces of this size.
const CREDIT: u64 = 128 * 1024;
/// How often the database hears of a sign of life.
const TOUCH: Duration = Duration::from_secs(5);

struct Stream {
    gateway: Arc<Gateway>,
    peer: PeerCertificate,
    name: String,
    live: Live,
    /// Output credit that the agent holds, and credit that was taken and not given back yet.
    window: AtomicU64,
    owed: AtomicU64,
    generation: AtomicU64,
}

/// Attends to a stream until it ends. The reason for a refusal is the stream's last word.
pub(super) async fn attend(
    gateway: Arc<Gateway>,
    peer: PeerCertificate,
    mut inbound: Streaming<AgentMessage>,
    outbound: Outbound,
    stop: CancellationToken,
) {
    let live = Live {
        instance: String::new(),
        outbound: outbound.clone(),
        cut: stop,
        heard: Arc::new(watch::Sender::new(0)),
        gone: CancellationToken::new(),
    };
    match begin(&gateway, &peer, &mut inbound, live).await {
        Ok(stream) => stream.run(inbound).await,
        // When the agent is gone already, nobody needs the reason.
        Err(status) => drop(outbound.send(Err(status)).await),
    }
}

async fn begin(
    gateway: &Arc<Gateway>,
    peer: &PeerCertificate,
    inbound: &mut Streaming<AgentMessage>,
    mut live: Live,
) -> Result<Stream, Status> {
    let identity = peer.identity;
    let hello = hello(inbound).await?;
    live.instance = short(&hello.instance);
    if gateway.registry.enter(identity.agent, live.clone()).await.is_err() {
        let reason =
            "two live processes hold this agent's certificate: its disk was cloned, or its key stolen";
        gateway.audit_refusal(identity, "clone", reason).await;
        let words = format!("{reason}; shut out for {} s", QUARANTINE.as_secs());
        return Err(refusal(Code::FailedPrecondition, "clone", words));
    }
    match welcome(gateway, identity, &hello, &live).await {
        Ok(name) => {
            let event = AgentEventKind::Connected(connected(hello));
            let stream = Stream {
                gateway: Arc::clone(gateway),
                peer: peer.clone(),
                name,
                live,
                window: AtomicU64::new(WINDOW),
                owed: AtomicU64::new(0),
                generation: AtomicU64::new(0),
            };
            stream.tell(event).await;
            Ok(stream)
        }
        Err(status) => {
            gateway.registry.leave(identity.agent, &live);
            Err(status)
        }
    }
}

async fn hello(inbound: &mut Streaming<AgentMessage>) -> Result<Hello, Status> {
    let first = timeout(Duration::from_secs(10), inbound.message()).await;
    match first {
        Ok(Ok(Some(AgentMessage { kind: Some(Said::Hello(hello)) }))) => Ok(hello),
        _ => Err(refusal(Code::InvalidArgument, "hello", "the first message must be Hello")),
    }
}

/// Notes the stream in the database, with its audit event. Answers the agent's name.
async fn welcome(
    gateway: &Arc<Gateway>,
    identity: AgentIdentity,
    hello: &Hello,
    live: &Live,
) -> Result<String, Status> {
    let greeting = agents::Greeting {
        version: short(&hello.version),
        platform: short(&hello.platform),
        max_risk: hello
            .max_risk
            .parse()
            .map_err(|_| refusal(Code::InvalidArgument, "hello", "the agent's limit is not a risk"))?,
        scanner_version: short(&hello.scanner_version),
        journal_generation: hello.journal_generation,
        instance: live.instance.clone(),
    };
    let mut tx = gateway.store.tenant(identity.tenant).await.map_err(|e| unavailable(&e))?;
    let known = agents::greet(&mut tx, identity.agent, &greeting, gateway.clock.now()).await;
    let known = match known {
        Ok(known) => known,
        Err(error) => {
            drop(tx);
            gateway.audit_refusal(identity, "revoked", "the agent was shut out or never joined").await;
            return Err(shut_out_or(&error));
        }
    };
    if hello.journal_generation < known {
        drop(tx);
        let reason =
            "its journal has gone back: it runs from an old copy of its disk and may repeat what it did";
        gateway.audit_refusal(identity, "journal_went_back", reason).await;
        return Err(refusal(Code::FailedPrecondition, "journal_went_back", reason));
    }
    let name = agents::get(&mut tx, identity.agent).await.map_err(|e| shut_out_or(&e))?.name;
    let data = json!({
        "agent": identity.agent, "version": greeting.version, "platform": greeting.platform,
        "max_risk": greeting.max_risk, "scanner_version": greeting.scanner_version, "host": short(&hello.hostname),
        "open_attempts": hello.open_attempts.len(),
    });
    let actor = Actor::agent(identity.agent, name.clone());
    audit::append(&mut tx, EventType::AgentConnected, None, &actor, data)
        .await
        .map_err(|e| unavailable(&e))?;
    tx.commit().await.map_err(|e| unavailable(&e))?;
    Ok(name)
}

fn connected(hello: Hello) -> Connected {
    Connected {
        version: short(&hello.version),
        platform: short(&hello.platform),
        hostname: short(&hello.hostname),
        max_risk: hello.max_risk,
        scanner_version: short(&hello.scanner_version),
        open_attempts: hello.open_attempts.iter().filter_map(|id| id.parse().ok()).collect(),
    }
}

impl Stream {
    async fn run(self, inbound: Streaming<AgentMessage>) {
        let life = self.gateway.clock.now().timestamp();
        let life = Duration::from_secs(u64::try_from(self.peer.not_after_unix - life).unwrap_or(0));
        let why = tokio::select! {
            why = self.read(inbound) => why,
            why = self.govern() => why,
            why = self.report() => why,
            () = self.live.cut.cancelled() => "it was cut",
            () = tokio::time::sleep(life) => "its certificate has run out",
        };
        self.live.cut.cancel();
        self.end(why).await;
        self.gateway.registry.leave(self.peer.identity.agent, &self.live);
    }

    /// What the agent says, to the engine. May wait for the engine; leases and panics do not wait with it.
    async fn read(&self, mut inbound: Streaming<AgentMessage>) -> &'static str {
        loop {
            let message = match timeout(SILENCE, inbound.message()).await {
                Err(_) => return "it was silent for 15 s",
                Ok(Err(_)) => return "the connection broke",
                Ok(Ok(None)) => return "the agent ended it",
                Ok(Ok(Some(message))) => message,
            };
            self.live.heard.send_modify(|count| *count = count.wrapping_add(1));
            let event = match message.kind {
                Some(kind) => self.event(kind),
                None => return "it said something unknown",
            };
            let Some(event) = event else { return "it broke the rules of the protocol" };
            let bytes = weight(&event);
            self.tell(event).await;
            if bytes > 0 && self.give_back(bytes).await.is_err() {
                return "the connection broke";
            }
        }
    }

    /// None when the rules are broken: a second Hello, or more output than credit.
    fn event(&self, said: Said) -> Option<AgentEventKind> {
        Some(match said {
            Said::Hello(_) => return None,
            Said::Heartbeat(beat) => self.beat(beat),
            Said::Accepted(accepted) => AgentEventKind::Accepted(accepted),
            Said::Refused(refused) => AgentEventKind::Refused(refused),
            Said::Started(started) => AgentEventKind::Started(started),
            Said::Output(output) => return self.within_credit(output),
            Said::Result(result) => AgentEventKind::Result(result),
            Said::AttemptStatus(status) => AgentEventKind::Status(status),
            Said::Halted(halted) => AgentEventKind::Halted(halted),
        })
    }

    fn beat(&self, beat: Heartbeat) -> AgentEventKind {
        self.generation.fetch_max(beat.journal_generation, Ordering::Relaxed);
        AgentEventKind::Alive(beat)
    }

    fn within_credit(&self, output: StepOutput) -> Option<AgentEventKind> {
        let bytes = output.data.len() as u64;
        let left = self.window.load(Ordering::Relaxed).checked_sub(bytes)?;
        self.window.store(left, Ordering::Relaxed);
        Some(AgentEventKind::Output(output))
    }

    async fn give_back(&self, bytes: u64) -> Result<(), ()> {
        let owed = self.owed.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if owed < CREDIT {
            return Ok(());
        }
        self.owed.store(0, Ordering::Relaxed);
        self.window.fetch_add(owed, Ordering::Relaxed);
        self.say(Kind::Credit(OutputCredit { bytes: owed })).await
    }

    /// Panics at once; a lease every second, and while none may be given a lease of no time, as a sign of life.
    async fn govern(&self) -> &'static str {
        let tenant = self.peer.identity.tenant;
        let mut changes = self.gateway.latch.subscribe();
        let mut ticks = interval(Duration::from_secs(1));
        if self.say(Kind::Credit(OutputCredit { bytes: WINDOW })).await.is_err() {
            return "the connection broke";
        }
        let mut halted = None;
        loop {
            tokio::select! {
                biased;
                change = changes.recv() => match change {
                    Ok(Change { tenant: other, .. }) if other != tenant => continue,
                    // After a lag the latch itself is asked, below.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return "the gateway stops",
                },
                _ = ticks.tick() => {}
            }
            if self.tell_halt(&mut halted).await.is_err() || self.lease().await.is_err() {
                return "the connection broke";
            }
        }
    }

    /// Says what changed about panic since it was last said.
    async fn tell_halt(&self, said: &mut Option<(u64, bool)>) -> Result<(), ()> {
        let (tenant, latch) = (self.peer.identity.tenant, &self.gateway.latch);
        let now = (latch.epoch(tenant), latch.is_halted(tenant));
        if !latch.is_known(tenant) || *said == Some(now) {
            return Ok(());
        }
        *said = Some(now);
        let (panic_epoch, halted) = now;
        self.say(if halted {
            Kind::Halt(Halt { panic_epoch, reason: "panic".to_owned() })
        } else {
            Kind::Unhalt(Unhalt { panic_epoch })
        })
        .await
    }

    async fn lease(&self) -> Result<(), ()> {
        let tenant = self.peer.identity.tenant;
        let may = !self.gateway.latch.is_halted(tenant) && *self.gateway.database.borrow();
        self.say(Kind::Lease(Lease {
            panic_epoch: self.gateway.latch.epoch(tenant),
            ttl_ms: if may { LEASE_MS } else { 0 },
            unix_ms: self.gateway.clock.now().timestamp_millis(),
        }))
        .await
    }

    /// Signs of life to the database; an agent that was shut out meanwhile is cut.
    async fn report(&self) -> &'static str {
        let AgentIdentity { tenant, agent } = self.peer.identity;
        let mut ticks = interval(TOUCH);
        let mut heard = *self.live.heard.borrow();
        loop {
            ticks.tick().await;
            let now = *self.live.heard.borrow();
            let generation = self.generation.load(Ordering::Relaxed);
            let touched = async {
                let mut tx = self.gateway.store.tenant(tenant).await?;
                let stays = if now == heard {
                    agents::get(&mut tx, agent).await?.revoked_at.is_none()
                } else {
                    agents::touch(&mut tx, agent, generation, self.gateway.clock.now()).await?
                };
                tx.commit().await?;
                Ok::<bool, dd0c_store::StoreError>(stays)
            };
            match touched.await {
                Ok(false) => return "the agent was shut out",
                Ok(true) => heard = now,
                Err(error) => tracing::warn!(%error, "an agent's sign of life could not be noted"),
            }
        }
    }

    async fn end(&self, why: &str) {
        let AgentIdentity { tenant, agent } = self.peer.identity;
        tracing::info!(%agent, %tenant, why, "an agent's stream ended");
        let noted = async {
            let mut tx = self.gateway.store.tenant(tenant).await?;
            agents::lost(&mut tx, agent, &self.live.instance).await?;
            let actor = Actor::agent(agent, self.name.clone());
            let data = json!({ "agent": agent, "reason": why });
            audit::append(&mut tx, EventType::AgentLost, None, &actor, data).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the end of an agent's stream could not be noted");
        }
        self.tell(AgentEventKind::Disconnected).await;
    }

    async fn say(&self, kind: Kind) -> Result<(), ()> {
        self.live.outbound.send(Ok(EngineMessage { kind: Some(kind) })).await.map_err(drop)
    }

    async fn tell(&self, kind: AgentEventKind) {
        let AgentIdentity { tenant, agent } = self.peer.identity;
        // An engine that has stopped listening is an engine that stops.
        let _ = self.gateway.events.send(AgentEvent { tenant, agent, name: self.name.clone(), kind }).await;
    }
}

fn weight(event: &AgentEventKind) -> u64 {
    match event {
        AgentEventKind::Output(output) => output.data.len() as u64,
        _ => 0,
    }
}
