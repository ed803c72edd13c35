//! A run as a whole: its parent message, panic in it, and its end.

use std::time::Duration;

use dd0c_types::account::Account;
use dd0c_types::divergence::{Departure, DivergenceItem};
use dd0c_types::run::{ExecutionState, ExecutionView, StepState, StepView};
use dd0c_types::{AlertStatus, Channel};

use super::offer::between;
use super::{Picture, RunScene};
use crate::card::{
    AbortedCard, AlertLine, Link, PanicCard, RiskWord, RunCard, RunLine, RunWord, RunbookName, StoppedStep,
    SummaryCard, aborted, panic as panic_card, started, summary,
};
use crate::outgoing::plan::PARENT;

/// The one message in the channel.
pub(super) fn parent<'s>(scene: &'s RunScene<'s>) -> Picture<'s> {
    let over = scene.run.state.is_final();
    let picture = Picture::new(PARENT.to_owned(), move |revision| started(&run_card(scene, revision)));
    picture.settled(over).only_if_posted(over)
}

/// Panic, in the thread of every run that it froze. Its words stay when panic is lifted.
pub(super) fn panic<'s>(scene: &'s RunScene<'s>) -> Option<Picture<'s>> {
    let at = scene.story.paused_at?;
    let slot = format!("{}/panic/{}", scene.run.id.uuid().simple(), at.timestamp_millis());
    let by = scene.panic.changed_by.as_ref();
    let card = PanicCard {
        by: by.map_or_else(|| "somebody".to_owned(), |by| scene.people.name(by)),
        how: by.map_or("dd0c/run", |by| door(by.channel)),
        at: scene.panic.changed_at.unwrap_or(at),
        reason: scene.panic.reason.clone(),
        reached_in: None,
        paused: None,
        revoked: Some(scene.story.revoked),
        link: scene.pen.urls.run(scene.run.id),
    };
    Some(Picture::new(slot, move |_| panic_card(&card)).settled(true))
}

/// The summary, or that it was aborted.
pub(super) fn end<'s>(scene: &'s RunScene<'s>) -> Option<Picture<'s>> {
    let id = scene.run.id.uuid().simple();
    match scene.run.state {
        ExecutionState::Completed => {
            let card = summary_card(scene);
            Some(Picture::new(format!("{id}/summary"), move |_| summary(&card)).settled(true))
        }
        _ => {
            let card = aborted_card(scene)?;
            let known = !matches!(card.stopped, Some(StoppedStep::Asked(_)));
            Some(Picture::new(format!("{id}/aborted"), move |_| aborted(&card)).settled(known))
        }
    }
}

/// The run as its parent message tells of it.
fn run_card(scene: &RunScene<'_>, revision: u32) -> RunCard {
    let run = scene.run;
    let counts = Counts::of(run);
    let (step, of) = place(run);
    RunCard {
        runbook: RunbookName {
            title: run.title.clone(),
            version: run.version,
            link: Some(scene.pen.urls.run(run.id)),
        },
        state: run_word(run),
        step,
        of,
        led_by: scene.people.person(scene.lead).name,
        started_at: run.started_at,
        agent: run.agent_name.clone().map(|name| (name, run.agent_online)),
        done: counts.done,
        running: counts.running,
        waiting: counts.waiting,
        failed: counts.failed,
        skipped: counts.skipped,
        to_go: counts.to_go,
        alert: alert_line(scene),
        revision,
    }
}

/// Where a run stands, in a word.
pub fn run_word(run: &ExecutionView) -> RunWord {
    match run.state {
        ExecutionState::Pending | ExecutionState::Running => RunWord::Running,
        ExecutionState::Waiting => RunWord::Waiting,
        ExecutionState::Paused => RunWord::Paused,
        ExecutionState::Completed => RunWord::Finished,
        ExecutionState::Failed | ExecutionState::ManualIntervention => RunWord::NeedsAPerson,
        ExecutionState::Aborted => RunWord::Aborted,
    }
}

/// A run in a list.
pub fn run_line(run: &ExecutionView, led_by: String, link: Link) -> RunLine {
    let (step, of) = place(run);
    RunLine { runbook: run.title.clone(), state: run_word(run), step, of, led_by, link: Some(link) }
}

/// The step it is at, and how many there are.
fn place(run: &ExecutionView) -> (u32, u32) {
    let listed = || run.steps.iter().filter(|step| step.rollback_of.is_none() && step.unlisted.is_none());
    let of = u32::try_from(listed().count()).unwrap_or(u32::MAX);
    let begun = |step: &&StepView| !matches!(step.state, StepState::Pending | StepState::Aborted);
    let at = listed().filter(begun).map(|step| step.order).max().unwrap_or(1);
    (at.min(of.max(1)), of)
}

fn alert_line(scene: &RunScene<'_>) -> Option<AlertLine> {
    let record = scene.alert?;
    let link = record.alert.url.as_deref().and_then(Link::new);
    Some(AlertLine { sender: record.alert.sender.name(), number: super::number(&record.alert.number), link })
}

/// Steps by how they stand.
#[derive(Default)]
struct Counts {
    done: u32,
    running: u32,
    waiting: u32,
    failed: u32,
    skipped: u32,
    to_go: u32,
}

impl Counts {
    fn of(run: &ExecutionView) -> Self {
        let mut counts = Self::default();
        for step in &run.steps {
            let count = match step.state {
                StepState::Succeeded => &mut counts.done,
                StepState::Approved
                | StepState::AutoOk
                | StepState::Dispatching
                | StepState::Running
                | StepState::Paused => &mut counts.running,
                StepState::Ready
                | StepState::AwaitApproval
                | StepState::Expired
                | StepState::ManualIntervention => &mut counts.waiting,
                StepState::Failed | StepState::TimedOut | StepState::RollbackAvailable => &mut counts.failed,
                StepState::Skipped | StepState::Aborted => &mut counts.skipped,
                StepState::Pending => &mut counts.to_go,
            };
            *count += 1;
        }
        counts
    }
}

fn summary_card(scene: &RunScene<'_>) -> SummaryCard {
    let run = scene.run;
    let counts = Counts::of(run);
    let (_, of) = place(run);
    let divergences = departures(run);
    let resolved = scene.alert.map(|record| record.alert.status == AlertStatus::Resolved);
    SummaryCard {
        runbook: RunbookName {
            title: run.title.clone(),
            version: run.version,
            link: Some(scene.pen.urls.run(run.id)),
        },
        took: run.ended_at.map_or_else(Duration::default, |ended| between(run.started_at, ended)),
        median: scene.median_seconds.map(Duration::from_secs),
        waited: Duration::from_secs_f64(run.seconds.human.max(0.0)),
        ran: counts.done,
        skipped: counts.skipped,
        failed: counts.failed,
        of,
        approvals: approvals(scene),
        divergence_count: u32::try_from(divergences.len()).unwrap_or(u32::MAX),
        review: (!divergences.is_empty()).then(|| scene.pen.urls.departures(run.id)),
        divergences,
        timeline: scene.pen.urls.run(run.id),
        audit: Some(scene.pen.urls.audit(run.id)),
        alert: alert_line(scene).zip(resolved),
    }
}

/// Who said yes to what, in the order of the steps; Safe ones are not worth a line.
fn approvals(scene: &RunScene<'_>) -> Vec<(RiskWord, String)> {
    let of_step = |step: &StepView| {
        let risk: RiskWord = step.risk.into();
        let yes = scene.story.turns(step.id).iter().filter_map(|turn| turn.approved.as_ref());
        yes.map(|yes| (risk, scene.people.name(&yes.by))).collect::<Vec<_>>()
    };
    let worth = |(risk, _): &(RiskWord, String)| *risk != RiskWord::Safe;
    scene.run.steps.iter().flat_map(of_step).filter(worth).collect()
}

/// How the run departed from the runbook, step by step, in words.
fn departures(run: &ExecutionView) -> Vec<String> {
    dd0c_executor::divergence::compare(&run.steps).iter().filter_map(departure).collect()
}

/// None when it did not.
fn departure(item: &DivergenceItem) -> Option<String> {
    let order = item.order;
    let note = item.note.as_deref().filter(|note| !note.is_empty());
    let note = note.map(|note| format!(" (\"{note}\")")).unwrap_or_default();
    Some(match item.departure {
        Departure::AsWritten | Departure::NotChosen | Departure::NotReached => return None,
        Departure::Skipped => format!("step {order} skipped{note}"),
        Departure::Edited => format!("step {order}: command edited"),
        Departure::RolledBack => format!("a rollback ran as step {order}"),
        Departure::ByHand => format!("step {order} done by hand"),
        Departure::NotSucceeded => format!("step {order} did not succeed"),
        Departure::Unlisted => {
            let by = item.unlisted.as_ref().map(|unlisted| format!(", asked for by {}", unlisted.by));
            format!("a command beside the runbook ran{}", by.unwrap_or_default())
        }
    })
}

fn aborted_card(scene: &RunScene<'_>) -> Option<AbortedCard> {
    let (by, at, _) = scene.story.aborted.as_ref()?;
    let run = scene.run;
    let (step, of) = place(run);
    let account = Account::of_views(&run.steps);
    let number = |steps: &[u32]| u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let rollbacks = Some(number(&account.rollbacks)).filter(|number| *number > 0);
    let in_flight = run
        .steps
        .iter()
        .find(|step| matches!(step.state, StepState::Dispatching | StepState::Running | StepState::Paused));
    let ended = run.steps.iter().find(|step| step.ended_at.is_some_and(|ended| ended > *at));
    let stopped = match (in_flight, ended) {
        (Some(step), _) => Some(StoppedStep::Asked(step.order)),
        (None, Some(step)) => step.ended_at.map(|ended| StoppedStep::Ended(step.order, between(*at, ended))),
        (None, None) => None,
    };
    Some(AbortedCard {
        by: scene.people.name(by),
        at: *at,
        step,
        of,
        ran: number(&account.ran),
        never_started: number(&account.never_started),
        stopped,
        rollbacks: rollbacks.map(|number| (number, scene.pen.urls.run(run.id))),
        link: scene.pen.urls.run(run.id),
    })
}

/// How panic was pressed.
const fn door(channel: Channel) -> &'static str {
    match channel {
        Channel::Slack => "panic in Slack",
        Channel::Web => "the dashboard",
        Channel::Api => "the API",
        Channel::Webhook | Channel::Agent | Channel::Internal => "dd0c/run",
    }
}
