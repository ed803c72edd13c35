//! One workspace's desk: looks at one alert or run after another, draws what should stand there, and sends what is
//! missing within the budget. State is read when it is drawn: nothing old ever waits to be sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use dd0c_store::alerts;
use dd0c_store::slack::messages::{self, Message as Recorded};
use dd0c_store::{StoreError, dispatch};
use dd0c_types::{AlertStatus, TenantId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Subject;
use super::budget::{Answer, Budget, Moment, Request};
use super::plan::{Call, CallKind, PARENT, Posted, Weight, plan, to_settle};
use super::send::{Job, Sent, send};
use crate::bot::{Bot, Place};
use crate::load;
use crate::scene::{AlertScene, Picture, of_alert, of_run};

/// How often everything that is not settled is looked at, whatever was heard.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// What changes again within this time is looked at once.
const GATHER_MS: u64 = 150;
/// After a failure.
const RETRY_MS: u64 = 2_000;
/// Alerts that were last heard of longer ago are not posted any more.
const ALERT_AGE: TimeDelta = TimeDelta::hours(12);
const RECENT_ALERTS: u32 = 50;

/// Works until `stop`, or until the workspace is gone.
pub(super) async fn run(bot: Arc<Bot>, tenant: TenantId, workspace: Uuid, stop: CancellationToken) {
    let (wake, woken) = mpsc::unbounded_channel();
    bot.add_desk(workspace, wake);
    let desk = Desk {
        bot,
        tenant,
        workspace,
        budget: Budget::default(),
        begun: Instant::now(),
        due: BTreeMap::new(),
    };
    stop.run_until_cancelled(desk.work(woken)).await;
}

struct Desk {
    bot: Arc<Bot>,
    tenant: TenantId,
    workspace: Uuid,
    budget: Budget,
    begun: Instant,
    /// What is to be looked at, and from when on.
    due: BTreeMap<Subject, Moment>,
}

impl Desk {
    async fn work(mut self, mut woken: mpsc::UnboundedReceiver<Subject>) {
        let mut sweeps = tokio::time::interval(SWEEP_EVERY);
        sweeps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let next = self.due.values().min().copied();
            let wait =
                next.map_or(SWEEP_EVERY, |next| Duration::from_millis(next.0.saturating_sub(self.now().0)));
            tokio::select! {
                subject = woken.recv() => match subject {
                    Some(subject) => self.hear(subject),
                    None => return,
                },
                _ = sweeps.tick() => self.sweep().await,
                () = tokio::time::sleep(wait), if next.is_some() => {
                    if self.look_at_what_is_due().await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    fn now(&self) -> Moment {
        Moment(u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn hear(&mut self, subject: Subject) {
        let soon = Moment(self.now().0 + GATHER_MS);
        let due = self.due.entry(subject).or_insert(soon);
        *due = (*due).min(soon);
    }

    async fn sweep(&mut self) {
        match self.everything().await {
            Ok(subjects) => {
                let now = self.now();
                for subject in subjects {
                    self.due.entry(subject).or_insert(now);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what Slack should show could not be read; it is read again")
            }
        }
    }

    async fn everything(&self) -> Result<Vec<Subject>, StoreError> {
        let mut tx = self.bot.store.tenant(self.tenant).await?;
        let unsettled = messages::unsettled(&mut tx, self.workspace).await?;
        let mut subjects: Vec<Subject> = unsettled.iter().filter_map(|name| Subject::read(name)).collect();
        let live = dispatch::live(&mut tx, None).await?;
        subjects.extend(live.into_iter().map(Subject::Run));
        let since = self.bot.now() - ALERT_AGE;
        let recent = alerts::recent(&mut tx, None, RECENT_ALERTS).await?;
        let shown = recent.iter().filter(|record| {
            record.folded_into.is_none()
                && record.last_seen_at > since
                && record.alert.status != AlertStatus::Resolved
        });
        subjects.extend(shown.map(|record| Subject::Alert(record.id)));
        Ok(subjects)
    }

    /// Looks at one thing that is due. None when the workspace is gone.
    async fn look_at_what_is_due(&mut self) -> Option<()> {
        let now = self.now();
        let (&subject, _) = self.due.iter().filter(|(_, due)| **due <= now).min_by_key(|(_, due)| **due)?;
        self.due.remove(&subject);
        let again = match self.bot.open(self.tenant, self.workspace).await {
            Ok(Some(place)) => self.bring_up_to_date(&place, subject).await,
            Ok(None) => return None,
            Err(error) => Err(error),
        };
        match again {
            Ok(None) => {}
            Ok(Some(at)) => {
                let due = self.due.entry(subject).or_insert(at);
                *due = (*due).min(at);
            }
            Err(error) => {
                tracing::warn!(%error, "Slack could not be brought up to date; it is tried again");
                self.due.insert(subject, Moment(self.now().0 + RETRY_MS));
            }
        }
        Some(())
    }

    /// Draws and sends. Answers when to look again, if something has to wait.
    async fn bring_up_to_date(
        &mut self,
        place: &Place,
        subject: Subject,
    ) -> Result<Option<Moment>, StoreError> {
        let Some(channel) = place.workspace.channel.clone() else { return Ok(None) };
        let pen = self.bot.pen(self.tenant);
        let mut tx = self.bot.store.tenant(self.tenant).await?;
        // A run that an alert led to is told of under the alert.
        let (subject, alert, run) = match subject {
            Subject::Run(run) => match load::alert_of(&mut tx, self.tenant, run).await? {
                Some(alert) => (Subject::Alert(alert.id), None, Some(run)),
                None => (subject, None, Some(run)),
            },
            Subject::Alert(id) => match alerts::get(&mut tx, id).await {
                Ok(alert) => (subject, Some(alert.clone()), alert.execution),
                Err(StoreError::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let recorded = messages::of_subject(&mut tx, self.workspace, &subject.name()).await?;
        if let Some(run) = run {
            let Some(loaded) = load::run(&mut tx, place.whose(), run).await? else { return Ok(None) };
            tx.commit().await?;
            let now = self.bot.now();
            let scene = loaded.scene(&pen, place.workspace.on_call_group.as_deref(), now);
            let pictures = of_run(&scene);
            return self.show(place, &channel, subject, Some(run), &pictures, recorded).await;
        }
        let Some(alert) = alert.filter(|alert| alert.folded_into.is_none()) else { return Ok(None) };
        let candidates = load::candidates(&mut tx, &alert).await?;
        tx.commit().await?;
        let scene = AlertScene { alert: &alert, candidates: &candidates, pen: &pen };
        let pictures: Vec<Picture<'_>> = of_alert(&scene).into_iter().collect();
        self.show(place, &channel, subject, None, &pictures, recorded).await
    }

    async fn show(
        &mut self,
        place: &Place,
        channel: &str,
        subject: Subject,
        run: Option<dd0c_types::ExecutionId>,
        pictures: &[Picture<'_>],
        recorded: Vec<Recorded>,
    ) -> Result<Option<Moment>, StoreError> {
        let wanted: Vec<_> = pictures.iter().map(|picture| picture.wanted.clone()).collect();
        let posted: Vec<Posted> = recorded.iter().map(posted).collect();
        self.settle(&to_settle(&wanted, &posted), &recorded).await?;
        let (mut again, mut parent_sent) = (None, false);
        for call in plan(&wanted, &posted) {
            let picture = pictures.iter().find(|picture| picture.wanted.slot == call.slot);
            let Some(picture) = picture else { continue };
            if let Answer::WaitUntil(at) = self.may_send(channel, subject, &call) {
                again = Some(again.map_or(at, |other: Moment| other.min(at)));
                continue;
            }
            let known = recorded.iter().find(|message| message.slot == call.slot);
            let parent = recorded.iter().find(|message| message.slot == PARENT);
            let job = Job { place, channel, subject, run, picture, known, parent, kind: call.kind };
            match send(&self.bot, &job).await? {
                Sent::Done => parent_sent |= call.slot == PARENT && call.kind == CallKind::Post,
                Sent::TooOften(wait) => {
                    let (now, wait) = (self.now(), u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                    self.budget.refused(now, call.kind == CallKind::Post, wait);
                    again = Some(Moment(now.0.saturating_add(wait)));
                }
                Sent::Unknown(patience) => {
                    let at = Moment(self.now().0.saturating_add(patience));
                    again = Some(again.map_or(at, |other: Moment| other.min(at)));
                }
                Sent::Never => {}
            }
        }
        // With the parent there, the rest of the thread can follow at once.
        if parent_sent { Ok(Some(self.now())) } else { Ok(again) }
    }

    fn may_send(&mut self, channel: &str, subject: Subject, call: &Call) -> Answer {
        let now = self.now();
        let message = format!("{} {}", subject.name(), call.slot);
        let request = match (call.kind, call.weight) {
            (CallKind::Post, _) => Request::Post { channel },
            (CallKind::Update, Weight::Decision) => Request::Decision { message: &message },
            (CallKind::Update, Weight::Progress) => Request::Output { message: &message },
        };
        self.budget.ask(now, request)
    }

    /// Records that messages need no looking at any more.
    async fn settle(&self, slots: &[&str], recorded: &[Recorded]) -> Result<(), StoreError> {
        if slots.is_empty() {
            return Ok(());
        }
        let mut tx = self.bot.store.tenant(self.tenant).await?;
        for message in recorded.iter().filter(|message| slots.contains(&message.slot.as_str())) {
            if let (Some(ts), Some(hash)) = (&message.ts, &message.shown_hash) {
                messages::shown(&mut tx, message.id, ts, hash, message.revision, true).await?;
            }
        }
        tx.commit().await
    }
}

fn posted(message: &Recorded) -> Posted {
    Posted {
        slot: message.slot.clone(),
        ts: message.ts.clone(),
        hash: message.shown_hash,
        settled: message.settled,
        given_up: message.given_up.is_some(),
    }
}
