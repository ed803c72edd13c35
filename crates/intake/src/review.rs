//! Asks the model for its verdict on commands, each for itself, with its neighbours.

use std::collections::HashMap;
use std::time::Duration;

use dd0c_llm::prompt::REVIEW;
use dd0c_llm::review::{self, Case, ReviewAnswer};
use dd0c_llm::{Asked, Question, RouteError};
use dd0c_store::model_answers::AnswerKey;
use dd0c_types::runbook::ParsedRunbook;
use dd0c_types::{Command, ReviewerVerdict, StepId, TenantId};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use crate::models::{Answered, Models, add, mark};

/// Commands of one page that are asked about at once; two waves of answers do not fit into the budget.
const AT_ONCE: usize = 200;

/// A verdict is kept by what the model was told of the command, whatever page that stood in: an edit elsewhere in the
/// page asks nothing anew.
const ANY_PAGE: [u8; 32] = [0; 32];

/// How long a single command waits for its verdict.
const ALONE_WITHIN: Duration = Duration::from_millis(4_000);

/// A command that is asked about.
pub(crate) struct Subject {
    pub(crate) step: StepId,
    pub(crate) language: String,
    pub(crate) case: Case,
}

/// A verdict on a step.
pub(crate) type Verdict = (StepId, ReviewerVerdict);

/// The commands of a runbook that may be asked about and are not in `known` yet.
pub(crate) fn subjects(runbook: &ParsedRunbook, known: &[StepId]) -> Vec<Subject> {
    let subject = |index: usize| {
        let step = &runbook.steps[index];
        let language = step.command.as_ref()?.language.clone();
        Some(Subject { step: step.id, language, case: Case::of(runbook, index)? })
    };
    (0..runbook.steps.len())
        .filter(|at| !known.contains(&runbook.steps[*at].id))
        .filter_map(subject)
        .collect()
}

/// Asks about the subjects until `deadline`. Each verdict is told to `heard` as it comes; the whole is the answer.
pub(crate) async fn ask(
    models: &Models,
    tenant: TenantId,
    subjects: &[Subject],
    deadline: Instant,
    heard: mpsc::UnboundedSender<Verdict>,
) -> Vec<Verdict> {
    let Some(model) = models.route.settings().model_classify.clone() else { return Vec::new() };
    let key = AnswerKey {
        purpose: REVIEW.purpose,
        source_sha256: ANY_PAGE,
        parser_version: dd0c_parser::VERSION,
        prompt_sha256: REVIEW.sha256(),
        model,
    };
    let inputs: Vec<[u8; 32]> = subjects.iter().map(|subject| subject.case.sha256()).collect();
    let known = models.known(tenant, &key, &inputs).await;
    let bound = Semaphore::new(AT_ONCE);
    let mut asking: Vec<BoxFuture<'_, (Asked, Result<ReviewAnswer, RouteError>)>> =
        Vec::with_capacity(subjects.len());
    for (subject, known) in subjects.iter().zip(known) {
        asking.push(one(models, &key.model, &bound, subject, known, deadline, &heard).boxed());
    }
    let outcomes = futures::future::join_all(asking).await;
    let mut used = Asked::default();
    let mut answers: HashMap<[u8; 32], ReviewAnswer> = HashMap::new();
    let mut new: Vec<Answered> = Vec::new();
    for (input, (asked, answer)) in inputs.iter().zip(outcomes) {
        add(&mut used, asked);
        let Ok(answer) = answer else { continue };
        if let (true, Ok(value)) = (asked.calls > 0, serde_json::to_value(&answer)) {
            new.push((*input, value));
        }
        answers.insert(*input, answer);
    }
    for (input, kept) in models.keep(tenant, &key, used, new).await {
        answers.extend(serde_json::from_value(kept).ok().map(|first| (input, first)));
    }
    let verdict = |(subject, input): (&Subject, &[u8; 32])| {
        let answer = answers.get(input)?;
        Some((subject.step, subject.case.verdict(&key.model, &subject.language, answer)))
    };
    subjects.iter().zip(&inputs).filter_map(verdict).collect()
}

/// The model's verdict on a single command; none when it may not be asked or does not answer in time.
pub(crate) async fn alone(
    models: &Models,
    tenant: TenantId,
    command: &Command,
    language: &str,
    context: &str,
) -> Option<ReviewerVerdict> {
    let deadline = Instant::now() + ALONE_WITHIN;
    let case = Case::alone(command.reveal(), language, context)?;
    if !models.may_ask(tenant).await.unwrap_or(false) {
        return None;
    }
    let step = StepId::from_uuid(uuid::Uuid::nil());
    let subjects = [Subject { step, language: language.to_owned(), case }];
    let (tells, _) = mpsc::unbounded_channel();
    let verdicts = ask(models, tenant, &subjects, deadline, tells).await;
    verdicts.into_iter().next().map(|(_, verdict)| verdict)
}

async fn one(
    models: &Models,
    model: &str,
    bound: &Semaphore,
    subject: &Subject,
    known: Option<Value>,
    deadline: Instant,
    heard: &mpsc::UnboundedSender<Verdict>,
) -> (Asked, Result<ReviewAnswer, RouteError>) {
    let before = known.and_then(|answer| review::read(&answer.to_string()).ok());
    let (asked, answer) = match before {
        Some(answer) => (Asked::default(), Ok(answer)),
        None => {
            let open = tokio::time::timeout_at(deadline, bound.acquire()).await;
            if open.is_err() {
                return (Asked::default(), Err(RouteError::Late));
            }
            let question = Question {
                model,
                system: REVIEW.text,
                user: &subject.case.question(&mark()),
                schema_name: REVIEW.purpose,
                schema: &REVIEW.schema,
                max_tokens: REVIEW.max_tokens,
            };
            models.route.ask(&question, deadline, review::read).await
        }
    };
    if let Ok(answer) = &answer {
        // Nobody listens for a single command, or any more: the whole is answered all the same.
        let _ = heard.send((subject.step, subject.case.verdict(model, &subject.language, answer)));
    }
    (asked, answer)
}
