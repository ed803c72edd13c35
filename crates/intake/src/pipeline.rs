//! From a pasted text to a classified runbook: the rules first, at once; then, beside each other and within a budget,
//! the model's labels and its verdicts. Whoever listens is told of each as it comes.

use std::sync::Arc;
use std::time::Duration;

use dd0c_llm::prompt::{LABELS, REVIEW};
use dd0c_llm::{Page, apply};
use dd0c_types::classification::Classification;
use dd0c_types::runbook::{ParsedRunbook, Rollback, RollbackOrigin, Step, Timings, Warning};
use dd0c_types::{Command, StepId, TenantId};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::labels::{self, Labels, warning};
use crate::models::Models;
use crate::review::{self, Verdict};
use crate::{ParseError, classify_step, no_reviewer};

/// There is no runbook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRunbook {
    /// For a reason that lies in the text.
    #[error(transparent)]
    Text(#[from] ParseError),
    /// For a reason that lies with us.
    #[error("reading the text broke off: {0}")]
    Broken(String),
}

/// From the paste until a runbook is parsed, with a margin for the way back; the mission says 3.5 s.
const LABELS_WITHIN: Duration = Duration::from_millis(3_400);
/// From the paste until everything is classified; the mission says 5 s.
const ALL_WITHIN: Duration = Duration::from_millis(4_700);
/// From the paste until the last verdict counts: what comes is still kept and counted before the end.
const VERDICTS_WITHIN: Duration = Duration::from_millis(4_500);
/// So long a preview waits for labels and verdicts that are late.
const LATE_WITHIN: Duration = Duration::from_secs(10);

/// A text to read. No `Debug`: it holds commands.
pub(crate) struct Job {
    pub(crate) text: String,
    pub(crate) title: Option<String>,
    /// For whom models may be asked.
    pub(crate) tenant: Option<TenantId>,
}

/// What the rules made of a text, and when it was pasted.
pub(crate) struct Structure {
    /// Under the page's own title: what a model is asked does not depend on the one that a person gives.
    runbook: ParsedRunbook,
    title: Option<String>,
    page: Option<Page>,
    tenant: Option<TenantId>,
    begun: Instant,
}

impl Structure {
    /// What is shown of it.
    pub(crate) fn document(&self) -> ParsedRunbook {
        titled(&self.runbook, self.title.as_deref())
    }

    pub(crate) fn has_command(&self) -> bool {
        has_command(&self.runbook)
    }
}

/// Tells whoever listens to a preview.
#[derive(Clone, Default)]
pub(crate) struct Teller(pub(crate) Option<mpsc::Sender<(&'static str, Vec<u8>)>>);

impl Teller {
    /// A listener that left is no reason to stop: answers are kept for the next time.
    pub(crate) async fn tell(&self, name: &'static str, event: &impl Serialize) {
        let Some(sender) = &self.0 else { return };
        if let Ok(json) = serde_json::to_vec(event) {
            let _ = sender.send((name, json)).await;
        }
    }

    fn listens(&self) -> bool {
        self.0.as_ref().is_some_and(|sender| !sender.is_closed())
    }
}

/// Reads a text by rules and scans every command. A page without a command is kept when a model may still find one.
///
/// # Errors
/// [`NoRunbook`]; nothing was kept.
pub(crate) async fn structure(models: Option<&Arc<Models>>, job: Job) -> Result<Structure, NoRunbook> {
    let begun = Instant::now();
    let asks =
        job.tenant.is_some() && models.is_some_and(|models| models.route.settings().model_parse.is_some());
    let read = tokio::task::spawn_blocking(move || {
        let runbook = crate::structure(&job.text, None)?;
        let page = asks.then(|| Page::of(&job.text, &runbook));
        Ok::<_, ParseError>(Structure { runbook, title: job.title, page, tenant: job.tenant, begun })
    });
    let structure = read.await.map_err(|error| NoRunbook::Broken(error.to_string()))??;
    if !has_command(&structure.runbook) && structure.page.is_none() {
        return Err(ParseError::NoCommands.into());
    }
    Ok(structure)
}

pub(crate) fn has_command(runbook: &ParsedRunbook) -> bool {
    runbook.steps.iter().any(|step| step.command.is_some())
}

fn titled(runbook: &ParsedRunbook, title: Option<&str>) -> ParsedRunbook {
    let mut runbook = runbook.clone();
    if let Some(title) = title {
        title.clone_into(&mut runbook.title);
    }
    runbook
}

/// Adds what the models say within the budget.
///
/// # Errors
/// [`ParseError::NoCommands`] when neither the rules nor the model found one.
pub(crate) async fn finish(
    models: Option<Arc<Models>>,
    structure: Structure,
    teller: Teller,
) -> Result<ParsedRunbook, NoRunbook> {
    let Structure { runbook, title, page, tenant, begun } = structure;
    let mut run =
        Run { runbook, title, reviewer: None, heard: Vec::new(), page: page.map(Arc::new), begun, teller };
    match allowed(models, tenant).await {
        Ok((models, tenant)) => run.ask(&models, tenant).await,
        Err(warning) => run.runbook.warnings.push(warning),
    }
    let runbook = run.document(None);
    run.teller.tell("done", &json!({"runbook": runbook, "waiting": false})).await;
    if has_command(&runbook) { Ok(runbook) } else { Err(ParseError::NoCommands.into()) }
}

/// Who is asked, and for whom; or why nobody is.
async fn allowed(
    models: Option<Arc<Models>>,
    tenant: Option<TenantId>,
) -> Result<(Arc<Models>, TenantId), Warning> {
    let by_rules =
        |code: &str, why: &str| warning(code, format!("The structure was read by rules alone: {why}."));
    let models = models.ok_or_else(|| by_rules("model_absent", "no model is configured"))?;
    let tenant =
        tenant.ok_or_else(|| by_rules("model_not_asked", "a model is asked for signed-in users only"))?;
    match models.may_ask(tenant).await {
        Ok(true) => Ok((models, tenant)),
        Ok(false) => Err(by_rules("model_over_cap", "today's use of models has reached its cap")),
        Err(error) => {
            tracing::warn!(%error, "the use of models cannot be counted, so none is asked");
            Err(by_rules("model_unavailable", "the use of models cannot be counted now"))
        }
    }
}

/// One text on its way.
struct Run {
    runbook: ParsedRunbook,
    /// The title that a person gave.
    title: Option<String>,
    /// The model that is the second key.
    reviewer: Option<String>,
    /// The steps that got a verdict.
    heard: Vec<StepId>,
    page: Option<Arc<Page>>,
    begun: Instant,
    teller: Teller,
}

/// What a task that asks brings home.
enum Found {
    Labels(Labels),
    Verdicts(Vec<Verdict>),
}

/// The tasks that ask. One that is no longer waited for goes on to its own deadline: what was sent is paid for, so it is
/// counted and its answer kept.
type Asking = FuturesUnordered<JoinHandle<Found>>;

/// Until when answers count.
struct Deadlines {
    labels: Instant,
    verdicts: Instant,
    /// When the result is told with what there is.
    whole: Instant,
    /// When nothing is waited for any more.
    end: Instant,
}

impl Deadlines {
    /// A preview is improved in place by what is late; a document is not waited for.
    fn of(begun: Instant, listens: bool) -> Self {
        let late = begun + LATE_WITHIN;
        let whole = begun + ALL_WITHIN;
        if listens {
            Self { labels: late, verdicts: late, whole, end: late + (ALL_WITHIN - VERDICTS_WITHIN) }
        } else {
            Self { labels: begun + LABELS_WITHIN, verdicts: begun + VERDICTS_WITHIN, whole, end: whole }
        }
    }
}

impl Run {
    /// Asks for labels and verdicts beside each other. The first pass of verdicts is on what the rules found; what the
    /// labels add is asked about when it is known.
    async fn ask(&mut self, models: &Arc<Models>, tenant: TenantId) {
        let until = Deadlines::of(self.begun, self.teller.listens());
        self.reviewer.clone_from(&models.route.settings().model_classify);
        let (tells, mut heard) = mpsc::unbounded_channel();
        let asking = Asking::new();
        let mut awaits_labels = self.ask_for_labels(models, tenant, until.labels, &asking);
        self.ask_for_verdicts(models, tenant, &[], until.verdicts, &tells, &asking);
        let mut asking = asking;
        let (mut said_late, mut told) = (false, false);
        while !asking.is_empty() {
            tokio::select! {
                biased;
                Some(verdict) = heard.recv() => self.hear(vec![verdict]).await,
                Some(found) = asking.next() => match found {
                    Ok(Found::Verdicts(verdicts)) => self.agree(verdicts).await,
                    Ok(Found::Labels(labels)) => {
                        awaits_labels = false;
                        let before: Vec<StepId> = self.runbook.steps.iter().map(|step| step.id).collect();
                        self.label(models, labels).await;
                        self.ask_for_verdicts(models, tenant, &before, until.verdicts, &tells, &asking);
                    }
                    Err(error) => tracing::error!(%error, "asking a model broke off"),
                },
                () = sleep_until(self.begun + LABELS_WITHIN), if awaits_labels && !said_late => {
                    said_late = true;
                    self.teller.tell("warning", &labels_are_late()).await;
                }
                () = sleep_until(until.end) => break,
                () = sleep_until(until.whole), if !told => {
                    told = true;
                    let now = self.document(awaits_labels.then(labels_are_late));
                    self.teller.tell("done", &json!({"runbook": now, "waiting": true})).await;
                }
            }
        }
        if awaits_labels {
            self.runbook.warnings.push(labels_are_late());
        }
    }

    /// Whether there is anything to wait for.
    fn ask_for_labels(
        &self,
        models: &Arc<Models>,
        tenant: TenantId,
        deadline: Instant,
        asking: &Asking,
    ) -> bool {
        let Some(page) = self.page.clone() else { return false };
        let (models, source) = (Arc::clone(models), source_sha256(&self.runbook));
        let ask = async move { Found::Labels(labels::ask(&models, tenant, &page, source, deadline).await) };
        asking.push(tokio::spawn(ask));
        true
    }

    /// Asks about the commands of steps that are not in `known` yet.
    fn ask_for_verdicts(
        &self,
        models: &Arc<Models>,
        tenant: TenantId,
        known: &[StepId],
        deadline: Instant,
        tells: &mpsc::UnboundedSender<Verdict>,
        asking: &Asking,
    ) {
        let subjects = review::subjects(&self.runbook, known);
        if subjects.is_empty() || self.reviewer.is_none() {
            return;
        }
        let (models, tells) = (Arc::clone(models), tells.clone());
        let ask =
            async move { Found::Verdicts(review::ask(&models, tenant, &subjects, deadline, tells).await) };
        asking.push(tokio::spawn(ask));
    }

    async fn label(&mut self, models: &Models, found: Labels) {
        self.runbook.timings_ms.labels = crate::millis(self.begun.elapsed());
        for warning in &found.warnings {
            self.teller.tell("warning", warning).await;
        }
        let Some(page) = self.page.clone() else { return };
        let mut warnings = page.warnings();
        warnings.extend(found.warnings);
        if !found.answers.is_empty() {
            let mut labelled = apply(&page, self.runbook.clone(), &found.answers);
            for step in labelled.steps.iter_mut().filter(|step| step.classification.is_none()) {
                classify_step(step);
            }
            let model = models.route.settings().model_parse.as_deref().unwrap_or_default();
            labelled.models.push(LABELS.used(model));
            self.runbook = labelled;
        }
        self.runbook.warnings.extend(warnings);
        if !found.answers.is_empty() {
            self.teller.tell("labels", &titled(&self.runbook, self.title.as_deref())).await;
        }
    }

    /// Puts verdicts on their steps and tells of them.
    async fn hear(&mut self, verdicts: Vec<Verdict>) {
        let mut told = Vec::new();
        for (id, verdict) in verdicts {
            let Some(step) = self.runbook.steps.iter_mut().find(|step| step.id == id) else { continue };
            put_verdict(step, verdict);
            told.push(
                json!({"id": step.id, "classification": step.classification, "rollback": step.rollback}),
            );
            if !self.heard.contains(&id) {
                self.heard.push(id);
            }
        }
        self.runbook.timings_ms.review = crate::millis(self.begun.elapsed());
        self.teller.tell("verdicts", &json!({"steps": told, "timings_ms": self.runbook.timings_ms})).await;
    }

    /// What is kept counts, also where another answer came first.
    async fn agree(&mut self, verdicts: Vec<Verdict>) {
        let differs = |(id, verdict): &Verdict| {
            let step = self.runbook.steps.iter().find(|step| step.id == *id);
            let known = step.and_then(|step| step.classification.as_ref()?.reviewer.as_ref());
            known.is_none_or(|known| known.confidence != verdict.confidence || known.reason != verdict.reason)
        };
        let news: Vec<Verdict> = verdicts.iter().filter(|verdict| differs(verdict)).cloned().collect();
        if !news.is_empty() {
            self.hear(news).await;
        }
    }

    /// The result with what is known now.
    fn document(&self, warning: Option<Warning>) -> ParsedRunbook {
        let mut runbook = titled(&self.runbook, self.title.as_deref());
        if let Some(model) = self.reviewer.as_deref().filter(|_| !self.heard.is_empty()) {
            runbook.models.push(REVIEW.used(model));
        }
        runbook.warnings.extend(warning);
        reviewer_warning(&mut runbook, &self.heard);
        runbook
    }
}

fn labels_are_late() -> Warning {
    warning("model_late", "The structure was read by rules alone: the model's labels are late.".to_owned())
}

fn put_verdict(step: &mut Step, verdict: dd0c_types::ReviewerVerdict) {
    let Some(command) = &step.command else { return };
    if step.rollback.is_none() {
        let suggested = verdict.rollback.clone();
        step.rollback =
            suggested.map(|text| Rollback { text: Command::new(text), origin: RollbackOrigin::Reviewer });
    }
    let elapsed = step.classification.as_ref().map_or(0, |before| before.scanner.elapsed_us);
    let mut judged: Classification =
        dd0c_classifier::classify(&command.text, &command.language, Some(verdict));
    judged.scanner.elapsed_us = elapsed;
    step.classification = Some(judged);
}

/// Says which commands have no second key.
fn reviewer_warning(runbook: &mut ParsedRunbook, heard: &[StepId]) {
    let commands = runbook.steps.iter().filter(|step| step.command.is_some());
    let (all, missing) = commands
        .fold((0, 0), |(all, missing), step| (all + 1, missing + usize::from(!heard.contains(&step.id))));
    if all == missing {
        runbook.warnings.push(no_reviewer());
    } else if missing > 0 {
        let text =
            format!("The reviewer did not answer for {missing} of {all} commands: they are not marked Safe.");
        runbook.warnings.push(warning("reviewer_partial", text));
    }
}

fn source_sha256(runbook: &ParsedRunbook) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&runbook.source.sha256, &mut bytes).expect("invariant: the parser writes 64 digits");
    bytes
}

/// The times of a runbook that was read by rules alone.
pub(crate) fn timings(parse: Duration, scan: Duration) -> Timings {
    Timings { parse: crate::millis(parse), scan: crate::millis(scan), labels: 0.0, review: 0.0 }
}
