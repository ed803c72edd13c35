//! The services of the product as roles of this process, connected by channels whose far end is memory.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use dd0c_approval::Policy;
use dd0c_engine::gateway::Gateway;
use dd0c_engine::halt::Latch;
use dd0c_engine::{AgentLink, Engine};
use dd0c_llm::Route;
use dd0c_pki::KeyDirectory;
use dd0c_pki::keys::write_secret;
use dd0c_pki::tls::server_config;
use dd0c_runtime::in_process::{self, Incoming};
use dd0c_runtime::roles::{Role, RoleResult};
use dd0c_store::Store;
use dd0c_types::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Router;
use tonic::transport::{Channel, Server};

/// What the services are built from.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) keys: Arc<KeyDirectory>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) session_key: [u8; 32],
    pub(super) webhook_key: [u8; 32],
    pub(super) public_url: String,
    pub(super) gateway_url: String,
    /// The way to a language model, when one is configured.
    pub(super) route: Option<Route>,
    pub(super) http: StdListener,
    pub(super) gateway: StdListener,
    /// How the dashboard installs the Slack app.
    pub(super) slack: Option<dd0c_api::Installer>,
    /// The engine, and its end of the wire: others speak to it too.
    pub(super) engine: (Channel, Incoming),
}

/// Every service as a role that ends when `stop` is cancelled.
///
/// # Errors
/// When the gateway's certificate cannot be made, or a listener cannot be used.
pub(super) fn roles(parts: Parts, stop: &CancellationToken) -> anyhow::Result<Vec<Role>> {
    let (to_intake, intake) = in_process::channel();
    let (to_engine, engine) = parts.engine;
    let http = TcpListener::from_std(parts.http)?;
    let agents = TcpListener::from_std(parts.gateway)?;
    let names = [agents.local_addr()?.ip().to_string()];
    let identity = parts.keys.gateway().issue_server(&names, parts.clock.now())?;
    let tls = server_config(&identity, parts.keys.trust())?;
    let latch = Arc::new(Latch::default());
    let (gateway, events) = Gateway::new(
        parts.store.clone(),
        Arc::clone(&parts.keys),
        Arc::clone(&latch),
        Arc::clone(&parts.clock),
    );
    let driver = Engine::new(dd0c_engine::Deps {
        store: parts.store.clone(),
        clock: Arc::clone(&parts.clock),
        grants: parts.keys.grants(),
        agents: AgentLink::gateway(Arc::clone(&gateway)),
        latch,
    });
    let housekeeping =
        dd0c_engine::housekeeping::run(parts.store.clone(), Arc::clone(&parts.clock), stop.clone());
    let route = parts.route.map(Arc::new);
    let alerts = dd0c_alerts::run(parts.store.clone(), Arc::clone(&parts.clock), route.clone(), stop.clone());
    let models = route.map(|route| {
        Arc::new(dd0c_intake::Models { route, store: parts.store.clone(), clock: Arc::clone(&parts.clock) })
    });
    let api = dd0c_api::Deps {
        store: parts.store,
        engine: to_engine,
        intake: to_intake,
        session_key: parts.session_key,
        webhook_key: parts.webhook_key,
        clock: parts.clock,
        public_url: parts.public_url,
        agent_gateway: parts.gateway_url,
        gateway_ca_pem: parts.keys.gateway().certificate_pem().to_owned(),
        slack: parts.slack,
        limits: dd0c_api::Limits::default(),
    };
    let intake_service = Server::builder()
        .add_service(dd0c_intake::service::service(models, Policy::single_machine().second_key));
    let engine_service = Server::builder().add_service(dd0c_engine::service(Arc::clone(&driver)));
    let (driving, serving, listening) = (stop.clone(), stop.clone(), stop.clone());
    Ok(vec![
        Role::new("intake", served(intake_service, intake, stop)),
        Role::new("engine", served(engine_service, engine, stop)),
        Role::new("runs", async move {
            dd0c_engine::run(driver, events, driving).await;
            Ok(())
        }),
        Role::new("housekeeping", async move {
            housekeeping.await;
            Ok(())
        }),
        Role::new("alerts", async move {
            alerts.await;
            Ok(())
        }),
        Role::new("agent gateway", async move { Ok(gateway.serve(agents, tls, listening).await?) }),
        Role::new("api", async move { Ok(dd0c_api::run(api, http, serving).await?) }),
    ])
}

/// A gRPC service on memory, until `stop`.
fn served(
    service: Router,
    incoming: Incoming,
    stop: &CancellationToken,
) -> impl Future<Output = RoleResult> + use<> {
    let stopped = stop.clone().cancelled_owned();
    async move { Ok(service.serve_with_incoming_shutdown(incoming, stopped).await?) }
}

/// The listener of the agent gateway: on the port of the last start when it is free, so that agents find it again.
///
/// # Errors
/// When no port is to be had.
pub(super) fn gateway_listener(data: &Path) -> anyhow::Result<StdListener> {
    let kept = data.join("agent-gateway.port");
    let before = std::fs::read_to_string(&kept).ok().and_then(|text| text.trim().parse().ok());
    let on = |port: u16| StdListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let listener = before.and_then(|port| on(port).ok()).map_or_else(|| on(0), Ok);
    let listener = listener.context("no port for the agent gateway is to be had; nothing was started")?;
    listener.set_nonblocking(true)?;
    std::fs::write(&kept, listener.local_addr()?.port().to_string())?;
    Ok(listener)
}

/// The key that signs sessions, made at the first start. It outlives a restart, and so do sessions.
///
/// # Errors
/// When it cannot be read or kept.
pub(super) fn session_key(keys: &Path) -> anyhow::Result<[u8; 32]> {
    kept_key(&keys.join("session.key"), "remove it to sign everybody out")
}

/// The key that seals the secrets of webhooks, made at the first start.
///
/// # Errors
/// When it cannot be read or kept.
pub(super) fn webhook_key(keys: &Path) -> anyhow::Result<[u8; 32]> {
    kept_key(&keys.join("webhook.key"), "put it back, or remove it and give every webhook a new secret")
}

fn kept_key(path: &Path, when_damaged: &str) -> anyhow::Result<[u8; 32]> {
    if let Ok(bytes) = std::fs::read(path) {
        return bytes.try_into().map_err(|_| anyhow!("{} is damaged; {when_damaged}", path.display()));
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key)
        .map_err(|_| anyhow!("the machine gives no random bytes; nothing was started"))?;
    write_secret(path, &key).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_and_the_gateways_port_outlive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(session_key(folder.path()).unwrap(), session_key(folder.path()).unwrap());
        assert_eq!(webhook_key(folder.path()).unwrap(), webhook_key(folder.path()).unwrap());
        assert_ne!(webhook_key(folder.path()).unwrap(), session_key(folder.path()).unwrap());
        let port = |listener: &StdListener| listener.local_addr().unwrap().port();
        let first = gateway_listener(folder.path()).unwrap();
        let other = gateway_listener(folder.path()).unwrap();
        assert_ne!(port(&first), port(&other), "a port that is taken is not waited for");
        let kept = port(&other);
        drop((first, other));
        assert_eq!(port(&gateway_listener(folder.path()).unwrap()), kept);
    }

    #[test]
    fn a_damaged_session_key_is_said_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("session.key"), "short").unwrap();
        assert!(session_key(folder.path()).unwrap_err().to_string().contains("damaged"));
    }
}
