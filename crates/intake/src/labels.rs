//! Asks the model for the labels of a page: part by part, at once, and only what was not answered before.

use dd0c_llm::labels::{self, LabelAnswer};
use dd0c_llm::prompt::LABELS;
use dd0c_llm::{Asked, MOST_PARTS, Page, Part, Question, RouteError};
use dd0c_store::model_answers::AnswerKey;
use dd0c_types::TenantId;
use dd0c_types::runbook::Warning;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use tokio::time::Instant;

use crate::models::{Models, add, mark};

/// Parts of one page that are asked about at once.
const AT_ONCE: usize = 6;

/// What came of asking.
pub(crate) struct Labels {
    /// The answers about the parts that got one, in the order of the page.
    pub(crate) answers: Vec<LabelAnswer>,
    /// What the reader should know.
    pub(crate) warnings: Vec<Warning>,
}

/// Asks about a page until `deadline`.
pub(crate) async fn ask(
    models: &Models,
    tenant: TenantId,
    page: &Page,
    source_sha256: [u8; 32],
    deadline: Instant,
) -> Labels {
    let Some(model) = models.route.settings().model_parse.clone() else {
        return Labels { answers: Vec::new(), warnings: Vec::new() };
    };
    let key = AnswerKey {
        purpose: LABELS.purpose,
        source_sha256,
        parser_version: dd0c_parser::VERSION,
        prompt_sha256: LABELS.sha256(),
        model,
    };
    let mut parts = page.parts();
    let all = parts.len();
    parts.truncate(MOST_PARTS);
    let inputs: Vec<[u8; 32]> = parts.iter().map(|part| labels::sha256(page, part)).collect();
    let known = models.known(tenant, &key, &inputs).await;
    let mut asking: Vec<BoxFuture<'_, Outcome>> = Vec::with_capacity(parts.len());
    for ((part, input), known) in parts.iter().zip(&inputs).zip(known) {
        asking.push(one(models, &key.model, page, part, *input, known, deadline).boxed());
    }
    let outcomes: Vec<Outcome> = futures::stream::iter(asking).buffered(AT_ONCE).collect().await;
    settle(models, tenant, &key, outcomes, all).await
}

/// What came of one part.
struct Outcome {
    input: [u8; 32],
    asked: Asked,
    answer: Result<LabelAnswer, RouteError>,
}

async fn one(
    models: &Models,
    model: &str,
    page: &Page,
    part: &Part,
    input: [u8; 32],
    known: Option<Value>,
    deadline: Instant,
) -> Outcome {
    let before = known.and_then(|answer| labels::read(page, part, &answer.to_string()).ok());
    if let Some(answer) = before {
        return Outcome { input, asked: Asked::default(), answer: Ok(answer) };
    }
    let question = Question {
        model,
        system: LABELS.text,
        user: &labels::question(page, part, &mark()),
        schema_name: LABELS.purpose,
        schema: &LABELS.schema,
        max_tokens: LABELS.max_tokens,
    };
    let (asked, answer) = models.route.ask(&question, deadline, |text| labels::read(page, part, text)).await;
    Outcome { input, asked, answer }
}

/// Keeps what is new and says what is missing.
async fn settle(
    models: &Models,
    tenant: TenantId,
    key: &AnswerKey,
    outcomes: Vec<Outcome>,
    parts: usize,
) -> Labels {
    let mut used = Asked::default();
    let mut failed = None;
    let mut answers = Vec::new();
    let mut new = Vec::new();
    for outcome in outcomes {
        add(&mut used, outcome.asked);
        match outcome.answer {
            Ok(answer) => {
                if let (true, Ok(value)) = (outcome.asked.calls > 0, serde_json::to_value(&answer)) {
                    new.push((outcome.input, value));
                }
                answers.push((outcome.input, answer));
            }
            Err(error) => failed = Some(error),
        }
    }
    for (input, kept) in models.keep(tenant, key, used, new).await {
        let first = serde_json::from_value(kept).ok();
        let place = answers.iter_mut().find(|(known, _)| *known == input);
        if let (Some(first), Some((_, answer))) = (first, place) {
            *answer = first;
        }
    }
    let missing = parts - answers.len();
    let warnings = missing_warning(failed.as_ref(), missing, parts).into_iter().collect();
    Labels { answers: answers.into_iter().map(|(_, answer)| answer).collect(), warnings }
}

fn missing_warning(failed: Option<&RouteError>, missing: usize, parts: usize) -> Option<Warning> {
    if missing == 0 {
        return None;
    }
    let (code, why) = match failed {
        None => ("model_partial", "the page is too long for the model".to_owned()),
        Some(error @ RouteError::Late) => ("model_late", error.to_string()),
        Some(error @ RouteError::Malformed(_)) => ("model_invalid", error.to_string()),
        Some(error) => ("model_unavailable", error.to_string()),
    };
    let code = if missing < parts { "model_partial" } else { code };
    let of = if missing < parts {
        format!("{missing} of {parts} parts of the page were")
    } else {
        "The structure was".to_owned()
    };
    Some(warning(code, format!("{of} read by rules alone: {why}.")))
}

/// A remark without a place.
pub(crate) fn warning(code: &str, text: String) -> Warning {
    Warning { code: code.to_owned(), text, source: None }
}
