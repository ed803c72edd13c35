//! Where the models are and what they may cost.

/// The settings of dd0c/route. No `Debug`: they hold the key.
#[derive(Clone)]
pub struct Settings {
    /// The endpoint: `https://host`, `https://host/v1` or the whole path to `/chat/completions`.
    pub url: String,
    /// Its key, when it wants one.
    pub key: Option<String>,
    /// The model that labels pages; none when pages are not labelled.
    pub model_parse: Option<String>,
    /// The model that is the second key; none when it is not.
    pub model_classify: Option<String>,
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
            tokens_per_day: TOKENS_PER_DAY,
            microusd_per_day: None,
            price: Price::default(),
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
    fn a_call_costs_at_least_what_it_costs() {
        let price = Price { prompt: 0.25, completion: 1.25 };
        assert_eq!(price.cost_microusd(1_000, 100), 375);
        assert_eq!(price.cost_microusd(1, 0), 1);
        assert_eq!(Price::default().cost_microusd(1_000_000, 1), 0);
    }
}
