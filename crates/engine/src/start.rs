//! Starting a run: values are bound, what came of it is judged again, and only then does the first step get its turn.

use std::collections::{BTreeMap, BTreeSet};

use dd0c_approval::{Policy, may};
use dd0c_executor::{Bound, Event, Inverse, Phase, Rules, Run, Step as Machine, Timeouts, bind};
use dd0c_store::executions::{self, NewExecution, StoredStep};
use dd0c_store::runbooks::{self, Runbook, RunbookVersion};
use dd0c_store::{StoreError, TenantTx, agents, policies};
use dd0c_types::run::{ExecutionState, Gate, StepAction, StepView};
use dd0c_types::runbook::{Hazard, Step, Variable, VariableKind};
use dd0c_types::{
    AgentId, Classification, Command, ExecutionId, ReviewerKind, RunbookId, SecondKey, Timestamp,
};
use uuid::Uuid;

use crate::Engine;
use crate::decide::{Decider, role_of};
use crate::error::EngineError;
use crate::record::{self, Kept};
use crate::transaction::apply;

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) runbook: RunbookId,
    /// None: the latest.
    pub(crate) version: Option<u32>,
    pub(crate) values: BTreeMap<String, String>,
    /// None: the only agent, or the one that is online.
    pub(crate) agent: Option<AgentId>,
    /// The caller's own id for the run. None: a new one.
    pub(crate) id: Option<ExecutionId>,
}

/// The languages that an agent's shell reads.
const SHELLS: [&str; 6] = ["bash", "sh", "shell", "console", "shell-session", "terminal"];

impl Engine {
    /// Starts a run and answers its id and state.
    pub(crate) async fn start(
        &self,
        by: &Decider,
        wanted: Wanted,
    ) -> Result<(ExecutionId, ExecutionState), EngineError> {
        self.know(by.tenant).await?;
        let mut tx = self.store.tenant(by.tenant).await?;
        let role = role_of(&mut tx, by.user).await?;
        if let Some(id) = wanted.id
            && let Some(known) = executions::view(&mut tx, id).await?
        {
            // Started before: the same start is not done twice.
            return Ok((id, known.state));
        }
        let runbook = runbooks::get(&mut tx, wanted.runbook).await?;
        let number = wanted.version.unwrap_or(runbook.latest_version);
        let version = runbooks::get_version(&mut tx, wanted.runbook, number).await?;
        let policy = policy(&mut tx).await?.for_runbook(&wanted.runbook.to_string());
        may(role, StepAction::Retry, None, &policy)?;
        if version.parsed.steps.is_empty() {
            return Err(EngineError::Invalid("This runbook has no steps. Nothing was started.".to_owned()));
        }
        let (agent, agent_name) = self.pick_agent(&mut tx, wanted.agent).await?;
        let now = self.clock.now();
        let id = wanted.id.unwrap_or_else(|| ExecutionId::from_uuid(Uuid::now_v7()));
        let run = empty_run(id, &agent_name, &runbook, &policy);
        let (new, steps) =
            prepare(by, &runbook, &version, &policy, wanted.values, (agent, agent_name), &run, now)?;
        match executions::create(&mut tx, &new, &steps).await {
            // Somebody started the same at the same moment.
            Err(StoreError::Conflict { .. }) if wanted.id.is_some() => {
                drop(tx);
                return self.started(by, id).await;
            }
            created => created?,
        }
        let mut locked = executions::lock(&mut tx, id, self.replica).await?;
        let applied = apply(&mut tx, &mut locked, Event::Started, &by.actor, None, now).await?;
        tx.commit().await?;
        self.perform(by.tenant, &locked, &applied.effects);
        Ok((id, applied.run.state()))
    }

    /// A run that was started under an id that its caller chose.
    async fn started(
        &self,
        by: &Decider,
        id: ExecutionId,
    ) -> Result<(ExecutionId, ExecutionState), EngineError> {
        let mut tx = self.store.tenant(by.tenant).await?;
        let known = executions::view(&mut tx, id).await?.ok_or(EngineError::NotFound("run"))?;
        Ok((id, known.state))
    }

    /// The agent that was asked for, or the only one, or the only one that is online.
    async fn pick_agent(
        &self,
        tx: &mut TenantTx<'_>,
        wanted: Option<AgentId>,
    ) -> Result<(AgentId, String), EngineError> {
        let mut known = agents::list(tx).await?;
        known.retain(|agent| agent.revoked_at.is_none());
        if let Some(wanted) = wanted {
            let found =
                known.into_iter().find(|agent| agent.id == wanted).ok_or(EngineError::NotFound("agent"))?;
            return Ok((found.id, found.name));
        }
        if known.len() > 1 {
            known.retain(|agent| self.agents.online(agent.id));
        }
        match known.as_slice() {
            [only] => Ok((only.id, only.name.clone())),
            [] => Err(EngineError::AgentOffline),
            _ => Err(EngineError::Invalid(
                "Several agents are connected: say which one. Nothing was started.".to_owned(),
            )),
        }
    }
}

/// The policy in force. One that does not read back is not loosened by that: the strict default holds.
pub(crate) async fn policy(tx: &mut TenantTx<'_>) -> Result<Policy, EngineError> {
    let Some(stored) = policies::current(tx).await? else { return Ok(Policy::default()) };
    Ok(Policy::from_json(&stored.document.to_string()).unwrap_or_else(|error| {
        tracing::error!(%error, "the stored policy cannot be read: the strict default holds");
        Policy::default()
    }))
}

fn empty_run(id: ExecutionId, agent: &str, runbook: &Runbook, policy: &Policy) -> Run {
    let limits = policy.run_timeouts;
    Run {
        id,
        agent: agent.to_owned(),
        rules: Rules {
            trust: runbook.trust_level,
            mode: policy.governance_mode,
            locked: runbook.locked_strict,
            approval_seconds: policy.approval_timeout_seconds,
            timeouts: Timeouts { safe: limits.safe, caution: limits.caution, dangerous: limits.dangerous },
        },
        started: false,
        halted: false,
        aborted: None,
        steps: Vec::new(),
    }
}

#[expect(clippy::too_many_arguments, reason = "a run is made of these and of nothing else")]
fn prepare(
    by: &Decider,
    runbook: &Runbook,
    version: &RunbookVersion,
    policy: &Policy,
    values: BTreeMap<String, String>,
    (agent, agent_name): (AgentId, String),
    run: &Run,
    now: Timestamp,
) -> Result<(NewExecution, Vec<StoredStep>), EngineError> {
    let declared = &version.parsed.variables;
    known_names(declared, &values)?;
    let mut set = BTreeSet::new();
    let mut steps = Vec::with_capacity(version.parsed.steps.len());
    for step in &version.parsed.steps {
        let needs = needs(step, &set, &values);
        steps.push(prepare_step(step, declared, &values, needs, policy.second_key, now)?);
        set.extend(step.sets.iter().cloned());
    }
    let is_secret = |name: &String| {
        declared.iter().any(|known| known.name == *name && known.kind == VariableKind::Secret)
    };
    let (secrets, variables) = values.into_iter().partition(|(name, _)| is_secret(name));
    let new = NewExecution {
        id: run.id,
        runbook: runbook.id,
        version: version.version,
        title: version.title.clone(),
        state: ExecutionState::Pending,
        trust_level: runbook.trust_level,
        governance_mode: policy.governance_mode,
        locked: runbook.locked_strict,
        policy: serde_json::to_value(policy).map_err(|_| record::corrupt("a policy"))?,
        machine: record::header(run)?,
        variables,
        secrets,
        agent,
        agent_name,
        started_by: by.user,
        led_by: by.actor.name.clone(),
        at: now,
    };
    Ok((new, steps))
}

fn known_names(declared: &[Variable], values: &BTreeMap<String, String>) -> Result<(), EngineError> {
    match values.keys().find(|name| !declared.iter().any(|known| known.name == **name)) {
        Some(name) => {
            let name = dd0c_types::visible::visible(&name.chars().take(80).collect::<String>());
            Err(EngineError::Invalid(format!("This runbook has no variable {name}. Nothing was started.")))
        }
        None => Ok(()),
    }
}

/// What a step takes from an earlier one: it is not run before that has set it.
fn needs(step: &Step, set: &BTreeSet<String>, values: &BTreeMap<String, String>) -> Vec<String> {
    let needed =
        |name: &&String| set.contains(*name) && !step.sets.contains(*name) && !values.contains_key(*name);
    step.uses.iter().filter(needed).cloned().collect()
}

fn prepare_step(
    step: &Step,
    declared: &[Variable],
    values: &BTreeMap<String, String>,
    needs: Vec<String>,
    allowed: SecondKey,
    now: Timestamp,
) -> Result<StoredStep, EngineError> {
    let language = step.command.as_ref().map_or("bash", |command| command.language.as_str());
    let shell = SHELLS.iter().any(|known| known.eq_ignore_ascii_case(language));
    let bound = step
        .command
        .as_ref()
        .map(|command| bind(command.text.reveal(), shell, declared, values))
        .transpose()?;
    let verdict =
        bound.as_ref().map(|bound| judge(&bound.command, language, step.classification.as_ref(), allowed));
    let (rollback, rollback_verdict) = inverse(step, shell, declared, values, allowed);
    let machine = Machine {
        id: step.id,
        order: step.order,
        group: step.group,
        kind: step.kind,
        command: bound.as_ref().map(|bound| bound.command.clone()),
        // What waits for a person at a terminal, or never ends, cannot be run unattended: a person does it.
        runnable: shell && bound.is_some() && !step.hazards.iter().any(needs_a_person),
        risk: verdict.as_ref().map(|verdict| verdict.risk),
        rollback,
        rollback_step: None,
        rollback_of: None,
        unlisted: None,
        branch: step.branch.clone(),
        needs,
        timeout_seconds: None,
        gate: Gate::Typed,
        asks_again: false,
        attempts: 0,
        ever_started: false,
        stop_asked: None,
        lost: false,
        by_hand: false,
        decided_by: None,
        note: None,
        phase: Phase::Pending,
    };
    let kept = Kept {
        step: machine,
        sets: step.sets.clone(),
        uses: step.uses.clone(),
        rollback_origin: step.rollback.as_ref().map(|rollback| rollback.origin),
        rollback_verdict,
    };
    let mut view = first_view(step, verdict, bound.as_ref());
    record::draw(&mut view, &kept, now);
    let environment = bound.map(|bound| bound.environment).unwrap_or_default();
    Ok(record::row(&kept, view, environment)?)
}

const fn needs_a_person(hazard: &Hazard) -> bool {
    matches!(hazard, Hazard::Interactive | Hazard::OtherTerminal)
}

/// The verdict on the bound command. It can only rise above the one that was stored with the runbook.
///
/// What a language model said of the command as written still holds. The local reviewer, where the policy in force lets
/// it serve, is asked again about the command as it will run.
pub(crate) fn judge(
    command: &Command,
    language: &str,
    stored: Option<&Classification>,
    allowed: SecondKey,
) -> Classification {
    let model = stored.and_then(|stored| stored.reviewer.clone());
    let reviewer = model
        .filter(|reviewer| reviewer.kind == ReviewerKind::Llm)
        .or_else(|| dd0c_reviewer::second_key(allowed, command.reveal(), language));
    let mut verdict = dd0c_classifier::classify(command, language, reviewer);
    if let Some(stored) = stored {
        verdict.risk = verdict.risk.max(stored.risk);
    }
    verdict
}

/// The inverse command with its values, judged like any other. One that cannot be bound is not offered.
fn inverse(
    step: &Step,
    shell: bool,
    declared: &[Variable],
    values: &BTreeMap<String, String>,
    allowed: SecondKey,
) -> (Option<Inverse>, Option<Classification>) {
    let bound = step
        .rollback
        .as_ref()
        .filter(|_| shell)
        .map(|rollback| bind(rollback.text.reveal(), true, declared, values));
    let Some(Ok(bound)) = bound else { return (None, None) };
    let verdict = judge(&bound.command, "bash", None, allowed);
    (Some(Inverse { command: bound.command, risk: Some(verdict.risk) }), Some(verdict))
}

fn first_view(step: &Step, verdict: Option<Classification>, bound: Option<&Bound>) -> StepView {
    StepView {
        hazards: step.hazards.clone(),
        branch: step.branch.clone(),
        command: bound.map(|bound| bound.command.clone()),
        environment: bound.map(shown_environment).unwrap_or_default(),
        ..record::blank(step.id, step.order, step.title.clone(), step.kind, verdict)
    }
}

fn shown_environment(bound: &Bound) -> BTreeMap<String, String> {
    let masked = |name: &String, value: &String| {
        if bound.secrets.contains(name) { "••••••".to_owned() } else { value.clone() }
    };
    bound.environment.iter().map(|(name, value)| (name.clone(), masked(name, value))).collect()
}
