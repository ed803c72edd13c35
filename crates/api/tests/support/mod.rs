//! A real house for tests: Postgres, the intake over gRPC, the API over HTTP.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use dd0c_api::secret::{self, Secret};
use dd0c_api::{Deps, Limits};
use dd0c_engine::gateway::{AgentEvent, AgentEventKind};
use dd0c_engine::halt::Latch;
use dd0c_engine::{AgentLink, Engine};
use dd0c_pki::grant::Signer;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_store::{Store, agents, audit, sign_in_links, tenants, tokens, users};
use dd0c_testkit::{TestDatabase, Wire};
use dd0c_types::{AgentId, FixedClock, Risk, Role, TenantId, TokenId, UserId};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// A page that gives a Caution and a Dangerous step.
pub(crate) const PAGE: &str = "# Clear the cache\n\nRestart it:\n\n```bash\nsystemctl restart checkout\n```\n\nThen:\n\n```bash\nrm -rf /srv/cache\n```\n";

pub(crate) struct House {
    pub(crate) url: String,
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) http: reqwest::Client,
    /// What the engine sends to agents.
    pub(crate) sent: Mutex<mpsc::UnboundedReceiver<Kind>>,
    /// What agents say to the engine.
    says: mpsc::Sender<AgentEvent>,
    _stop: DropGuard,
    // Last: everything above holds connections to it.
    _database: TestDatabase,
}

/// A customer with one member of each role, and an agent that does what the test says.
pub(crate) struct Team {
    pub(crate) tenant: TenantId,
    pub(crate) agent: AgentId,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) id: UserId,
    pub(crate) role: Role,
    pub(crate) token: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, None).await
    }

    /// A house with models.
    pub(crate) async fn with_route(route: dd0c_llm::Settings) -> Self {
        Self::with(Limits::default(), Some(route)).await
    }

    async fn with(limits: Limits, route: Option<dd0c_llm::Settings>) -> Self {
        let database = TestDatabase::new().await;
        let url = database.app_url();
        Self::over(database, &url, limits, route).await
    }

    /// A house whose database can be made to fall silent.
    pub(crate) async fn on_a_wire() -> (Self, Wire) {
        let database = TestDatabase::new().await;
        let wire = database.wire().await;
        let url = database.app_url_through(&wire);
        (Self::over(database, &url, Limits::default(), None).await, wire)
    }

    async fn over(
        database: TestDatabase,
        database_url: &str,
        limits: Limits,
        route: Option<dd0c_llm::Settings>,
    ) -> Self {
        let store = Store::connect(database_url, 8).await.unwrap();
        let clock = Arc::new(FixedClock::at(Utc::now()));
        let models = route.map(|route| {
            let route = Arc::new(dd0c_llm::Route::new(route).unwrap());
            Arc::new(dd0c_intake::Models { route, store: store.clone(), clock: clock.clone() })
        });
        let stop = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (send, sent) = mpsc::unbounded_channel();
        let (says, heard) = mpsc::channel(64);
        let deps = Deps {
            store: store.clone(),
            engine: engine(&store, &clock, send, heard, &stop),
            intake: intake(stop.clone(), models),
            session_key: [7; 32],
            webhook_key: [9; 32],
            clock: clock.clone(),
            public_url: url.clone(),
            agent_gateway: "https://127.0.0.1:9443".into(),
            slack: None,
            gateway_ca_pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(),
            limits,
        };
        tokio::spawn(dd0c_api::run(deps, listener, stop.clone()));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let _stop = stop.drop_guard();
        Self { url, store, clock, http, sent: Mutex::new(sent), says, _stop, _database: database }
    }

    pub(crate) async fn team(&self, name: &str) -> Team {
        let tenant = TenantId::from_uuid(Uuid::new_v4());
        let mut tx = self.store.tenant(tenant).await.unwrap();
        tenants::create(&mut tx, name, name).await.unwrap();
        let mut members = Vec::new();
        for role in Role::ALL {
            let id = UserId::from_uuid(Uuid::new_v4());
            let email = format!("{}@{name}.example", role.as_str());
            users::create(&mut tx, id, &email, role.word(), role).await.unwrap();
            let made = Secret::generate(secret::TOKEN_PREFIX).unwrap();
            let new = tokens::NewToken {
                id: TokenId::from_uuid(Uuid::new_v4()),
                hash: made.hash,
                name: "test".into(),
                role,
                user: Some(id),
                expires_at: None,
            };
            tokens::create(&mut tx, &new).await.unwrap();
            members.push(Member { id, role, token: made.text });
        }
        let agent = AgentId::from_uuid(Uuid::new_v4());
        let new = agents::NewAgent {
            id: agent,
            name: format!("agent-of-{name}"),
            version: "1".into(),
            platform: "linux/x86_64".into(),
            max_risk: Risk::Dangerous,
            certificate_serial: "01".into(),
        };
        agents::create(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        Team { tenant, agent, members }
    }

    /// A request with a token, and its answer.
    pub(crate) async fn call(
        &self,
        who: &Member,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&who.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, who: &Member, path: &str) -> Value {
        let response = self.call(who, Method::GET, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, who: &Member, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.call(who, Method::POST, path, Some(body)).await;
        (response.status(), response.json().await.unwrap())
    }

    /// Saves [`PAGE`] and answers its id.
    pub(crate) async fn runbook(&self, team: &Team) -> String {
        let (status, saved) =
            self.post(team.lead(), "/api/v1/runbooks", serde_json::json!({"text": PAGE})).await;
        assert_eq!(status, StatusCode::CREATED, "{saved}");
        saved["id"].as_str().unwrap().to_owned()
    }

    /// Starts a run of [`PAGE`] and answers its path.
    pub(crate) async fn run(&self, team: &Team) -> String {
        let body = serde_json::json!({"runbook_id": self.runbook(team).await});
        let (status, started) = self.post(team.responder(), "/api/v1/executions", body).await;
        assert_eq!(status, StatusCode::CREATED, "{started}");
        format!("/api/v1/executions/{}", started["id"].as_str().unwrap())
    }

    /// The worker takes in every delivery that is due.
    pub(crate) async fn take_in(&self) {
        let (consumer, deliveries) = dd0c_alerts::consumer(self.store.clone(), self.clock.clone());
        while consumer.drain(&deliveries, &CancellationToken::new()).await.unwrap() > 0 {}
    }

    /// The team's agent says something.
    pub(crate) async fn says(&self, team: &Team, kind: AgentEventKind) {
        let event = AgentEvent { tenant: team.tenant, agent: team.agent, name: "agent".into(), kind };
        self.says.send(event).await.unwrap();
    }

    /// The secret of a fresh sign-in link.
    pub(crate) async fn link(&self, team: &Team, user: UserId) -> String {
        let made = Secret::generate(secret::LINK_PREFIX).unwrap();
        let mut tx = self.store.tenant(team.tenant).await.unwrap();
        let end = Utc::now() + TimeDelta::hours(1);
        sign_in_links::create(&mut tx, Uuid::new_v4(), user, &made.hash, end).await.unwrap();
        tx.commit().await.unwrap();
        made.text
    }

    /// How many audit events the team has.
    pub(crate) async fn events(&self, team: &Team) -> u64 {
        let mut tx = self.store.tenant(team.tenant).await.unwrap();
        audit::head(&mut tx).await.unwrap().seq
    }

    /// The newest audit event's type and data.
    pub(crate) async fn last_event(&self, team: &Team) -> (String, Value) {
        let mut tx = self.store.tenant(team.tenant).await.unwrap();
        let head = audit::head(&mut tx).await.unwrap().seq;
        let event =
            audit::page(&mut tx, head - 1, 1, &audit::AuditFilter::default()).await.unwrap().remove(0);
        (event.event_type.as_str().to_owned(), event.data)
    }
}

impl Team {
    pub(crate) fn with(&self, role: Role) -> &Member {
        self.members.iter().find(|member| member.role == role).unwrap()
    }
    pub(crate) fn viewer(&self) -> &Member {
        self.with(Role::Viewer)
    }
    pub(crate) fn responder(&self) -> &Member {
        self.with(Role::Responder)
    }
    pub(crate) fn lead(&self) -> &Member {
        self.with(Role::Lead)
    }
    pub(crate) fn owner(&self) -> &Member {
        self.with(Role::Owner)
    }
}

/// A real engine over gRPC, with an agent link that is always there.
fn engine(
    store: &Store,
    clock: &Arc<FixedClock>,
    send: mpsc::UnboundedSender<Kind>,
    heard: mpsc::Receiver<AgentEvent>,
    stop: &CancellationToken,
) -> tonic::transport::Channel {
    let link = AgentLink::new(
        move |_, message| send.send(message).map_err(|_| dd0c_engine::gateway::Offline),
        |_| true,
    );
    let engine = Engine::new(dd0c_engine::Deps {
        store: store.clone(),
        clock: clock.clone(),
        grants: Arc::new(Signer::generate().unwrap()),
        agents: link,
        latch: Arc::new(Latch::default()),
    });
    let (channel, incoming) = dd0c_runtime::in_process::channel();
    let server = tonic::transport::Server::builder().add_service(dd0c_engine::service(Arc::clone(&engine)));
    tokio::spawn(server.serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned()));
    tokio::spawn(dd0c_engine::run(engine, heard, stop.clone()));
    channel
}

fn intake(stop: CancellationToken, models: Option<Arc<dd0c_intake::Models>>) -> tonic::transport::Channel {
    let (channel, incoming) = dd0c_runtime::in_process::channel();
    let server = tonic::transport::Server::builder()
        .add_service(dd0c_intake::service::service(models, dd0c_types::SecondKey::LocalAllowed));
    tokio::spawn(server.serve_with_incoming_shutdown(incoming, stop.cancelled_owned()));
    channel
}
