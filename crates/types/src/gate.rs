//! What a step asks for before it may start. One total function: `approval` shows its answer and the executor
//! computes it again where the step's turn comes, so that neither rests on the word of a caller.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::risk::{Risk, TrustLevel, UnknownSpelling};
use crate::run::Gate;

/// How much policy lets run without a question (decision 9).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GovernanceMode {
    /// Safe steps may run by themselves where the trust level allows it too.
    Audit,
    /// Every step waits for a person.
    #[default]
    Strict,
}

impl GovernanceMode {
    /// The spelling in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            GovernanceMode::Audit => "audit",
            GovernanceMode::Strict => "strict",
        }
    }
}

impl std::str::FromStr for GovernanceMode {
    type Err = UnknownSpelling;
    fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
        [Self::Audit, Self::Strict].into_iter().find(|mode| mode.as_str() == text).ok_or(UnknownSpelling)
    }
}

/// The strictest of what risk, trust level, policy mode and the runbook's lock ask for.
///
/// `has_command` is false for a step that nobody can hand to an agent. A command without a verdict (`risk` none)
/// counts as Dangerous: what nobody judged is not let through lightly.
pub fn gate(
    risk: Option<Risk>,
    trust: TrustLevel,
    mode: GovernanceMode,
    locked_strict: bool,
    has_command: bool,
) -> Gate {
    if !has_command {
        return Gate::ByHand;
    }
    if trust == TrustLevel::Show {
        return Gate::ShowOnly;
    }
    let by_risk = match risk.unwrap_or(Risk::Dangerous) {
        Risk::Safe => Gate::Auto,
        Risk::Caution => Gate::Approve,
        Risk::Dangerous => Gate::Typed,
    };
    let asks = trust == TrustLevel::Ask || mode == GovernanceMode::Strict || locked_strict;
    if asks { by_risk.max(Gate::Run) } else { by_risk }
}
