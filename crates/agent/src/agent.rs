//! The agent itself: what comes in, what the journal says, what runs. One message after the other; a step then lives in
//! a task of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dd0c_pki::AgentIdentity;
use dd0c_proto::agent::v1::agent_message::Kind as Out;
use dd0c_proto::agent::v1::attempt_status::Status;
use dd0c_proto::agent::v1::engine_message::Kind as In;
use dd0c_proto::agent::v1::{
    Accepted, AttemptStatus, ExecuteStep, Halted, Heartbeat, Refused, Started, StepResult,
};
use dd0c_types::{AttemptId, ExecutionId};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::environment;
use crate::guard::{Cleared, Look, Refusal, Seen, refusal};
use crate::journal::{AttemptState, Journal, JournalError, Record};
use crate::lease::Lease;
use crate::outbox::Outbox;
use crate::process::{self, Cgroups, Start, Tree};
use crate::runner::{self, Limits, Orders};
use crate::unknown;
use crate::variables;

/// How long the kernel may take to freeze everything before it is reported.
const FREEZE_TAKES: Duration = Duration::from_millis(500);

/// One agent process.
pub struct Agent {
    config: Config,
    identity: AgentIdentity,
    grant_key: [u8; 32],
    cgroups: Option<Cgroups>,
    /// None when the journal cannot be used: then nothing is taken on, and the reason is said.
    journal: Mutex<Result<Journal, String>>,
    lease: Mutex<Lease>,
    running: Mutex<HashMap<AttemptId, Running>>,
    /// Results that are whole, with the values of variables, until they are committed.
    results: Mutex<HashMap<AttemptId, StepResult>>,
    outbox: Arc<Outbox>,
    steps: TaskTracker,
}

struct Running {
    tree: Tree,
    orders: watch::Sender<Orders>,
}

impl Agent {
    /// Opens the journal and looks for control groups. A journal that cannot be used does not stop the agent from
    /// connecting: it says so to whoever asks, and takes no work.
    pub fn new(
        config: Config,
        identity: AgentIdentity,
        grant_key: [u8; 32],
    ) -> Result<Arc<Self>, JournalError> {
        let journal = match Journal::open(&config.journal()) {
            Err(error @ JournalError::InUse(_)) => return Err(error),
            other => other.map_err(|error| error.to_string()),
        };
        if let Err(reason) = &journal {
            tracing::error!(%reason, "the journal cannot be used: no work is taken on");
        }
        let cgroups = Cgroups::discover();
        if cgroups.is_none() {
            tracing::warn!("no writable cgroup v2: a process that hides well can outlive its step");
        }
        Ok(Arc::new(Self {
            config,
            identity,
            grant_key,
            cgroups,
            journal: Mutex::new(journal),
            lease: Mutex::default(),
            running: Mutex::default(),
            results: Mutex::default(),
            outbox: Arc::default(),
            steps: TaskTracker::new(),
        }))
    }

    /// What waits to be sent.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// The agent's own file.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The number of records ever written to the journal; 0 when it cannot be used.
    pub fn generation(&self) -> u64 {
        lock(&self.journal).as_ref().map_or(0, Journal::generation)
    }

    /// A sign of life.
    pub fn heartbeat(&self) {
        let running = u32::try_from(lock(&self.running).len()).unwrap_or(u32::MAX);
        let journal_generation = self.generation();
        self.outbox.control(Out::Heartbeat(Heartbeat { unix_ms: unix_ms(), running, journal_generation }));
    }

    /// Attempts that were accepted here and whose result the engine has not acknowledged.
    pub fn open_attempts(&self) -> Vec<AttemptId> {
        let journal = lock(&self.journal);
        let Ok(journal) = journal.as_ref() else { return Vec::new() };
        journal.attempts().filter(|(_, state)| is_open(state)).map(|(attempt, _)| attempt).collect()
    }

    /// A new stream stands: says again everything that is open.
    pub fn connected(&self) {
        self.outbox.reset();
        for attempt in self.open_attempts() {
            self.say(attempt);
        }
    }

    /// The stream is gone: nothing may start.
    pub fn disconnected(&self) {
        lock(&self.lease).disconnect();
    }

    /// Takes a message. Messages are taken one after the other, in the order they came.
    pub async fn take(self: &Arc<Self>, message: In) {
        match message {
            In::Lease(lease) => {
                let mut own = lock(&self.lease);
                own.renew(lease.panic_epoch, lease.ttl_ms, lease.unix_ms, Instant::now(), unix_ms());
            }
            In::Execute(execute) => self.execute(&execute),
            In::Query(query) => self.on_attempt(&query.attempt_id, Self::answer),
            In::ResultCommitted(committed) => self.on_attempt(&committed.attempt_id, Self::committed),
            In::Halt(halt) => self.halt(halt.panic_epoch).await,
            In::Unhalt(unhalt) => self.unhalt(unhalt.panic_epoch),
            In::Stop(stop) => self.on_attempt(&stop.attempt_id, |agent, attempt| {
                agent.order(attempt, |orders| orders.stop = true);
            }),
            In::Credit(credit) => self.outbox.credit(credit.bytes),
        }
    }

    /// Ends everything that runs and waits until its end is in the journal.
    pub async fn shut_down(&self) {
        lock(&self.lease).disconnect();
        for running in lock(&self.running).values() {
            running.orders.send_modify(|orders| orders.stop = true);
        }
        self.steps.close();
        self.steps.wait().await;
    }

    fn on_attempt(self: &Arc<Self>, text: &str, then: impl FnOnce(&Arc<Self>, AttemptId)) {
        match text.parse() {
            Ok(attempt) => then(self, attempt),
            Err(_) => tracing::warn!("a message named no attempt"),
        }
    }

    fn execute(self: &Arc<Self>, execute: &ExecuteStep) {
        let received = Instant::now();
        let judged = self.judge(execute, received).and_then(|cleared| {
            let attempt = cleared.intent.attempt;
            self.accept(&cleared, received).map_err(|no| (Some(attempt), no))?;
            Ok(cleared)
        });
        match judged {
            Ok(cleared) => self.launch(&cleared),
            Err((Some(attempt), no)) => self.refuse(attempt, no),
            Err((None, no)) => self.reject(execute, &no),
        }
    }

    fn judge(
        &self,
        execute: &ExecuteStep,
        received: Instant,
    ) -> Result<Cleared, (Option<AttemptId>, Refusal)> {
        let journal = lock(&self.journal);
        let known = Known(journal.as_ref().ok());
        self.look(&lock(&self.lease), received).judge(&execute.intent, &execute.grant, &known)
    }

    /// Writes the promise down. It is on disk before anybody hears of it, and the right to start is looked at again
    /// after that, because a slow disk takes longer than a lease.
    fn accept(&self, cleared: &Cleared, received: Instant) -> Result<(), Refusal> {
        let Cleared { intent, grant } = cleared;
        if lock(&self.running).len() >= self.config.max_running {
            return Err(refusal("busy", "as many commands run here as this agent's own file allows"));
        }
        let mut journal = lock(&self.journal);
        let journal = journal.as_mut().map_err(|reason| refusal("no_journal", reason))?;
        if !journal.has_room() {
            return Err(refusal(
                "no_journal_space",
                "there is no room on this machine's disk for the journal",
            ));
        }
        let record = Record::Accepted {
            attempt: intent.attempt,
            execution: intent.execution,
            fence: grant.fence,
            intent_sha256: hex::encode(grant.intent_hash),
            unix_ms: unix_ms(),
        };
        journal.append(record).map_err(|error| refusal("no_journal", error))?;
        self.look(&lock(&self.lease), received).right(grant.panic_epoch)
    }

    fn launch(self: &Arc<Self>, cleared: &Cleared) {
        let intent = &cleared.intent;
        let (attempt, name) = (intent.attempt, intent.attempt.to_string());
        self.outbox.control(Out::Accepted(Accepted { attempt_id: name.clone() }));
        let mut environment = environment::build(&self.config, attempt, &intent.environment);
        let folder = self.variables_folder();
        let prepared =
            variables::Watch::prepare(&folder, &name, &intent.shell, &intent.sets, &mut environment);
        let start = Start {
            shell: &intent.shell,
            command: intent.command.reveal(),
            cwd: &intent.cwd,
            environment: &environment,
            attempt: &name,
        };
        let started =
            prepared.and_then(|variables| Ok((process::start(&start, self.cgroups.as_ref())?, variables)));
        let (started, variables) = match started {
            Ok(started) => started,
            Err(error) => return self.refuse(attempt, refusal("not_started", error)),
        };
        let began = unix_ms();
        self.journal_start(attempt, &started, began);
        let (orders, ordered) = watch::channel(Orders::default());
        lock(&self.running).insert(attempt, Running { tree: started.tree.clone(), orders });
        let limits =
            Limits { timeout: Duration::from_millis(intent.timeout_ms), grace: self.config.stop_grace() };
        let sets = !intent.sets.is_empty();
        let (agent, outbox) = (Arc::clone(self), Arc::clone(&self.outbox));
        self.steps.spawn(async move {
            let clock = Instant::now();
            let mut result = runner::follow(name, started, limits, ordered, outbox, variables).await;
            result.duration_ms = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
            (result.started_unix_ms, result.ended_unix_ms) = (began, unix_ms());
            if sets && result.variables.is_empty() {
                result.note.push_str(" No values of variables came back.");
            }
            agent.finish(attempt, result);
        });
    }

    fn journal_start(&self, attempt: AttemptId, started: &process::Started, unix_ms: i64) {
        let pid = started.pid;
        self.outbox.control(Out::Started(Started { attempt_id: attempt.to_string(), pid, unix_ms }));
        let record = Record::Started {
            attempt,
            pid,
            start_ticks: process::start_ticks(pid),
            cgroup: started.tree.cgroup(),
            unix_ms,
        };
        // Without this record the attempt is still accepted and not finished, which reads as "may have run".
        if let Err(error) = self.write(record) {
            tracing::error!(%error, %attempt, "the start could not be written to the journal");
        }
    }

    /// Writes the end down, then says it. An end that is not on disk is not an end that may be called known (I7).
    fn finish(&self, attempt: AttemptId, mut result: StepResult) {
        let mut kept = result.clone();
        if !kept.variables.is_empty() {
            kept.variables.clear();
            kept.note.push_str(" The agent restarted; the values of variables were not kept.");
        }
        let record = Record::Finished { attempt, result: hex::encode(kept.encode_to_vec()) };
        if let Err(error) = self.write(record) {
            result = unknown::not_written(result, &error);
        }
        lock(&self.results).insert(attempt, result.clone());
        lock(&self.running).remove(&attempt);
        self.outbox.result(result);
    }

    fn refuse(&self, attempt: AttemptId, no: Refusal) {
        if no.code == "already_seen" {
            // It may be running: that is a status, not a refusal.
            tracing::warn!(%attempt, "an attempt was sent twice");
            return self.say(attempt);
        }
        tracing::warn!(%attempt, code = no.code, reason = %no.reason, "refused");
        let Refusal { code, reason } = no;
        let known = lock(&self.journal).as_ref().is_ok_and(|journal| is_known(journal, attempt, code));
        let record =
            Record::Refused { attempt, code: code.to_owned(), reason: reason.clone(), unix_ms: unix_ms() };
        // With no journal nothing is ever started here, so the refusal holds without a record.
        if !known && let Err(error) = self.write(record) {
            tracing::error!(%error, %attempt, "the refusal could not be written to the journal");
        }
        let refused = Refused { attempt_id: attempt.to_string(), code: code.to_owned(), reason };
        self.outbox.control(Out::Refused(refused));
    }

    fn reject(&self, execute: &ExecuteStep, no: &Refusal) {
        tracing::warn!(code = no.code, reason = %no.reason, "a message was refused");
        let hash = Sha256::new().chain_update(&execute.intent).chain_update(&execute.grant).finalize();
        let record = Record::Rejected {
            message_sha256: hex::encode(hash),
            code: no.code.to_owned(),
            unix_ms: unix_ms(),
        };
        if let Err(error) = self.write(record) {
            tracing::error!(%error, "the refusal could not be written to the journal");
        }
    }

    /// Answers a query. An attempt that was never seen is buried first, so that it can never start here.
    fn answer(self: &Arc<Self>, attempt: AttemptId) {
        let unseen = lock(&self.journal)
            .as_ref()
            .is_ok_and(|journal| journal.state(attempt).is_none() && !journal.may_be_forgotten(attempt));
        if unseen && let Err(error) = self.write(Record::Tombstone { attempt }) {
            tracing::error!(%error, %attempt, "the tombstone could not be written");
        }
        self.say(attempt);
    }

    fn committed(self: &Arc<Self>, attempt: AttemptId) {
        lock(&self.results).remove(&attempt);
        let open =
            lock(&self.journal).as_ref().is_ok_and(|journal| journal.state(attempt).is_some_and(is_open));
        let runs = lock(&self.running).contains_key(&attempt);
        if open
            && !runs
            && let Err(error) = self.write(Record::Committed { attempt })
        {
            tracing::error!(%error, %attempt, "the acknowledgement could not be written to the journal");
        }
    }

    /// Says what is known of an attempt: its result where there is one, else its status.
    fn say(&self, attempt: AttemptId) {
        let runs = lock(&self.running).contains_key(&attempt);
        let whole = lock(&self.results).get(&attempt).cloned();
        let journal = lock(&self.journal);
        let state = match journal.as_ref() {
            Ok(journal) => journal.state(attempt),
            Err(reason) => return self.say_status(attempt, Status::Unknown, reason.clone()),
        };
        let Some(state) = state else {
            let note = "the part of the journal that may have held it was lost";
            return self.say_status(attempt, Status::Unknown, note.to_owned());
        };
        if let Some((status, note)) = settled(state) {
            return self.say_status(attempt, status, note);
        }
        match (whole, state) {
            (Some(whole), _) => self.outbox.result(whole),
            (None, AttemptState::Finished(result)) => self.outbox.result((**result).clone()),
            (None, _) if runs => self.say_status(attempt, Status::Running, String::new()),
            (None, lost) => self.outbox.result(unknown::lost(attempt, lost)),
        }
    }

    fn say_status(&self, attempt: AttemptId, status: Status, note: String) {
        let said = AttemptStatus { attempt_id: attempt.to_string(), status: status.into(), note };
        self.outbox.control(Out::AttemptStatus(said));
    }

    async fn halt(&self, epoch: u64) {
        lock(&self.lease).halt(epoch);
        let trees: Vec<Tree> = {
            let running = lock(&self.running);
            running.values().for_each(|step| step.orders.send_modify(|orders| orders.frozen = true));
            running.values().map(|step| step.tree.clone()).collect()
        };
        trees.iter().for_each(Tree::freeze);
        let until = tokio::time::Instant::now() + FREEZE_TAKES;
        while tokio::time::Instant::now() < until && !trees.iter().all(Tree::is_frozen) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let frozen = trees.iter().filter(|tree| tree.is_frozen()).count();
        let halted = Halted { panic_epoch: epoch, frozen: count(frozen), running: count(trees.len()) };
        self.outbox.control(Out::Halted(halted));
    }

    fn unhalt(&self, epoch: u64) {
        if !lock(&self.lease).unhalt(epoch) {
            return;
        }
        for step in lock(&self.running).values() {
            step.tree.thaw();
            step.orders.send_modify(|orders| orders.frozen = false);
        }
    }

    fn order(&self, attempt: AttemptId, change: impl FnOnce(&mut Orders)) {
        if let Some(step) = lock(&self.running).get(&attempt) {
            step.orders.send_modify(change);
        }
    }

    fn write(&self, record: Record) -> Result<(), String> {
        let mut journal = lock(&self.journal);
        let journal = journal.as_mut().map_err(|reason| reason.clone())?;
        journal.append_at_any_price(record).map_err(|error| error.to_string())
    }

    fn look<'a>(&'a self, lease: &'a Lease, received: Instant) -> Look<'a> {
        Look {
            identity: self.identity,
            grant_key: &self.grant_key,
            config: &self.config,
            lease,
            received,
            now: Instant::now(),
            local_unix_ms: unix_ms(),
        }
    }

    fn variables_folder(&self) -> PathBuf {
        self.config.state_dir.clone()
    }
}

struct Known<'a>(Option<&'a Journal>);

impl Seen for Known<'_> {
    fn attempt(&self, attempt: AttemptId) -> bool {
        // With no journal the answer comes later, as `no_journal`.
        self.0.is_some_and(|journal| journal.state(attempt).is_some() || journal.may_be_forgotten(attempt))
    }

    fn fence(&self, execution: ExecutionId) -> u64 {
        self.0.map_or(0, |journal| journal.fence(execution))
    }
}

/// What an attempt with a lasting state is said to be. None: its result is to be said, or that it runs or was lost.
fn settled(state: &AttemptState) -> Option<(Status, String)> {
    match state {
        AttemptState::Tombstoned => Some((Status::NotSeen, String::new())),
        AttemptState::Refused(code, reason) => Some((Status::Refused, format!("{code}: {reason}"))),
        AttemptState::Committed => Some((Status::Finished, String::new())),
        AttemptState::Accepted | AttemptState::Started { .. } | AttemptState::Finished(_) => None,
    }
}

const fn is_open(state: &AttemptState) -> bool {
    matches!(state, AttemptState::Accepted | AttemptState::Started { .. } | AttemptState::Finished(_))
}

/// Whether a refusal needs no record: the attempt is known, and this refusal does not end an acceptance.
fn is_known(journal: &Journal, attempt: AttemptId, code: &str) -> bool {
    match journal.state(attempt) {
        None => false,
        // Accepted, then not started after all: the record says that it never will be.
        Some(AttemptState::Accepted) => !matches!(code, "halted" | "no_lease" | "epoch" | "not_started"),
        Some(_) => true,
    }
}

fn unix_ms() -> i64 {
    use dd0c_types::Clock;
    dd0c_types::SystemClock.now().timestamp_millis()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
