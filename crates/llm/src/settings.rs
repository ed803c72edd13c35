//! Where the models are and what they may cost.

use dd0c_types::ModelUsage;

use crate::exchange::Asked;

/// The settings of dd0c/route. No `Debug`: they hold the key.
#[derive(Clone)]
pub struct Settings {
    /// The endpoint: `https://host`, `https://host/v1` or the whole path to `/chat/completions` or `/embeddings`.
    pub url: String,
    /// Its key, when it wants one.
    pub key: Option<String>,
    /// The model that labels pages; none when pages are not labelled.
    pub model_parse: Option<String>,
    /// The model that is the second key; none when it is not.
    pub model_classify: Option<String>,
    /// The model that turns alerts and runbooks into vectors; none when only their words are compared.
    pub model_embed: Option<String>,
    /// Most tokens for each customer and day, sent and received; nothing is asked above it.
    pub tokens_per_day: u64,
    /// Most millionths of a dollar for each customer and day; none for no such cap.
    pub microusd_per_day: Option<u64>,
    /// What tokens cost.
    pub price: Price,
}

/// What tokens cost: dollars for a million, which is millionths of a dollar for one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Price {
    /// Tokens that are sent.
    pub prompt: f64,
    /// Tokens that are received.
    pub completion: f64,
}

/// What a customer may use a day when nobody says otherwise: some 400 pages of 5,000 tokens.
pub(crate) const TOKENS_PER_DAY: u64 = 2_000_000;

/// The settings cannot be used. Nothing was asked.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The URL is not one.
    #[error("DD0C_ROUTE_URL is not an http or https URL")]
    Url,
    /// The key holds a character that no header may.
    #[error("DD0C_ROUTE_KEY holds a character that cannot be sent")]
    Key,
    /// The client cannot be made.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

impl Settings {
    /// Settings for an endpoint, with the defaults for everything else.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key: None,
            model_parse: None,
            model_classify: None,
            model_embed: None,
            tokens_per_day: TOKENS_PER_DAY,
            microusd_per_day: None,
            price: Price::default(),
        }
    }

    /// Whether a customer who has used so much today may use more.
    pub fn allow(&self, used: &ModelUsage) -> bool {
        let tokens = used.prompt_tokens.saturating_add(used.completion_tokens);
        let dear = self.microusd_per_day.is_some_and(|most| used.cost_microusd >= most);
        tokens < self.tokens_per_day && !dear
    }

    /// What was asked, with its price, for the customer's counters.
    pub fn priced(&self, asked: Asked) -> ModelUsage {
        ModelUsage {
            calls: asked.calls,
            failures: asked.failures,
            prompt_tokens: asked.prompt_tokens,
            completion_tokens: asked.completion_tokens,
            cost_microusd: self.price.cost_microusd(asked.prompt_tokens, asked.completion_tokens),
        }
    }
}

impl Price {
    /// The cost of a call in millionths of a dollar, rounded up.
    pub fn cost_microusd(&self, prompt_tokens: u64, completion_tokens: u64) -> u64 {
        let cost = self.prompt * prompt_tokens as f64 + self.completion * completion_tokens as f64;
        // A cast saturates, and no price is below zero.
        cost.max(0.0).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_either_cap_nothing_more_is_asked() {
        let settings = Settings {
            tokens_per_day: 1_000,
            microusd_per_day: Some(375),
            price: Price { prompt: 0.25, completion: 1.25 },
            ..Settings::new("http://127.0.0.1:1")
        };
        let used = |prompt_tokens, completion_tokens| {
            settings.priced(Asked { prompt_tokens, completion_tokens, ..Asked::default() })
        };
        assert!(settings.allow(&ModelUsage::default()) && settings.allow(&used(899, 100)));
        assert!(!settings.allow(&used(900, 100)), "the tokens are used up");
        assert!(!settings.allow(&used(0, 300)), "the dollars are");
    }

    #[test]
    fn a_call_costs_at_least_what_it_costs() {
        let price = Price { prompt: 0.25, completion: 1.25 };
        assert_eq!(price.cost_microusd(1_000, 100), 375);
        assert_eq!(price.cost_microusd(1, 0), 1);
        assert_eq!(Price::default().cost_microusd(1_000_000, 1), 0);
    }
}
