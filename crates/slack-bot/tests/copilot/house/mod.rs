//! A Slack look-alike, the bot, a real engine over a real database, and an agent that does exactly what a test says.

#![allow(
    clippy::allow_attributes,
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part of it"
)]
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod runbook;

pub(crate) use runbook::{SAFE_RED, Written};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use dd0c_approval::Policy;
use dd0c_engine::gateway::{AgentEvent, AgentEventKind, Offline};
use dd0c_engine::halt::Latch;
use dd0c_engine::{AgentLink, Engine};
use dd0c_pki::grant::Signer;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{Accepted, Started, StepOutput, StepResult};
use dd0c_slack_bot::reference::Key;
use dd0c_slack_bot::scene::Urls;
use dd0c_slack_bot::seal::Seal;
use dd0c_slack_bot::secret::BotToken;
use dd0c_slack_bot::transport::Receiver;
use dd0c_slack_bot::web_api::WebApi;
use dd0c_slack_bot::{Bot, Deps, Installation, incoming, receiver, transport};
use dd0c_slack_sim::{Config, Credentials, RateLimits, UserSeed};
use dd0c_store::agents::NewAgent;
use dd0c_store::runbooks::NewVersion;
use dd0c_store::slack::{people, workspaces};
use dd0c_store::{Store, agents, alerts, audit, executions, policies, runbooks, tenants, users};
use dd0c_testkit::TestDatabase;
use dd0c_types::intent::Intent;
use dd0c_types::run::ExecutionView;
use dd0c_types::{
    Actor, AgentId, Alert, AlertChoice, AlertId, AlertSender, AlertStatus, AttemptId, Channel, Clock,
    EventType, ExecutionId, MatchReason, RankedRunbook, Risk, Role, RunbookId, Severity, Sureness,
    SystemClock, TenantId, Timestamp, UserId,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub(crate) const CHANNEL: &str = "C0INCIDENT";
/// An Owner who leads.
pub(crate) const RILEY: &str = "U0RILEY";
/// A Lead.
pub(crate) const KIM: &str = "U0KIM";
/// A Responder.
pub(crate) const DANA: &str = "U0DANA";
/// In the workspace, and linked to nobody.
pub(crate) const LEE: &str = "U0LEE";

/// When a test gives up; ten runs within Slack's limits take most of a minute.
const WITHIN: Duration = Duration::from_secs(90);

/// The machine's time, moved on.
#[derive(Default)]
pub(crate) struct MovedClock(AtomicI64);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct House {
    pub(crate) slack: Slack,
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) riley: UserId,
    pub(crate) agent: AgentId,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) bot: Arc<Bot>,
    receiver: Arc<dyn Receiver>,
    pub(crate) workspace: Uuid,
    pub(crate) reachable: Arc<AtomicBool>,
    sent: mpsc::UnboundedReceiver<Kind>,
    says: mpsc::Sender<AgentEvent>,
    _stop: DropGuard,
    // Last: everything above holds connections to it.
    _database: TestDatabase,
}

impl House {
    pub(crate) async fn new() -> Self {
        let limits = RateLimits::generous();
        Self::with(Config { rate_limits: limits, ..Config::default() }, Policy::default()).await
    }

    pub(crate) async fn with(mut config: Config, policy: Policy) -> Self {
        config.workspaces[0].users.push(UserSeed::new(LEE, "lee", "Lee Unknown", "lee@acme.example"));
        let slack = Slack::start(config).await;
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 16).await.unwrap();
        let clock = Arc::new(MovedClock::default());
        let stop = CancellationToken::new();
        let (tenant, riley) = (TenantId::from_uuid(Uuid::now_v7()), UserId::from_uuid(Uuid::now_v7()));
        let agent = AgentId::from_uuid(Uuid::now_v7());
        found(&store, tenant, riley, agent, &policy).await;
        let reachable = Arc::new(AtomicBool::new(true));
        let (engine, sent, says) = engine(&store, &clock, &reachable, &stop).await;
        let deps = Deps {
            store: store.clone(),
            engine,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            api: WebApi::new(&format!("{}/api", slack.url)).unwrap(),
            key: Key::new(&[7; 32]).unwrap(),
            seal: Seal::new(&[8; 32]),
            urls: Urls::new("https://dd0c.example").unwrap(),
        };
        let bot = Bot::new(deps);
        let installation = Installation {
            key: workspaces::TeamKey::of_team("T0ACME"),
            name: "Acme".to_owned(),
            bot_user: "U0ACMEBOT".to_owned(),
            token: BotToken::new(slack.credentials.bot_token.clone()),
            scopes: vec!["chat:write".to_owned()],
        };
        let workspace = bot.install(tenant, riley, &actor(riley), &installation).await.unwrap().id;
        let mut tx = store.tenant(tenant).await.unwrap();
        workspaces::choose(&mut tx, workspace, Some(CHANNEL), Some("S0ONCALL")).await.unwrap();
        tx.commit().await.unwrap();
        let mut house = Self {
            slack,
            store,
            tenant,
            riley,
            agent,
            clock,
            bot: Arc::clone(&bot),
            receiver: receiver(&bot),
            workspace,
            reachable,
            sent,
            says,
            _stop: stop.clone().drop_guard(),
            _database: database,
        };
        house.member(RILEY, riley).await;
        house.join(KIM, "kim@acme.example", "Kim Novak", Role::Lead).await;
        house.join(DANA, "dana@acme.example", "Dana Cole", Role::Responder).await;
        tokio::spawn(dd0c_slack_bot::run(Arc::clone(&bot), stop.clone()));
        let api = WebApi::new(&format!("{}/api", house.slack.url)).unwrap();
        let token = BotToken::new(house.slack.credentials.app_token.clone());
        tokio::spawn(transport::socket_mode(api, token, Arc::clone(&house.receiver), stop));
        house.slack.until("log", |log| (log["connections"].as_u64()? >= 2).then_some(())).await;
        house
    }

    async fn member(&mut self, slack: &str, user: UserId) {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        people::link(&mut tx, self.workspace, slack, user).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn join(&mut self, slack: &str, email: &str, name: &str, role: Role) -> UserId {
        let user = UserId::from_uuid(Uuid::now_v7());
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        users::create(&mut tx, user, email, name, role).await.unwrap();
        tx.commit().await.unwrap();
        self.member(slack, user).await;
        user
    }

    pub(crate) async fn runbook(&self, written: &Written<'_>) -> RunbookId {
        let id = RunbookId::from_uuid(Uuid::now_v7());
        let parsed = written.parsed();
        let new = NewVersion { title: written.title, text: "text", parsed: &parsed, by: &actor(self.riley) };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        runbooks::create(&mut tx, id, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// An alert that was ranked: sure of the one runbook, or unsure between several.
    pub(crate) async fn alert(&self, candidates: &[RunbookId]) -> AlertId {
        let id = AlertId::from_uuid(Uuid::now_v7());
        let alert = alert();
        let sure = candidates.len() == 1;
        let ranked = |(at, runbook): (usize, &RunbookId)| RankedRunbook {
            runbook: *runbook,
            title: "a title".to_owned(),
            points: if sure { 92 } else { 60 - u8::try_from(at).unwrap() },
            reasons: vec![MatchReason::Service("checkout-api".to_owned())],
        };
        let choice = AlertChoice {
            sureness: match candidates.len() {
                0 => Sureness::Nothing,
                1 => Sureness::Sure,
                _ => Sureness::Unsure,
            },
            ranked: candidates.iter().enumerate().map(ranked).collect(),
        };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let now = self.clock.now();
        alerts::find_or_make(&mut tx, id, &alert, json!({}), now).await.unwrap();
        alerts::set_choice(&mut tx, id, &choice, candidates.first().copied().filter(|_| sure)).await.unwrap();
        tx.commit().await.unwrap();
        self.changed(id).await;
        id
    }

    /// Tells the bot that an alert may have changed.
    pub(crate) async fn changed(&self, id: AlertId) {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let (fields, trace) = (json!({"alert_id": id}), dd0c_queue::Trace::begin(7, 7));
        let message_id = format!("test-{}", Uuid::now_v7());
        let (topic, now) = (dd0c_queue::topic::ALERT_CHANGED, self.clock.now());
        dd0c_queue::publish(&mut tx, topic, &message_id, fields, &trace, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn runs(&self) -> Vec<ExecutionView> {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let runs = executions::list(&mut tx, None, 2_000).await.unwrap();
        let mut views = Vec::new();
        for run in runs {
            views.push(executions::view(&mut tx, run.id).await.unwrap().unwrap());
        }
        views
    }

    /// How many audit events of this kind there are.
    pub(crate) async fn audited(&self, kind: EventType) -> usize {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        assert!(audit::verify(&mut tx).await.unwrap().ok, "the audit chain holds");
        let filter = audit::AuditFilter { event_type: Some(kind), ..Default::default() };
        audit::page(&mut tx, 0, 5_000, &filter).await.unwrap().len()
    }

    /// The agent's next order.
    pub(crate) async fn order(&mut self) -> Intent {
        let next = async {
            loop {
                if let Kind::Execute(execute) = self.sent.recv().await.unwrap() {
                    return Intent::decode(&execute.intent).unwrap();
                }
            }
        };
        tokio::time::timeout(WITHIN, next).await.expect("the agent was sent nothing")
    }

    /// How many orders the agent got that no test has taken.
    pub(crate) fn orders_left(&mut self) -> usize {
        let mut orders = 0;
        while let Ok(message) = self.sent.try_recv() {
            orders += usize::from(matches!(message, Kind::Execute(_)));
        }
        orders
    }

    pub(crate) async fn says(&self, kind: AgentEventKind) {
        let event =
            AgentEvent { tenant: self.tenant, agent: self.agent, name: "prod-use1-a".to_owned(), kind };
        self.says.send(event).await.unwrap();
    }

    pub(crate) async fn begins(&self, attempt: AttemptId) {
        let attempt_id = attempt.to_string();
        self.says(AgentEventKind::Accepted(Accepted { attempt_id: attempt_id.clone() })).await;
        self.says(AgentEventKind::Started(Started { attempt_id, pid: 1, unix_ms: 0 })).await;
    }

    pub(crate) async fn writes(&self, attempt: AttemptId, sequence: u64, text: &str) {
        let chunk = StepOutput {
            attempt_id: attempt.to_string(),
            sequence,
            data: text.as_bytes().to_vec(),
            ..StepOutput::default()
        };
        self.says(AgentEventKind::Output(chunk)).await;
    }

    pub(crate) async fn ends(&self, attempt: AttemptId, exit_code: i32) {
        let result = StepResult {
            attempt_id: attempt.to_string(),
            outcome: Outcome::Finished.into(),
            exit_code,
            duration_ms: 1_200,
            stdout_bytes: 6,
            ..StepResult::default()
        };
        self.says(AgentEventKind::Result(result)).await;
    }

    /// Accepts, starts, writes and ends the next order, which must be `command`.
    pub(crate) async fn carry_out(&mut self, command: &str, exit_code: i32) {
        let intent = self.order().await;
        assert_eq!(intent.command.reveal(), command);
        self.begins(intent.attempt).await;
        self.writes(intent.attempt, 1, "hello\n").await;
        self.ends(intent.attempt, exit_code).await;
    }

    /// What Slack sends when somebody presses a button of a message; the same `press` is the same press.
    pub(crate) fn pressing(user: &str, message: &Value, action: &str, press: &str) -> Value {
        let value = button(&message["blocks"], action).expect("the message has no such button");
        json!({
            "type": "block_actions", "team": {"id": "T0ACME"}, "user": {"id": user}, "trigger_id": press,
            "channel": {"id": CHANNEL},
            "container": {"type": "message", "message_ts": message["ts"], "thread_ts": message["thread_ts"]},
            "actions": [{"type": "button", "action_id": action, "value": value}],
        })
    }

    /// Delivers an interaction, whatever the screen shows by now.
    pub(crate) async fn deliver(&self, payload: &Value) {
        self.receiver.receive(incoming::Kind::Interactive, payload.clone()).await;
    }

    pub(crate) fn later(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn started(&self) -> ExecutionId {
        let waiting = async {
            loop {
                if let Some(run) = self.runs().await.first() {
                    return run.id;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(WITHIN, waiting).await.expect("no run was started")
    }
}

/// A running simulator, and the hands of its people.
pub(crate) struct Slack {
    pub(crate) url: String,
    pub(crate) credentials: Credentials,
    http: reqwest::Client,
    _stop: DropGuard,
}

impl Slack {
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, credentials) = (CancellationToken::new(), config.credentials.clone());
        tokio::spawn(dd0c_slack_sim::run(config, listener, stop.clone()));
        let http = reqwest::Client::builder().no_proxy().timeout(WITHIN).build().unwrap();
        Self { url, credentials, http, _stop: stop.drop_guard() }
    }

    pub(crate) async fn act(&self, what: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/_sim/{what}", self.url));
        let response = request.bearer_auth(&self.credentials.page_key).json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    pub(crate) async fn look(&self, what: &str) -> Value {
        let request =
            self.http.get(format!("{}/_sim/{what}", self.url)).bearer_auth(&self.credentials.page_key);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Looks until `found` says yes.
    pub(crate) async fn until<T>(&self, what: &str, found: impl Fn(&Value) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = found(&self.look(what).await) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        };
        if let Ok(found) = tokio::time::timeout(WITHIN, waiting).await {
            return found;
        }
        panic!("never seen in {what}: {:#}", self.look(what).await);
    }

    /// The newest message that everybody sees whose words hold all of these.
    pub(crate) async fn message(&self, words: &[&str]) -> Value {
        let what = format!("messages?channel={CHANNEL}");
        let fits = |message: &&Value| {
            let text = words_of(message);
            words.iter().all(|word| text.contains(word))
        };
        self.until(&what, |messages| messages.as_array()?.iter().rev().find(fits).cloned()).await
    }

    /// What one person sees and nobody else, when its words hold all of these.
    pub(crate) async fn whispered(&self, user: &str, words: &[&str]) -> Value {
        let what = format!("workspace?user={user}");
        self.until(&what, |seen| {
            let channels = seen["channels"].as_array()?.iter();
            let messages = channels.filter_map(|channel| channel["messages"].as_array()).flatten();
            let whispers: Vec<&Value> = messages
                .filter(|message| {
                    message["only_for"] == user
                        || message["channel"].as_str().is_some_and(|id| id.starts_with('D'))
                })
                .collect();
            let fits = |message: &&&Value| {
                let text = words_of(message);
                words.iter().all(|word| text.contains(word))
            };
            whispers.iter().rev().find(fits).map(|message| (**message).clone())
        })
        .await
    }

    /// The modal that somebody sees, once its words hold all of these.
    pub(crate) async fn modal(&self, user: &str, words: &[&str]) -> Value {
        self.until(&format!("workspace?user={user}"), |seen| {
            let modal = &seen["modal"];
            let text = modal.to_string();
            (!modal.is_null() && words.iter().all(|word| text.contains(word))).then(|| modal.clone())
        })
        .await
    }

    pub(crate) async fn no_modal(&self, user: &str) {
        self.until(&format!("workspace?user={user}"), |seen| seen["modal"].is_null().then_some(())).await;
    }

    /// Presses a button of a message.
    pub(crate) async fn press(&self, user: &str, message: &Value, action: &str) -> Value {
        assert!(has_button(message, action), "the message has no button {action}: {message:#}");
        let click = json!({"user": user, "channel": CHANNEL, "ts": message["ts"], "action_id": action});
        let done = self.act("click", click).await;
        assert!(
            done["acknowledged_ms"].as_f64().is_some_and(|ms| ms < 300.0),
            "acknowledged in 300 ms: {done}"
        );
        done
    }
}

/// Everything that can be read in a message.
pub(crate) fn words_of(message: &Value) -> String {
    let mut words = message["text"].as_str().unwrap_or_default().to_owned();
    collect(&message["blocks"], &mut words);
    words
}

fn collect(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => {
            words.push('\n');
            words.push_str(text);
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, words)),
        _ => {}
    }
}

fn button(value: &Value, action: &str) -> Option<String> {
    if value["action_id"] == action {
        return value["value"].as_str().map(str::to_owned);
    }
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    inner.into_iter().find_map(|value| button(value, action))
}

pub(crate) fn has_button(message: &Value, action: &str) -> bool {
    message["blocks"].to_string().contains(&format!("\"action_id\":\"{action}\""))
}

async fn found(store: &Store, tenant: TenantId, riley: UserId, agent: AgentId, policy: &Policy) {
    let mut tx = store.tenant(tenant).await.unwrap();
    tenants::create(&mut tx, "Acme", "acme").await.unwrap();
    users::create(&mut tx, riley, "riley@acme.example", "Riley Ross", Role::Owner).await.unwrap();
    let new = NewAgent {
        id: agent,
        name: "prod-use1-a".to_owned(),
        version: "1".to_owned(),
        platform: "linux/x86_64".to_owned(),
        max_risk: Risk::Dangerous,
        certificate_serial: "01".to_owned(),
    };
    agents::create(&mut tx, &new).await.unwrap();
    let greeting = agents::Greeting {
        version: "1".to_owned(),
        platform: "linux/x86_64".to_owned(),
        max_risk: Risk::Dangerous,
        scanner_version: "1".to_owned(),
        journal_generation: 1,
        instance: "test".to_owned(),
    };
    agents::greet(&mut tx, agent, &greeting, SystemClock.now()).await.unwrap();
    policies::put(&mut tx, 0, serde_json::to_value(policy).unwrap(), &actor(riley)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn engine(
    store: &Store,
    clock: &Arc<MovedClock>,
    reachable: &Arc<AtomicBool>,
    stop: &CancellationToken,
) -> (tonic::transport::Channel, mpsc::UnboundedReceiver<Kind>, mpsc::Sender<AgentEvent>) {
    let (send, sent) = mpsc::unbounded_channel();
    let (reaches, online) = (Arc::clone(reachable), Arc::clone(reachable));
    let agents = AgentLink::new(
        move |_, message| {
            if reaches.load(Ordering::SeqCst) {
                send.send(message).map_err(|_| Offline)
            } else {
                Err(Offline)
            }
        },
        move |_| online.load(Ordering::SeqCst),
    );
    let driver = Engine::new(dd0c_engine::Deps {
        store: store.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        grants: Arc::new(Signer::generate().unwrap()),
        agents,
        latch: Arc::new(Latch::default()),
    });
    let (says, heard) = mpsc::channel(256);
    let (channel, incoming) = dd0c_runtime::in_process::channel();
    let served = tonic::transport::Server::builder().add_service(dd0c_engine::service(Arc::clone(&driver)));
    tokio::spawn(served.serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned()));
    tokio::spawn(dd0c_engine::run(driver, heard, stop.clone()));
    (channel, sent, says)
}

fn alert() -> Alert {
    Alert {
        sender: AlertSender::Pagerduty,
        key: Uuid::now_v7().to_string(),
        number: "4821".to_owned(),
        status: AlertStatus::Firing,
        title: "checkout-api 5xx rate is 12 %".to_owned(),
        text: String::new(),
        service: Some("checkout-api".to_owned()),
        region: Some("us-east-1".to_owned()),
        environment: None,
        severity: Severity::new(1),
        labels: std::collections::BTreeMap::new(),
        url: Some("https://acme.pagerduty.com/incidents/Q1".to_owned()),
        at: None,
    }
}

fn actor(user: UserId) -> Actor {
    Actor::user(user, "riley@acme.example", Channel::Web)
}
