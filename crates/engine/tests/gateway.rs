//! The agent gateway with real agents over real TLS, on a real PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use dd0c_agent::{Config, enrol};
use dd0c_engine::gateway::{AgentEvent, AgentEventKind, Gateway};
use dd0c_engine::halt::Latch;
use dd0c_pki::{AgentIdentity, AgentKey, Authority, KeyDirectory};
use dd0c_proto::agent::v1::agent_gateway_client::AgentGatewayClient;
use dd0c_proto::agent::v1::agent_message::Kind as Said;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{AgentMessage, ExecuteStep, Hello, RenewRequest};
use dd0c_store::{Store, agents, audit, tenants};
use dd0c_testkit::TestDatabase;
use dd0c_types::intent::Intent;
use dd0c_types::{
    Actor, AgentId, AttemptId, Clock, EventType, ExecutionId, JoinTokenId, Risk, StepId, SystemClock,
    TenantId,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use uuid::Uuid;

struct World {
    _database: TestDatabase,
    folder: tempfile::TempDir,
    store: Store,
    keys: Arc<KeyDirectory>,
    latch: Arc<Latch>,
    gateway: Arc<Gateway>,
    events: mpsc::Receiver<AgentEvent>,
    tenant: TenantId,
    url: String,
    stop: CancellationToken,
}

impl World {
    async fn new() -> Self {
        dd0c_agent::install_tls();
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 8).await.unwrap();
        let tenant = TenantId::from_uuid(Uuid::now_v7());
        let mut tx = store.tenant(tenant).await.unwrap();
        tenants::create(&mut tx, "Acme", "acme").await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let now = SystemClock.now();
        let keys = Arc::new(KeyDirectory::open(folder.path().join("keys"), now).unwrap());
        let latch = Arc::new(Latch::default());
        latch.observe(tenant, 1, false);
        let (gateway, events) =
            Gateway::new(store.clone(), Arc::clone(&keys), Arc::clone(&latch), Arc::new(SystemClock));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = keys.gateway().issue_server(&["localhost".to_owned()], now).unwrap();
        let tls = dd0c_pki::tls::server_config(&server, keys.trust()).unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&gateway).serve(listener, tls, stop.clone()));
        Self { _database: database, folder, store, keys, latch, gateway, events, tenant, url, stop }
    }

    async fn token(&self) -> String {
        let text = format!("dd0c_join_{}", Uuid::new_v4().simple());
        let new = agents::NewJoinToken {
            id: JoinTokenId::from_uuid(Uuid::now_v7()),
            hash: dd0c_pki::join_token_hash(&text),
            name: "prod-eu-1".into(),
            max_risk: Risk::Dangerous,
            expires_at: SystemClock.now() + chrono::TimeDelta::minutes(10),
            created_by: Actor::system("test"),
        };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        agents::create_join_token(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        text
    }

    fn config(&self, name: &str) -> Config {
        let mut config = Config::new(self.folder.path().join(name), self.url.clone());
        config.max_risk = Risk::Dangerous;
        config
    }

    /// Enrols and starts an agent inside this process; answers its id once it is connected.
    async fn agent(&mut self) -> AgentId {
        let config = self.config("agent");
        let ca = self.keys.gateway().certificate_pem();
        let enrolment = enrol::enrol(&config, ca, &self.token().await).await.unwrap();
        tokio::spawn(dd0c_agent::run(config, self.stop.clone()));
        self.until(|event| matches!(event.kind, AgentEventKind::Connected(_)).then_some(())).await;
        enrolment.agent_id.parse().unwrap()
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(AgentEvent) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = wanted(self.events.recv().await.expect("the gateway stands")) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(40), found).await.expect("it happens in time")
    }

    fn order(&self, agent: AgentId, command: &str) -> (AttemptId, Kind) {
        let intent = Intent {
            tenant: self.tenant,
            agent,
            execution: ExecutionId::from_uuid(Uuid::now_v7()),
            step: StepId::from_uuid(Uuid::now_v7()),
            attempt: AttemptId::from_uuid(Uuid::now_v7()),
            shell: "bash".into(),
            command: dd0c_types::Command::new(command),
            cwd: String::new(),
            environment: Default::default(),
            sets: Vec::new(),
            timeout_ms: 30_000,
            risk: Risk::Dangerous,
            scanner_version: "test".into(),
        };
        let now = SystemClock.now().timestamp_millis();
        let epoch = self.latch.epoch(self.tenant);
        let grant = self.keys.grants().sign(intent.hash(), now, 60_000, 1, epoch).unwrap();
        (intent.attempt, Kind::Execute(ExecuteStep { intent: intent.encode(), grant }))
    }

    async fn audited(&self, event: EventType) -> usize {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let filter = audit::AuditFilter { event_type: Some(event), ..Default::default() };
        audit::page(&mut tx, 0, 1000, &filter).await.unwrap().len()
    }

    async fn channel(&self, identity: Option<(String, String)>) -> Result<Channel, tonic::transport::Error> {
        let ca = Certificate::from_pem(self.keys.gateway().certificate_pem());
        let mut tls = ClientTlsConfig::new().ca_certificate(ca);
        if let Some((certificate, key)) = identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        Endpoint::from_shared(self.url.clone()).unwrap().tls_config(tls).unwrap().connect().await
    }

    /// Whether a peer with this certificate gets an answer that only agents get.
    async fn is_let_in(&self, identity: Option<(String, String)>) -> bool {
        let csr_pem = AgentKey::generate().unwrap().request_pem().unwrap();
        match self.channel(identity).await {
            Ok(channel) => AgentGatewayClient::new(channel).renew(RenewRequest { csr_pem }).await.is_ok(),
            Err(_) => false,
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_agents_with_one_join_token_one_becomes_an_agent() {
    let world = World::new().await;
    let token = world.token().await;
    let ca = world.keys.gateway().certificate_pem().to_owned();
    let tries = (0..16).map(|number| {
        let (config, ca, token) = (world.config(&format!("agent-{number}")), ca.clone(), token.clone());
        tokio::spawn(async move { enrol::enrol(&config, &ca, &token).await.is_ok() })
    });
    let mut won = 0;
    for tried in tries.collect::<Vec<_>>() {
        won += usize::from(tried.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(world.audited(EventType::AgentEnrolled).await, 1);
    let mut tx = world.store.tenant(world.tenant).await.unwrap();
    assert_eq!(agents::list(&mut tx).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_command_runs_on_a_real_agent_and_its_end_comes_back() {
    let mut world = World::new().await;
    let agent = world.agent().await;
    assert!(world.gateway.online(agent));
    let mut lines = String::new();
    // Until the first lease is in force, an order is refused, which is not what is shown here.
    let result = loop {
        let (attempt, order) = world.order(agent, "echo out; exit 7");
        world.gateway.send(agent, order).unwrap();
        let id = attempt.to_string();
        let ended = world
            .until(|event| match event.kind {
                AgentEventKind::Output(output) => {
                    lines.push_str(&String::from_utf8(output.data).unwrap());
                    None
                }
                AgentEventKind::Result(result) if result.attempt_id == id => Some(Some(result)),
                AgentEventKind::Refused(refused) if refused.code == "no_lease" => Some(None),
                AgentEventKind::Refused(refused) => panic!("{refused:?}"),
                _ => None,
            })
            .await;
        if let Some(result) = ended {
            break result;
        }
    };
    assert_eq!((result.outcome(), result.exit_code, lines.as_str()), (Outcome::Finished, 7, "out\n"));
    world.latch.halt(world.tenant);
    let halted = world
        .until(|event| if let AgentEventKind::Halted(halted) = event.kind { Some(halted) } else { None });
    assert_eq!(halted.await.panic_epoch, 2);
    let (_, order) = world.order(agent, "echo evil");
    world.gateway.send(agent, order).unwrap();
    let code = world.until(|event| {
        if let AgentEventKind::Refused(refused) = event.kind { Some(refused.code) } else { None }
    });
    assert_eq!(code.await, "halted");
    assert_eq!(world.audited(EventType::AgentConnected).await, 1);
    world.gateway.cut(agent);
    world.until(|event| matches!(event.kind, AgentEventKind::Disconnected).then_some(())).await;
    world.until(|event| matches!(event.kind, AgentEventKind::Connected(_)).then_some(())).await;
    assert_eq!(world.audited(EventType::AgentLost).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_without_a_live_certificate_of_the_very_tenant_it_names() {
    let mut world = World::new().await;
    let agent = world.agent().await;
    let now = SystemClock.now();
    let own = world.keys.tenant(world.tenant, now).unwrap();
    let key = AgentKey::generate().unwrap();
    let identity = AgentIdentity { tenant: world.tenant, agent };
    let issue = |authority: &Authority, identity, at| {
        let issued = authority.issue_agent(&key.request_pem().unwrap(), identity, at).unwrap();
        Some((issued.certificate_pem, key.pem()))
    };
    assert!(world.is_let_in(issue(&own, identity, now)).await, "the good one");
    assert!(!world.is_let_in(None).await, "no certificate");
    let stranger = Authority::for_tenant(world.tenant, now).unwrap();
    assert!(!world.is_let_in(issue(&stranger, identity, now)).await, "another authority of the same name");
    let other = TenantId::from_uuid(Uuid::now_v7());
    let others = world.keys.tenant(other, now).unwrap();
    assert!(!world.is_let_in(issue(&others, identity, now)).await, "another tenant's authority");
    let foreign = AgentIdentity { tenant: other, agent };
    assert!(!world.is_let_in(issue(&own, foreign, now)).await, "own authority, another tenant's name");
    assert!(!world.is_let_in(issue(&others, foreign, now)).await, "no such agent there");
    assert!(!world.is_let_in(issue(world.keys.gateway(), identity, now)).await, "the gateway's authority");
    let server = world.keys.gateway().issue_server(&["localhost".to_owned()], now).unwrap();
    assert!(!world.is_let_in(Some((server.certificate_pem, server.key_pem))).await, "a server's certificate");
    let server = own.issue_server(&["localhost".to_owned()], now).unwrap();
    assert!(
        !world.is_let_in(Some((server.certificate_pem, server.key_pem))).await,
        "a server's, own authority"
    );
    let past = now - chrono::TimeDelta::hours(25);
    assert!(!world.is_let_in(issue(&own, identity, past)).await, "run out");
    let future = now + chrono::TimeDelta::hours(1);
    assert!(!world.is_let_in(issue(&own, identity, future)).await, "not yet valid");
    let unknown = AgentIdentity { tenant: world.tenant, agent: AgentId::from_uuid(Uuid::now_v7()) };
    assert!(!world.is_let_in(issue(&own, unknown, now)).await, "never joined");
    let mut tx = world.store.tenant(world.tenant).await.unwrap();
    agents::revoke(&mut tx, agent, now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!world.is_let_in(issue(&own, identity, now)).await, "shut out");
    world.until(|event| matches!(event.kind, AgentEventKind::Disconnected).then_some(())).await;
    assert!(!world.gateway.online(agent), "its stream is cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_live_process_with_the_same_certificate_is_an_alarm() {
    let mut world = World::new().await;
    let agent = world.agent().await;
    let pem = std::fs::read_to_string(world.folder.path().join("agent/identity.pem")).unwrap();
    let border = pem.find("-----BEGIN CERTIFICATE").unwrap();
    let (key, certificate) = pem.split_at(border);
    let channel = world.channel(Some((certificate.to_owned(), key.to_owned()))).await.unwrap();
    let hello = Hello { max_risk: "safe".into(), instance: "a clone".into(), ..Hello::default() };
    let (sender, receiver) = mpsc::channel(4);
    sender.send(AgentMessage { kind: Some(Said::Hello(hello)) }).await.unwrap();
    let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut inbound = AgentGatewayClient::new(channel).connect(stream).await.unwrap().into_inner();
    let refused = inbound.message().await.unwrap_err();
    assert_eq!(dd0c_proto::refusal::code_of(&refused), Some("clone"));
    world.until(|event| matches!(event.kind, AgentEventKind::Disconnected).then_some(())).await;
    assert!(!world.gateway.online(agent), "neither is trusted");
    assert!(world.audited(EventType::AgentRefused).await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_past_half_of_its_certificates_life_renews_it_and_works_on_with_the_new_one() {
    let mut world = World::new().await;
    let config = world.config("agent");
    let ca = world.keys.gateway().certificate_pem();
    let enrolment = enrol::enrol(&config, ca, &world.token().await).await.unwrap();
    let agent: AgentId = enrolment.agent_id.parse().unwrap();
    let now = SystemClock.now();
    let key = AgentKey::generate().unwrap();
    let identity = AgentIdentity { tenant: world.tenant, agent };
    let old = world.keys.tenant(world.tenant, now).unwrap();
    let aged = now - chrono::TimeDelta::hours(13);
    let old = old.issue_agent(&key.request_pem().unwrap(), identity, aged).unwrap();
    let place = config.state_dir.join("identity.pem");
    std::fs::write(&place, format!("{}{}", key.pem(), old.certificate_pem)).unwrap();
    tokio::spawn(dd0c_agent::run(config, world.stop.clone()));
    world.until(|event| matches!(event.kind, AgentEventKind::Connected(_)).then_some(())).await;
    let renewed = std::fs::read_to_string(&place).unwrap();
    assert!(!renewed.contains(&old.certificate_pem), "a fresh certificate took the old one's place");
    assert!(!renewed.contains(&key.pem()), "over a fresh key");
    assert!(world.gateway.online(agent));
}
