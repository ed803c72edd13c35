//! Reads from the store what messages are drawn from.

use dd0c_approval::actions::{Viewer, fill};
use dd0c_approval::{Policy, Requester};
use dd0c_store::alerts::{self, Record as AlertRecord};
use dd0c_store::audit::{self, AuditFilter};
use dd0c_store::panic::{self, PanicState};
use dd0c_store::slack::people as slack_people;
use dd0c_store::{StoreError, TenantTx, agents, durations, executions, runbooks, users};
use dd0c_types::run::{ExecutionState, ExecutionView};
use dd0c_types::{ExecutionId, Role, RunbookId, TenantId, Timestamp, UserId};
use uuid::Uuid;

use crate::card::SlackGroup;
use crate::scene::{Candidate, Pen, People, RunScene, Story, Told};

/// A run, read whole.
pub(crate) struct LoadedRun {
    pub(crate) run: ExecutionView,
    pub(crate) story: Story,
    pub(crate) people: People,
    pub(crate) lead: UserId,
    pub(crate) policy: Policy,
    pub(crate) panic: PanicState,
    pub(crate) alert: Option<AlertRecord>,
    agent_seen_at: Option<Timestamp>,
    median_seconds: Option<u64>,
}

/// How many events of a run are read at a time.
const EVENTS: u32 = 1_000;
/// Among how many alerts that of a run is looked for which was not noted yet.
const RECENT_ALERTS: u32 = 500;
/// How many recent runs are looked at for figures of a runbook.
const RECENT_RUNS: u32 = 200;

/// The run as somebody would see it who may do everything that the engine takes now.
pub(crate) async fn run(
    tx: &mut TenantTx<'_>,
    (tenant, workspace): (TenantId, Uuid),
    id: ExecutionId,
) -> Result<Option<LoadedRun>, StoreError> {
    let Some(mut run) = executions::view(tx, id).await? else { return Ok(None) };
    let Some(facts) = executions::facts(tx, id).await? else { return Ok(None) };
    // A policy that does not read back is not loosened by that: the strict default holds.
    let policy = Policy::from_json(&facts.policy.to_string()).unwrap_or_default();
    let panic = panic::get(tx).await?;
    let somebody = UserId::from_uuid(Uuid::nil());
    let viewer = Viewer { role: Role::Owner, user: somebody, requester: Requester(facts.requester) };
    fill(&mut run, &facts.open, panic.halted, &viewer, &policy);
    let agent = match run.agent_id {
        Some(agent) => agents::get(tx, agent).await.ok(),
        None => None,
    };
    let completed_at = run.ended_at.filter(|_| run.state == ExecutionState::Completed);
    let median_seconds = match completed_at {
        Some(ended_at) => durations::median_before(tx, run.runbook_id, ended_at).await?,
        None => None,
    };
    Ok(Some(LoadedRun {
        story: Story::tell(&events(tx, id).await?),
        people: people(tx, workspace).await?,
        lead: facts.requester,
        policy,
        panic,
        alert: alert_of(tx, tenant, id).await?,
        agent_seen_at: agent.and_then(|agent| agent.last_seen_at),
        median_seconds,
        run,
    }))
}

/// The alert that a run was started for. A run is heard of before it is noted with its alert: its id tells by then.
pub(crate) async fn alert_of(
    tx: &mut TenantTx<'_>,
    tenant: TenantId,
    run: ExecutionId,
) -> Result<Option<AlertRecord>, StoreError> {
    if let Some(noted) = alerts::of_execution(tx, run).await? {
        return Ok(Some(noted));
    }
    let recent = alerts::recent(tx, None, RECENT_ALERTS).await?;
    Ok(recent.into_iter().find(|alert| alert.next_run(tenant) == run))
}

/// Everybody, and who is linked.
pub(crate) async fn people(tx: &mut TenantTx<'_>, workspace: Uuid) -> Result<People, StoreError> {
    let linked = slack_people::list(tx, workspace).await?;
    Ok(People::new(users::list(tx).await?, &linked))
}

/// The runbooks of an alert's choice, as they are now. What was deleted is left out.
pub(crate) async fn candidates(
    tx: &mut TenantTx<'_>,
    alert: &AlertRecord,
) -> Result<Vec<Candidate>, StoreError> {
    let mut candidates = Vec::new();
    for ranked in alert.choice.iter().flat_map(|choice| &choice.ranked) {
        candidates.extend(candidate(tx, ranked.runbook).await?);
    }
    Ok(candidates)
}

/// A runbook's latest version and its last run.
pub(crate) async fn candidate(tx: &mut TenantTx<'_>, id: RunbookId) -> Result<Option<Candidate>, StoreError> {
    let runbook = match runbooks::get(tx, id).await {
        Ok(runbook) => runbook,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let version = runbooks::get_version(tx, id, runbook.latest_version).await?;
    let runs = executions::list(tx, None, RECENT_RUNS).await?;
    let last = runs.iter().find(|run| run.runbook_id == id);
    let last_run = last.map(|run| {
        let completed = run.state == ExecutionState::Completed;
        (run.started_at, run.ended_at.filter(|_| completed))
    });
    Ok(Some(Candidate { version, last_run }))
}

impl LoadedRun {
    pub(crate) fn scene<'s>(&'s self, pen: &'s Pen, on_call: Option<&str>, now: Timestamp) -> RunScene<'s> {
        RunScene {
            run: &self.run,
            story: &self.story,
            people: &self.people,
            lead: self.lead,
            policy: &self.policy,
            panic: &self.panic,
            alert: self.alert.as_ref(),
            agent_seen_at: self.agent_seen_at,
            on_call: on_call.and_then(SlackGroup::new),
            median_seconds: self.median_seconds,
            now,
            pen,
        }
    }
}

async fn events(tx: &mut TenantTx<'_>, id: ExecutionId) -> Result<Vec<Told>, StoreError> {
    let filter = AuditFilter { execution: Some(id), ..AuditFilter::default() };
    let (mut told, mut after) = (Vec::new(), 0);
    loop {
        let page = audit::page(tx, after, EVENTS, &filter).await?;
        let more = page.len() == EVENTS as usize;
        for event in page {
            after = event.seq;
            told.push(Told {
                at: event.created_at,
                event: event.event_type,
                by: event.actor,
                data: event.data,
            });
        }
        if !more {
            return Ok(told);
        }
    }
}
