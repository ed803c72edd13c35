//! What was used of language models.

/// What was used of language models, by one question or by many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelUsage {
    /// Requests that were sent.
    pub calls: u64,
    /// Requests among them that brought no answer that could be used.
    pub failures: u64,
    /// Tokens that were sent.
    pub prompt_tokens: u64,
    /// Tokens that were received.
    pub completion_tokens: u64,
    /// What they cost, in millionths of a dollar.
    pub cost_microusd: u64,
}
