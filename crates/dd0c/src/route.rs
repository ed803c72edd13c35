//! The way to a language model, as configured.

use std::time::Duration;

use dd0c_llm::prompt::REVIEW;
use dd0c_llm::review::{self, Case};
use dd0c_llm::{Passage, Price, Question, Route, Settings as RouteSettings};
use dd0c_runtime::config::Settings;
use tokio::time::Instant;

/// How long a model may take to answer the small question.
const TRIED_WITHIN: Duration = Duration::from_secs(15);

/// The way to the models; none when no endpoint is configured.
///
/// # Errors
/// When the endpoint or its key cannot be used, or models are named without an endpoint.
pub(crate) fn of(settings: &Settings) -> anyhow::Result<Option<Route>> {
    let named = [&settings.route_model_parse, &settings.route_model_classify, &settings.route_model_embed];
    let named = named.into_iter().any(Option::is_some);
    let Some(url) = &settings.route_url else {
        anyhow::ensure!(!named, "a model is named but DD0C_ROUTE_URL is not set; nothing was started");
        return Ok(None);
    };
    anyhow::ensure!(
        named,
        "DD0C_ROUTE_URL is set but no model: name one with DD0C_ROUTE_MODEL_PARSE, DD0C_ROUTE_MODEL_CLASSIFY or \
         DD0C_ROUTE_MODEL_EMBED"
    );
    let defaults = RouteSettings::new(url.clone());
    let route = RouteSettings {
        key: settings.route_key.as_ref().map(|key| key.reveal().to_owned()),
        model_parse: settings.route_model_parse.clone(),
        model_classify: settings.route_model_classify.clone(),
        model_embed: settings.route_model_embed.clone(),
        tokens_per_day: settings.route_tokens_per_day.unwrap_or(defaults.tokens_per_day),
        microusd_per_day: settings.route_usd_per_day.map(microusd),
        price: Price {
            prompt: settings.route_usd_per_million_sent.unwrap_or(0.0),
            completion: settings.route_usd_per_million_received.unwrap_or(0.0),
        },
        ..defaults
    };
    Ok(Some(Route::new(route)?))
}

/// A cast saturates, and a cap below zero is none.
fn microusd(dollars: f64) -> u64 {
    (dollars * 1_000_000.0).max(0.0) as u64
}

/// Asks each configured model about `uptime` and says who answered.
///
/// # Errors
/// Which model does not answer, and why.
pub(crate) async fn try_out(route: &Route) -> Result<String, String> {
    let settings = route.settings();
    let mut models: Vec<&str> =
        settings.model_parse.iter().chain(&settings.model_classify).map(String::as_str).collect();
    models.dedup();
    let mut answered = Vec::new();
    for model in models {
        let begun = Instant::now();
        ask(route, model).await.map_err(|why| away(model, &why))?;
        answered.push(format!("{model} answers in {} ms", begun.elapsed().as_millis()));
    }
    if let Some(model) = &settings.model_embed {
        let begun = Instant::now();
        let vector = embed(route, model).await.map_err(|why| away(model, &why))?;
        let (took, numbers) = (begun.elapsed().as_millis(), vector.len());
        answered.push(format!("{model} gives vectors of {numbers} numbers in {took} ms"));
    }
    Ok(answered.join(", "))
}

fn away(model: &str, why: &str) -> String {
    format!("{model} at DD0C_ROUTE_URL: {why}")
}

async fn ask(route: &Route, model: &str) -> Result<(), String> {
    let case = Case::alone("uptime", "bash", "").ok_or("the small question cannot be made")?;
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let user = case.question(&mark);
    let question = Question {
        model,
        system: REVIEW.text,
        user: &user,
        schema_name: REVIEW.purpose,
        schema: &REVIEW.schema,
        max_tokens: REVIEW.max_tokens,
    };
    let (_, answer) = route.ask(&question, Instant::now() + TRIED_WITHIN, review::read).await;
    answer.map(drop).map_err(|error| error.to_string())
}

async fn embed(route: &Route, model: &str) -> Result<Vec<f32>, String> {
    let (_, answer) = route.embed(model, &[Passage::of("uptime")], Instant::now() + TRIED_WITHIN).await;
    let vectors = answer.map_err(|error| error.to_string())?;
    vectors.into_iter().next().ok_or_else(|| "it gave no vector".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_without_a_model_and_a_model_without_an_endpoint_are_said() {
        assert!(of(&Settings::default()).is_ok_and(|route| route.is_none()));
        let url = Settings { route_url: Some("http://127.0.0.1:1".into()), ..Settings::default() };
        assert!(of(&url).err().is_some_and(|error| error.to_string().contains("DD0C_ROUTE_MODEL_PARSE")));
        let model = Settings { route_model_parse: Some("small".into()), ..Settings::default() };
        assert!(of(&model).err().is_some_and(|error| error.to_string().contains("DD0C_ROUTE_URL")));
        for named in [model, Settings { route_model_embed: Some("vectors".into()), ..Settings::default() }] {
            let both = Settings { route_url: url.route_url.clone(), ..named };
            assert!(of(&both).is_ok_and(|route| route.is_some()));
        }
    }
}
