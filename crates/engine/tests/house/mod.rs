//! A whole engine over a real database, with an agent that does exactly what a test says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dd0c_approval::Policy;
use dd0c_engine::gateway::{AgentEvent, AgentEventKind, Connected, Offline};
use dd0c_engine::halt::Latch;
use dd0c_engine::{AgentLink, Deps, Engine, Service, service};
use dd0c_pki::grant::Signer;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::step_result::Outcome;
use dd0c_proto::agent::v1::{Accepted, AttemptStatus, ExecuteStep, Started, StepOutput, StepResult};
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_proto::engine::v1::engine_client::EngineClient;
use dd0c_proto::engine::v1::engine_server::EngineServer;
use dd0c_proto::engine::v1::{ActorRef, Approve, DecideRequest, StartRequest};
use dd0c_proto::refusal::code_of;
use dd0c_store::agents::NewAgent;
use dd0c_store::runbooks::NewVersion;
use dd0c_store::{Listener, Store, agents, audit, executions, policies, runbooks, tenants, users};
use dd0c_testkit::TestDatabase;
use dd0c_types::clock::FixedClock;
use dd0c_types::intent::Intent;
use dd0c_types::run::{ExecutionView, StepView};
use dd0c_types::runbook::{
    CommandSource, Fidelity, Format, ParsedRunbook, Source, Span, Step, StepCommand, StepKind, Timings,
    Variable, VariableKind,
};
use dd0c_types::{
    Actor, AgentId, AttemptId, Channel, Clock, Command, EventType, ExecutionId, Risk, Role, RunbookId,
    SecondKey, StepId, TenantId, UserId,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) type Client = EngineClient<EngineServer<Service>>;

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) owner: UserId,
    pub(crate) agent: AgentId,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) replica: Replica,
    grants: Arc<Signer>,
    changes: Listener,
    // Last: everything above holds connections to it.
    _database: TestDatabase,
}

/// One engine process.
pub(crate) struct Replica {
    pub(crate) client: Client,
    pub(crate) sent: mpsc::UnboundedReceiver<Kind>,
    pub(crate) says: mpsc::Sender<AgentEvent>,
    /// Whether messages reach the agent.
    pub(crate) reachable: Arc<AtomicBool>,
    engine: Arc<Engine>,
    heard: Option<mpsc::Receiver<AgentEvent>>,
    stop: CancellationToken,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl House {
    /// A tenant, its owner, an agent; the engine stands but does nothing by itself yet.
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store = Store::connect(&database.app_url(), 12).await.unwrap();
        let tenant = TenantId::from_uuid(Uuid::now_v7());
        let owner = UserId::from_uuid(Uuid::now_v7());
        let agent = AgentId::from_uuid(Uuid::now_v7());
        let mut tx = store.tenant(tenant).await.unwrap();
        tenants::create(&mut tx, "Acme", "acme").await.unwrap();
        users::create(&mut tx, owner, "riley@example.org", "Riley", Role::Owner).await.unwrap();
        let new = NewAgent {
            id: agent,
            name: "prod-eu-1".to_owned(),
            version: "1".to_owned(),
            platform: "linux/x86_64".to_owned(),
            max_risk: Risk::Dangerous,
            certificate_serial: "01".to_owned(),
        };
        agents::create(&mut tx, &new).await.unwrap();
        let document = serde_json::to_value(Policy::single_machine()).unwrap();
        policies::put(&mut tx, 0, document, &actor(owner)).await.unwrap();
        tx.commit().await.unwrap();
        let clock = Arc::new(FixedClock::at(dd0c_types::SystemClock.now()));
        let grants = Arc::new(Signer::generate().unwrap());
        let replica = Replica::new(&store, &clock, &grants);
        let changes = store.listener(&["dd0c_execution"]).await.unwrap();
        Self { store, tenant, owner, agent, clock, replica, grants, changes, _database: database }
    }

    /// As [`House::new`], with the engine running.
    pub(crate) async fn running() -> Self {
        let mut house = Self::new().await;
        house.replica.run();
        house
    }

    /// Another engine over the same database; the first must have been killed.
    pub(crate) fn another_replica(&mut self) {
        self.replica = Replica::new(&self.store, &self.clock, &self.grants);
    }

    /// Changes who may serve as second key.
    pub(crate) async fn second_key(&self, allowed: SecondKey) {
        let policy = Policy { second_key: allowed, ..Policy::single_machine() };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        let document = serde_json::to_value(policy).unwrap();
        policies::put(&mut tx, 1, document, &actor(self.owner)).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn runbook(&self, commands: &[&str], variables: &[&str]) -> RunbookId {
        let id = RunbookId::from_uuid(Uuid::now_v7());
        let parsed = parsed(commands, variables);
        let by = actor(self.owner);
        let new = NewVersion { title: "Clear the cache", text: "text", parsed: &parsed, by: &by };
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        runbooks::create(&mut tx, id, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn try_start(
        &mut self,
        runbook: RunbookId,
        values: &[(&str, &str)],
    ) -> Result<ExecutionId, tonic::Status> {
        let variables: HashMap<String, String> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = StartRequest {
            actor: Some(self.actor()),
            runbook_id: runbook.to_string(),
            version: 0,
            variables,
            agent_id: String::new(),
            execution_id: String::new(),
        };
        let started = self.replica.client.start(request).await?.into_inner();
        Ok(started.execution_id.parse().unwrap())
    }

    pub(crate) async fn start(&mut self, commands: &[&str]) -> ExecutionId {
        let runbook = self.runbook(commands, &[]).await;
        self.try_start(runbook, &[]).await.unwrap()
    }

    pub(crate) async fn view(&self, execution: ExecutionId) -> ExecutionView {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        executions::view(&mut tx, execution).await.unwrap().unwrap()
    }

    pub(crate) async fn step(&self, execution: ExecutionId, order: usize) -> StepView {
        self.view(execution).await.steps.remove(order - 1)
    }

    /// Waits until the run looks as wanted; the database says when to look.
    pub(crate) async fn until(
        &mut self,
        execution: ExecutionId,
        wanted: impl Fn(&ExecutionView) -> bool,
    ) -> ExecutionView {
        let waiting = async {
            loop {
                let view = self.view(execution).await;
                if wanted(&view) {
                    return view;
                }
                self.changes.next().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        if let Ok(view) = waited {
            return view;
        }
        let states: Vec<_> = self.view(execution).await.steps.iter().map(|step| step.state).collect();
        panic!("the run never came to look as wanted; its steps are {states:?}");
    }

    pub(crate) async fn until_step(&mut self, execution: ExecutionId, order: usize, state: &str) -> StepView {
        let view = self.until(execution, |view| {
            view.steps.get(order - 1).is_some_and(|step| step.state.as_str() == state)
        });
        view.await.steps.remove(order - 1)
    }

    pub(crate) fn request(&self, execution: ExecutionId, step: StepId, decision: Decision) -> DecideRequest {
        DecideRequest {
            actor: Some(self.actor()),
            execution_id: execution.to_string(),
            step_id: step.to_string(),
            decision: Some(decision),
        }
    }

    pub(crate) async fn decide(
        &mut self,
        execution: ExecutionId,
        order: usize,
        decision: Decision,
    ) -> Result<String, String> {
        let step = self.step(execution, order).await.id;
        let request = self.request(execution, step, decision);
        let answer = self.replica.client.decide(request).await;
        answer.map(|state| state.into_inner().state).map_err(|status| code(&status))
    }

    pub(crate) async fn approve(
        &mut self,
        execution: ExecutionId,
        order: usize,
        typed: &[&str],
    ) -> Result<String, String> {
        let step = self.step(execution, order).await;
        let approve = Approve {
            command_sha256: step.command_sha256.unwrap().to_string(),
            typed: typed.iter().map(|name| (*name).to_owned()).collect(),
        };
        self.decide(execution, order, Decision::Approve(approve)).await
    }

    pub(crate) fn actor(&self) -> ActorRef {
        ActorRef {
            tenant_id: self.tenant.to_string(),
            user_id: self.owner.to_string(),
            name: "riley@example.org".to_owned(),
            channel: "web".to_owned(),
        }
    }

    /// A decision on the run as a whole; the step that it made, if it made one.
    pub(crate) async fn decide_run(
        &mut self,
        execution: ExecutionId,
        decision: Decision,
    ) -> Result<(String, Option<StepId>), String> {
        let request = DecideRequest { step_id: String::new(), ..self.request(execution, nobody(), decision) };
        let answer = self.replica.client.decide(request).await.map_err(|status| code(&status))?.into_inner();
        Ok((answer.state, answer.step_id.parse().ok()))
    }

    /// The agent's next order.
    pub(crate) async fn order(&mut self) -> (ExecuteStep, Intent) {
        loop {
            if let Kind::Execute(execute) = self.message().await {
                let intent = Intent::decode(&execute.intent).unwrap();
                return (execute, intent);
            }
        }
    }

    /// The attempt that the engine asks after next.
    pub(crate) async fn question(&mut self) -> AttemptId {
        loop {
            if let Kind::Query(query) = self.message().await {
                return query.attempt_id.parse().unwrap();
            }
        }
    }

    pub(crate) async fn message(&mut self) -> Kind {
        let message = tokio::time::timeout(Duration::from_secs(20), self.replica.sent.recv());
        message.await.expect("the engine sent nothing within 20 s").unwrap()
    }

    /// Everything that was sent so far and not read, as orders.
    pub(crate) fn orders_left(&mut self) -> usize {
        let mut orders = 0;
        while let Ok(message) = self.replica.sent.try_recv() {
            orders += usize::from(matches!(message, Kind::Execute(_)));
        }
        orders
    }

    pub(crate) async fn says(&self, kind: AgentEventKind) {
        let event = AgentEvent { tenant: self.tenant, agent: self.agent, name: "prod-eu-1".to_owned(), kind };
        self.replica.says.send(event).await.unwrap();
    }

    /// Accepts, starts, writes and finishes an order.
    pub(crate) async fn carry_out(&self, attempt: AttemptId, exit_code: i32, output: &str) {
        let attempt_id = attempt.to_string();
        self.says(AgentEventKind::Accepted(Accepted { attempt_id: attempt_id.clone() })).await;
        let started = Started { attempt_id: attempt_id.clone(), pid: 1, unix_ms: 0 };
        self.says(AgentEventKind::Started(started)).await;
        let chunk =
            StepOutput { attempt_id, sequence: 1, data: output.as_bytes().to_vec(), ..StepOutput::default() };
        self.says(AgentEventKind::Output(chunk)).await;
        self.says(AgentEventKind::Result(result(attempt, exit_code))).await;
    }

    pub(crate) async fn answer(
        &self,
        attempt: AttemptId,
        status: dd0c_proto::agent::v1::attempt_status::Status,
    ) {
        let status =
            AttemptStatus { attempt_id: attempt.to_string(), status: status.into(), note: String::new() };
        self.says(AgentEventKind::Status(status)).await;
    }

    pub(crate) async fn connects(&self) {
        let connected = Connected {
            version: "1".to_owned(),
            platform: String::new(),
            hostname: String::new(),
            max_risk: "dangerous".to_owned(),
            scanner_version: String::new(),
            open_attempts: Vec::new(),
        };
        self.says(AgentEventKind::Connected(connected)).await;
    }

    /// How many audit events of this kind the run has, and whether the chain holds.
    pub(crate) async fn audited(&self, execution: ExecutionId, kind: EventType) -> usize {
        let mut tx = self.store.tenant(self.tenant).await.unwrap();
        assert!(audit::verify(&mut tx).await.unwrap().ok, "the audit chain holds");
        let filter =
            audit::AuditFilter { execution: Some(execution), event_type: Some(kind), ..Default::default() };
        audit::page(&mut tx, 0, 1000, &filter).await.unwrap().len()
    }
}

impl Replica {
    fn new(store: &Store, clock: &Arc<FixedClock>, grants: &Arc<Signer>) -> Self {
        let (send, sent) = mpsc::unbounded_channel();
        let reachable = Arc::new(AtomicBool::new(true));
        let reaches = Arc::clone(&reachable);
        let agents = AgentLink::new(
            move |_, message| {
                if reaches.load(Ordering::SeqCst) {
                    send.send(message).map_err(|_| Offline)
                } else {
                    Err(Offline)
                }
            },
            |_| true,
        );
        let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
        let latch = Arc::new(Latch::default());
        let deps = Deps { store: store.clone(), clock, grants: Arc::clone(grants), agents, latch };
        let engine = Engine::new(deps);
        let (says, heard) = mpsc::channel(64);
        let client = EngineClient::new(service(Arc::clone(&engine)));
        let stop = CancellationToken::new();
        Self { client, sent, says, reachable, engine, heard: Some(heard), stop, running: None }
    }

    /// Lets the engine work.
    pub(crate) fn run(&mut self) {
        let heard = self.heard.take().expect("an engine runs once");
        self.running =
            Some(tokio::spawn(dd0c_engine::run(Arc::clone(&self.engine), heard, self.stop.clone())));
    }

    /// Ends the engine between two steps of whatever it does.
    pub(crate) async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn code(status: &tonic::Status) -> String {
    code_of(status).map_or_else(|| format!("{status}"), str::to_owned)
}

pub(crate) fn result(attempt: AttemptId, exit_code: i32) -> StepResult {
    StepResult {
        attempt_id: attempt.to_string(),
        outcome: Outcome::Finished.into(),
        exit_code,
        duration_ms: 12,
        stdout_bytes: 6,
        ..StepResult::default()
    }
}

fn nobody() -> StepId {
    StepId::from_uuid(Uuid::nil())
}

fn actor(user: UserId) -> Actor {
    Actor::user(user, "riley@example.org", Channel::Web)
}

/// The variable of a command such as `POD=$(…)`.
fn set_by(command: &str) -> Option<String> {
    let (name, _) = command.split_once('=')?;
    name.bytes().all(|byte| byte.is_ascii_uppercase()).then(|| name.to_owned())
}

/// The variable of a command that ends in `$POD`.
fn used_by(command: &str) -> Option<String> {
    command.rsplit_once(" $").map(|(_, name)| name.to_owned())
}

fn parsed(commands: &[&str], variables: &[&str]) -> ParsedRunbook {
    let step = |(at, text): (usize, &&str)| Step {
        id: StepId::from_uuid(Uuid::now_v7()),
        order: u32::try_from(at).unwrap() + 1,
        title: format!("step {}", at + 1),
        kind: StepKind::Command,
        command: Some(StepCommand {
            text: Command::new(*text),
            language: "bash".to_owned(),
            source: CommandSource { start: 0, end: 1, line: 1 },
            fidelity: Fidelity::Verbatim,
            context: None,
        }),
        group: u32::try_from(at).unwrap() + 1,
        sets: set_by(text).into_iter().collect(),
        uses: variables.iter().map(|name| (*name).to_owned()).chain(used_by(text)).collect(),
        rollback: None,
        hazards: Vec::new(),
        branch: None,
        vague: false,
        classification: None,
    };
    let variable = |name: &&str| Variable {
        name: (*name).to_owned(),
        placeholder: format!("<{name}>"),
        style: "angle".to_owned(),
        kind: VariableKind::Input,
        occurrences: vec![Span { start: 0, end: 1 }],
        set_by: None,
    };
    ParsedRunbook {
        schema: dd0c_types::runbook::SCHEMA.to_owned(),
        title: "Clear the cache".to_owned(),
        source: Source { sha256: "0".repeat(64), bytes: 1, format: Format::Markdown },
        extracted_by: "structure".to_owned(),
        models: Vec::new(),
        has_actionable_steps: true,
        prerequisites: Vec::new(),
        variables: variables.iter().map(variable).collect(),
        steps: commands.iter().enumerate().map(step).collect(),
        ambiguities: Vec::new(),
        warnings: Vec::new(),
        timings_ms: Timings::default(),
    }
}
