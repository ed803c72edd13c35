//! From a pasted text to a classified runbook: the rules first, at once; then, beside each other and within a budget,
//! the model's labels and its verdicts. Whoever listens is told of each as it comes.

use std::sync::Arc;
use std::time::Duration;

use dd0c_llm::prompt::{LABELS, REVIEW};
use dd0c_llm::{Page, apply};
use dd0c_types::classification::Classification;
use dd0c_types::runbook::{ParsedRunbook, Rollback, RollbackOrigin, Step, Timings, Warning};
use dd0c_types::{Command, StepId, TenantId};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
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
/// So long a preview that is still open waits for labels that are late.
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
    pub(crate) runbook: ParsedRunbook,
    page: Option<Page>,
    tenant: Option<TenantId>,
    begun: Instant,
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
        let runbook = crate::structure(&job.text, job.title.as_deref())?;
        let page = asks.then(|| Page::of(&job.text, &runbook));
        Ok::<_, ParseError>(Structure { runbook, page, tenant: job.tenant, begun })
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

/// Adds what the models say within the budget.
///
/// # Errors
/// [`ParseError::NoCommands`] when neither the rules nor the model found one.
pub(crate) async fn finish(
    models: Option<Arc<Models>>,
    structure: Structure,
    teller: Teller,
) -> Result<ParsedRunbook, NoRunbook> {
    let Structure { runbook, page, tenant, begun } = structure;
    let mut run = Run { runbook, heard: Vec::new(), page, begun, teller };
    match allowed(models.as_deref(), tenant).await {
        Ok((models, tenant)) => run.ask(models, tenant).await,
        Err(warning) => run.runbook.warnings.push(warning),
    }
    run.settle();
    run.teller.tell("done", &json!({"runbook": run.runbook, "waiting": false})).await;
    if has_command(&run.runbook) { Ok(run.runbook) } else { Err(ParseError::NoCommands.into()) }
}

/// Who is asked, and for whom; or why nobody is.
async fn allowed(models: Option<&Models>, tenant: Option<TenantId>) -> Result<(&Models, TenantId), Warning> {
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
    /// The steps that got a verdict.
    heard: Vec<StepId>,
    page: Option<Page>,
    begun: Instant,
    teller: Teller,
}

type Reviews<'r> = FuturesUnordered<BoxFuture<'r, Vec<Verdict>>>;

impl Run {
    /// Asks for labels and verdicts beside each other. The first pass of verdicts is on what the rules found; what the
    /// labels add is asked about when it is known.
    async fn ask(&mut self, models: &Models, tenant: TenantId) {
        let source = source_sha256(&self.runbook);
        let (end, labels_end) = (self.begun + ALL_WITHIN, self.begun + LABELS_WITHIN);
        let verdicts_end = self.begun + VERDICTS_WITHIN;
        let page = self.page.take();
        let mut labels = page.as_ref().map(|page| {
            let deadline = if self.teller.listens() { self.begun + LATE_WITHIN } else { labels_end };
            labels::ask(models, tenant, page, source, deadline).boxed()
        });
        let (tells, mut heard) = mpsc::unbounded_channel();
        let reviews: Reviews<'_> = FuturesUnordered::new();
        let review = |runbook: &ParsedRunbook, known: &[StepId]| {
            let (subjects, tells) = (review::subjects(runbook, known), tells.clone());
            async move { review::ask(models, tenant, source, &subjects, verdicts_end, tells).await }.boxed()
        };
        reviews.push(review(&self.runbook, &[]));
        let mut reviews = reviews;
        let mut said_late = false;
        while labels.is_some() || !reviews.is_empty() {
            tokio::select! {
                biased;
                Some(verdict) = heard.recv() => self.hear(vec![verdict]).await,
                Some(verdicts) = reviews.next(), if !reviews.is_empty() => self.agree(verdicts).await,
                found = until(&mut labels), if labels.is_some() => {
                    labels = None;
                    let before: Vec<StepId> = self.runbook.steps.iter().map(|step| step.id).collect();
                    self.label(models, page.as_ref(), found).await;
                    reviews.push(review(&self.runbook, &before));
                }
                () = sleep_until(labels_end), if labels.is_some() && !said_late => {
                    said_late = true;
                    let text = "The model's labels are late; they are added when they come.";
                    self.teller.tell("warning", &warning("model_late", text.to_owned())).await;
                }
                () = sleep_until(end) => break,
            }
        }
        drop(reviews);
        if let Some(late) = labels {
            self.wait_for_late(models, page.as_ref(), late).await;
        }
        if let Some(model) =
            models.route.settings().model_classify.as_deref().filter(|_| !self.heard.is_empty())
        {
            self.runbook.models.push(REVIEW.used(model));
        }
    }

    /// The budget is over: says so with what there is, and lets a preview be improved in place.
    async fn wait_for_late(&mut self, models: &Models, page: Option<&Page>, late: BoxFuture<'_, Labels>) {
        if self.teller.listens() {
            let mut now = self.runbook.clone();
            reviewer_warning(&mut now, &self.heard);
            self.teller.tell("done", &json!({"runbook": now, "waiting": true})).await;
        }
        let found = late.await;
        self.label(models, page, found).await;
    }

    async fn label(&mut self, models: &Models, page: Option<&Page>, found: Labels) {
        self.runbook.timings_ms.labels = crate::millis(self.begun.elapsed());
        for warning in &found.warnings {
            self.teller.tell("warning", warning).await;
        }
        let Some(page) = page else { return };
        let mut warnings = page.warnings();
        warnings.extend(found.warnings);
        if !found.answers.is_empty() {
            let mut labelled = apply(page, self.runbook.clone(), &found.answers);
            for step in labelled.steps.iter_mut().filter(|step| step.classification.is_none()) {
                classify_step(step);
            }
            let model = models.route.settings().model_parse.as_deref().unwrap_or_default();
            labelled.models.push(LABELS.used(model));
            self.runbook = labelled;
        }
        self.runbook.warnings.extend(warnings);
        if !found.answers.is_empty() {
            self.teller.tell("labels", &self.runbook).await;
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

    fn settle(&mut self) {
        reviewer_warning(&mut self.runbook, &self.heard);
    }
}

/// Labels that are awaited, or nothing for ever.
async fn until(labels: &mut Option<BoxFuture<'_, Labels>>) -> Labels {
    match labels {
        Some(labels) => labels.await,
        None => std::future::pending().await,
    }
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
