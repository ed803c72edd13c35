//! A gateway in the test's hands: real TLS, real certificates, real grants, and no rules of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dd0c_pki::grant::{Grant, Signer};
use dd0c_pki::{AgentIdentity, AgentKey, Authority, TenantTrust};
use dd0c_proto::agent::v1::agent_gateway_server::{AgentGateway, AgentGatewayServer};
use dd0c_proto::agent::v1::agent_message::Kind as Said;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_proto::agent::v1::*;
use dd0c_types::intent::Intent;
use dd0c_types::{AgentId, AttemptId, Clock, ExecutionId, Risk, StepId, SystemClock, TenantId};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, UnboundedReceiverStream};
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

/// Nothing takes longer; it only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(40);

/// Towards the agent, while its stream stands.
type Outbound = Arc<std::sync::Mutex<Option<mpsc::UnboundedSender<Result<EngineMessage, Status>>>>>;

/// One engine, one agent, one folder.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) signer: Signer,
    pub(crate) identity: AgentIdentity,
    pub(crate) lease: watch::Sender<Lease>,
    said: mpsc::UnboundedReceiver<Said>,
    outbound: Outbound,
    agent: Option<Child>,
}

struct Gateway {
    said: mpsc::UnboundedSender<Said>,
    outbound: Outbound,
    lease: watch::Receiver<Lease>,
}

impl World {
    /// An agent that may run anything, enrolled and not started.
    pub(crate) async fn new() -> Self {
        Self::with("max_risk = \"dangerous\"\nstop_grace_seconds = 0.3\n").await
    }

    /// The same with these lines in `agent.toml`.
    pub(crate) async fn with(lines: &str) -> Self {
        dd0c_agent::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let now = SystemClock.now();
        let identity = AgentIdentity {
            tenant: TenantId::from_uuid(Uuid::now_v7()),
            agent: AgentId::from_uuid(Uuid::now_v7()),
        };
        let (tenant, gateway) =
            (Authority::for_tenant(identity.tenant, now).unwrap(), Authority::for_gateway(now).unwrap());
        let trust = Arc::new(TenantTrust::default());
        trust.trust(identity.tenant, tenant.certificate_pem()).unwrap();
        let server = gateway.issue_server(&["localhost".to_owned()], now).unwrap();
        let tls = dd0c_pki::tls::server_config(&server, trust).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let signer = Signer::generate().unwrap();
        let key = AgentKey::generate().unwrap();
        let issued = tenant.issue_agent(&key.request_pem().unwrap(), identity, now).unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join("identity.pem"), format!("{}{}", key.pem(), issued.certificate_pem))
            .unwrap();
        std::fs::write(state.join("ca.pem"), gateway.certificate_pem()).unwrap();
        let enrolment = serde_json::json!({
            "tenant_id": identity.tenant, "agent_id": identity.agent,
            "grant_public_key": hex::encode(signer.public_key()),
        });
        std::fs::write(state.join("enrolment.json"), enrolment.to_string()).unwrap();
        let config = format!(
            "state_dir = {:?}\ngateway = \"https://localhost:{}\"\n{lines}",
            state.display().to_string(),
            address.port()
        );
        std::fs::write(folder.path().join("agent.toml"), config).unwrap();
        let (tell, said) = mpsc::unbounded_channel();
        let outbound = Arc::default();
        let lease = watch::Sender::new(Lease { panic_epoch: 1, ttl_ms: 3000, unix_ms: 0 });
        let service = Gateway { said: tell, outbound: Arc::clone(&outbound), lease: lease.subscribe() };
        tokio::spawn(serve(listener, tls, service));
        Self { folder, signer, identity, lease, said, outbound, agent: None }
    }

    /// Starts the agent and waits for its Hello.
    pub(crate) async fn start(&mut self) -> Hello {
        let agent = Command::new(env!("CARGO_BIN_EXE_dd0c-agent"))
            .args(["--config", self.path("agent.toml").to_str().unwrap(), "run"])
            .stdin(Stdio::null())
            .stderr(if std::fs::exists("/tmp/dd0c-agent-log").unwrap() {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .spawn()
            .unwrap();
        self.agent = Some(agent);
        self.until(|said| match said {
            Said::Hello(hello) => Some(hello),
            _ => None,
        })
        .await
    }

    /// `kill -9`, reaped.
    pub(crate) fn kill(&mut self) {
        let mut agent = self.agent.take().expect("the agent runs");
        agent.kill().unwrap();
        agent.wait().unwrap();
        // What the dead agent still had on the wire is not what the next one says.
        self.outbound.lock().unwrap().take();
    }

    /// SIGTERM, waited for.
    pub(crate) async fn stop(&mut self) {
        let mut agent = self.agent.take().expect("the agent runs");
        let pid = nix::unistd::Pid::from_raw(i32::try_from(agent.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        tokio::task::spawn_blocking(move || agent.wait()).await.unwrap().unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.agent.as_ref().expect("the agent runs").id()
    }

    /// Lines of a file; 0 when there is none.
    pub(crate) fn lines(&self, name: &str) -> usize {
        std::fs::read_to_string(self.path(name)).map_or(0, |text| text.lines().count())
    }

    /// An intent that this agent may run.
    pub(crate) fn intent(&self, command: &str) -> Intent {
        Intent {
            tenant: self.identity.tenant,
            agent: self.identity.agent,
            execution: ExecutionId::from_uuid(Uuid::now_v7()),
            step: StepId::from_uuid(Uuid::now_v7()),
            attempt: AttemptId::from_uuid(Uuid::now_v7()),
            shell: "bash".into(),
            command: dd0c_types::Command::new(command),
            cwd: self.folder.path().display().to_string(),
            environment: BTreeMap::new(),
            sets: Vec::new(),
            timeout_ms: 30_000,
            risk: Risk::Dangerous,
            scanner_version: "test".into(),
        }
    }

    /// Good terms for an intent.
    pub(crate) fn terms(&self, intent: &Intent) -> Grant {
        Grant {
            intent_hash: intent.hash(),
            issued_unix_ms: SystemClock.now().timestamp_millis(),
            validity_ms: 60_000,
            fence: 5,
            panic_epoch: self.lease.borrow().panic_epoch,
            nonce: *Uuid::new_v4().as_bytes(),
        }
    }

    /// Signs and sends.
    pub(crate) fn execute(&self, intent: &Intent) {
        self.send(self.signed(intent));
    }

    pub(crate) fn signed(&self, intent: &Intent) -> Kind {
        let grant = self.signer.sign_grant(&self.terms(intent));
        Kind::Execute(ExecuteStep { intent: intent.encode(), grant })
    }

    pub(crate) fn send(&self, kind: Kind) {
        if let Some(outbound) = &*self.outbound.lock().unwrap() {
            let _ = outbound.send(Ok(EngineMessage { kind: Some(kind) }));
        }
    }

    pub(crate) fn query(&self, intent: &Intent) {
        self.send(Kind::Query(Query { attempt_id: intent.attempt.to_string() }));
    }

    pub(crate) fn commit(&self, intent: &Intent) {
        self.send(Kind::ResultCommitted(ResultCommitted { attempt_id: intent.attempt.to_string() }));
    }

    /// The next thing said that is wanted.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(Said) -> Option<T>) -> T {
        let found = async {
            loop {
                let said = self.said.recv().await.expect("the gateway stands");
                if let Some(found) = wanted(said) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("the agent says it in time")
    }

    pub(crate) async fn result(&mut self, intent: &Intent) -> StepResult {
        let id = intent.attempt.to_string();
        self.until(|said| match said {
            Said::Result(result) if result.attempt_id == id => Some(result),
            Said::Refused(refused) if refused.attempt_id == id => panic!("refused: {refused:?}"),
            _ => None,
        })
        .await
    }

    /// The result, with all output that came before it.
    pub(crate) async fn run(&mut self, intent: &Intent) -> (StepResult, Vec<StepOutput>) {
        self.execute(intent);
        let id = intent.attempt.to_string();
        let mut outputs = Vec::new();
        let result = self
            .until(|said| match said {
                Said::Output(output) if output.attempt_id == id => {
                    outputs.push(output);
                    None
                }
                Said::Result(result) if result.attempt_id == id => Some(result),
                Said::Refused(refused) if refused.attempt_id == id => panic!("refused: {refused:?}"),
                _ => None,
            })
            .await;
        (result, outputs)
    }

    pub(crate) async fn refused(&mut self, intent: &Intent) -> String {
        let id = intent.attempt.to_string();
        self.until(|said| match said {
            Said::Refused(refused) if refused.attempt_id == id => Some(refused.code),
            _ => None,
        })
        .await
    }

    pub(crate) async fn status(&mut self, intent: &Intent) -> attempt_status::Status {
        let id = intent.attempt.to_string();
        self.until(|said| match said {
            Said::AttemptStatus(status) if status.attempt_id == id => Some(status.status()),
            _ => None,
        })
        .await
    }

    /// Waits until everything sent before has been taken: messages are taken in order.
    pub(crate) async fn settle(&mut self) {
        let probe = self.intent("true");
        self.query(&probe);
        assert_eq!(self.status(&probe).await, attempt_status::Status::NotSeen);
    }

    pub(crate) fn journal(&self) -> String {
        std::fs::read_to_string(self.path("state/journal")).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
    }
}

/// Whether any live process has this text in its command line.
pub(crate) fn somebody_runs(text: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.any(|pid| {
        let line =
            std::fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").contains(text)
    })
}

async fn serve(listener: tokio::net::TcpListener, tls: Arc<rustls::ServerConfig>, service: Gateway) {
    let (sender, receiver) = mpsc::channel(4);
    let acceptor = tokio_rustls::TlsAcceptor::from(tls);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(socket).await {
                let _ = sender.send(Ok::<_, std::io::Error>(stream)).await;
            }
        }
    });
    let server = tonic::transport::Server::builder().add_service(AgentGatewayServer::new(service));
    server.serve_with_incoming(ReceiverStream::new(receiver)).await.unwrap();
}

#[tonic::async_trait]
impl AgentGateway for Gateway {
    type ConnectStream = UnboundedReceiverStream<Result<EngineMessage, Status>>;

    async fn enrol(&self, _request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        Err(Status::unimplemented("the world is enrolled already"))
    }

    async fn renew(&self, _request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        Err(Status::unimplemented("the certificates here are fresh"))
    }

    async fn connect(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        assert!(request.peer_certs().is_some_and(|certificates| !certificates.is_empty()));
        let mut inbound = request.into_inner();
        let (outbound, receiver) = mpsc::unbounded_channel();
        let (said, back) = (self.said.clone(), outbound.clone());
        // Credit and a lease come before anything that a test sends after it saw Hello.
        let lease = self.lease.clone();
        let now = move || Lease { unix_ms: SystemClock.now().timestamp_millis(), ..*lease.borrow() };
        for kind in [Kind::Credit(OutputCredit { bytes: 1024 * 1024 }), Kind::Lease(now())] {
            let _ = outbound.send(Ok(EngineMessage { kind: Some(kind) }));
        }
        *self.outbound.lock().unwrap() = Some(outbound.clone());
        tokio::spawn(async move {
            while let Ok(Some(AgentMessage { kind: Some(kind) })) = inbound.message().await {
                if let Said::Output(output) = &kind {
                    let bytes = output.data.len() as u64;
                    let credit = Kind::Credit(OutputCredit { bytes });
                    let _ = back.send(Ok(EngineMessage { kind: Some(credit) }));
                }
                let _ = said.send(kind);
            }
        });
        tokio::spawn(async move {
            while outbound.send(Ok(EngineMessage { kind: Some(Kind::Lease(now())) })).is_ok() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        Ok(Response::new(UnboundedReceiverStream::new(receiver)))
    }
}
