//! Who may serve as the second key.

use dd0c_types::{ReviewerVerdict, SecondKey};

/// The local reviewer's word, if the policy lets it serve.
pub fn second_key(allowed: SecondKey, command: &str, language: &str) -> Option<ReviewerVerdict> {
    match allowed {
        SecondKey::Llm => None,
        SecondKey::LocalAllowed => crate::review(command, language),
    }
}
