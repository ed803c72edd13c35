//! `policy.json`: what a team decided about asking. A file that cannot be read stops the start; it never loosens.

use std::collections::BTreeMap;

use dd0c_types::{GovernanceMode, Risk, Role, SecondKey};
use serde::{Deserialize, Serialize};

/// A team's policy. Every field left out takes the strict default; a field that is not known is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// `strict`: every step waits for a person. `audit`: Safe steps may run by themselves at trust level 2.
    pub governance_mode: GovernanceMode,
    /// When true, runs start halted until an Owner resumes: the stop switch as a file.
    pub panic: bool,
    /// Who may serve as the second key.
    pub second_key: SecondKey,
    /// The least role that may let a step of each risk run.
    pub approvers: Approvers,
    /// Whether the person who started the run may approve its steps.
    pub requester_may_approve: RequesterMayApprove,
    /// How long a question stays open, in seconds (30 to 86,400).
    pub approval_timeout_seconds: u32,
    /// How long a command may run, in seconds, by risk.
    pub run_timeouts: RunTimeouts,
    /// Stricter rules for single runbooks, by id (`rbk_…`). An override can only tighten.
    pub runbooks: BTreeMap<String, Override>,
}

/// The least role that may let a step run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approvers {
    /// Safe steps.
    pub safe: Role,
    /// Caution steps.
    pub caution: Role,
    /// Dangerous steps.
    pub dangerous: Role,
}

/// Whether the person who started the run may approve its steps (decision 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequesterMayApprove {
    /// Caution steps: yes by default, so that one engineer alone at 3 am can work.
    pub caution: bool,
    /// Dangerous steps: no by default.
    pub dangerous: bool,
}

/// How long a command may run, in seconds (1 to 86,400).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunTimeouts {
    /// Safe steps.
    pub safe: u32,
    /// Caution steps.
    pub caution: u32,
    /// Dangerous steps.
    pub dangerous: u32,
}

/// What one runbook tightens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Override {
    /// `strict`; anything else has no effect.
    pub governance_mode: Option<GovernanceMode>,
    /// A higher least role for every risk.
    pub approver: Option<Role>,
    /// False: the requester approves nothing that asks for an approval.
    pub requester_may_approve: Option<bool>,
    /// A shorter time to answer, in seconds.
    pub approval_timeout_seconds: Option<u32>,
}

/// Why a policy cannot be used. The one in force stays.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not the JSON of a policy.
    #[error("the policy could not be read and the one in force stays: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A number is out of range.
    #[error(
        "the policy was refused and the one in force stays: {field} must lie between {least} and {most} seconds"
    )]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The least value.
        least: u32,
        /// The greatest value.
        most: u32,
    },
    /// A role is too low.
    #[error("the policy was refused and the one in force stays: {0} steps cannot be opened to viewers")]
    RoleTooLow(&'static str),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            governance_mode: GovernanceMode::Strict,
            panic: false,
            second_key: SecondKey::Llm,
            approvers: Approvers::default(),
            requester_may_approve: RequesterMayApprove::default(),
            approval_timeout_seconds: 900,
            run_timeouts: RunTimeouts::default(),
            runbooks: BTreeMap::new(),
        }
    }
}

impl Default for Approvers {
    fn default() -> Self {
        Self { safe: Role::Responder, caution: Role::Responder, dangerous: Role::Lead }
    }
}

impl Default for RequesterMayApprove {
    fn default() -> Self {
        Self { caution: true, dangerous: false }
    }
}

impl Default for RunTimeouts {
    fn default() -> Self {
        Self { safe: 60, caution: 120, dangerous: 300 }
    }
}

impl Policy {
    /// Reads and checks a `policy.json`.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = serde_json::from_str(text)?;
        policy.checked()
    }

    /// The policy that a single-machine install writes: one member, so the requester may approve Dangerous steps too
    /// (by typing the name), and the local reviewer may serve as second key. Everything else is the default.
    pub fn single_machine() -> Self {
        Self {
            second_key: SecondKey::LocalAllowed,
            requester_may_approve: RequesterMayApprove { caution: true, dangerous: true },
            ..Self::default()
        }
    }

    /// The policy as it holds for one runbook: overrides can only tighten.
    #[must_use]
    pub fn for_runbook(&self, runbook: &str) -> Self {
        let mut policy = self.clone();
        if let Some(tighter) = self.runbooks.get(runbook) {
            policy.tighten(tighter);
        }
        policy
    }

    /// The least role that may let a step of this risk run. No verdict counts as Dangerous.
    pub fn role_for(&self, risk: Option<Risk>) -> Role {
        match risk.unwrap_or(Risk::Dangerous) {
            Risk::Safe => self.approvers.safe,
            Risk::Caution => self.approvers.caution,
            Risk::Dangerous => self.approvers.dangerous,
        }
    }

    /// How long a command of this risk may run, in seconds.
    pub fn run_timeout(&self, risk: Risk) -> u32 {
        match risk {
            Risk::Safe => self.run_timeouts.safe,
            Risk::Caution => self.run_timeouts.caution,
            Risk::Dangerous => self.run_timeouts.dangerous,
        }
    }

    fn tighten(&mut self, tighter: &Override) {
        self.governance_mode = self.governance_mode.max(tighter.governance_mode.unwrap_or_default());
        let least = tighter.approver.unwrap_or(Role::Viewer);
        self.approvers = Approvers {
            safe: self.approvers.safe.max(least),
            caution: self.approvers.caution.max(least),
            dangerous: self.approvers.dangerous.max(least),
        };
        let own = tighter.requester_may_approve.unwrap_or(true);
        self.requester_may_approve.caution &= own;
        self.requester_may_approve.dangerous &= own;
        let seconds = tighter.approval_timeout_seconds.unwrap_or(u32::MAX);
        self.approval_timeout_seconds = self.approval_timeout_seconds.min(seconds);
    }

    fn checked(self) -> Result<Self, PolicyError> {
        in_range("approval_timeout_seconds", self.approval_timeout_seconds, 30)?;
        in_range("run_timeouts.safe", self.run_timeouts.safe, 1)?;
        in_range("run_timeouts.caution", self.run_timeouts.caution, 1)?;
        in_range("run_timeouts.dangerous", self.run_timeouts.dangerous, 1)?;
        for seconds in self.runbooks.values().filter_map(|runbook| runbook.approval_timeout_seconds) {
            in_range("runbooks.*.approval_timeout_seconds", seconds, 30)?;
        }
        let Approvers { safe, caution, dangerous } = self.approvers;
        for (name, role) in [("safe", safe), ("caution", caution), ("dangerous", dangerous)] {
            if role == Role::Viewer {
                return Err(PolicyError::RoleTooLow(name));
            }
        }
        Ok(self)
    }
}

fn in_range(field: &'static str, seconds: u32, least: u32) -> Result<(), PolicyError> {
    let most = 86_400;
    if (least..=most).contains(&seconds) {
        Ok(())
    } else {
        Err(PolicyError::OutOfRange { field, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_in_the_repository_is_the_default() {
        let text = include_str!("../../../policy.json");
        assert_eq!(Policy::from_json(text).ok(), Some(Policy::default()));
    }

    #[test]
    fn an_empty_policy_is_the_strict_one() {
        let policy = Policy::from_json("{}").unwrap();
        assert_eq!(policy.governance_mode, GovernanceMode::Strict);
        assert!(!policy.requester_may_approve.dangerous);
        assert_eq!(policy.role_for(None), Role::Lead, "what nobody judged asks for the highest approver");
    }

    #[test]
    fn a_misspelt_field_is_refused_and_not_ignored() {
        for text in [
            r#"{"governance_modes": "audit"}"#,
            r#"{"governance_mode": "relaxed"}"#,
            r#"{"approvers": {"dangerus": "owner"}}"#,
            r#"{"approvers": {"dangerous": "viewer"}}"#,
            r#"{"approval_timeout_seconds": 0}"#,
            r#"{"run_timeouts": {"safe": 0}}"#,
            "",
        ] {
            assert!(Policy::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_override_of_one_runbook_only_tightens() {
        let text = r#"{"governance_mode": "strict", "approvers": {"caution": "lead"}, "runbooks": {
            "loose": {"governance_mode": "audit", "approver": "responder", "requester_may_approve": true, "approval_timeout_seconds": 86400},
            "tight": {"governance_mode": "strict", "approver": "owner", "requester_may_approve": false, "approval_timeout_seconds": 60}}}"#;
        let policy = Policy::from_json(text).unwrap();
        let loose = policy.for_runbook("loose");
        assert_eq!(
            Policy { runbooks: BTreeMap::new(), ..loose },
            Policy { runbooks: BTreeMap::new(), ..policy.clone() }
        );
        let tight = policy.for_runbook("tight");
        assert_eq!(tight.approvers.safe, Role::Owner);
        assert!(!tight.requester_may_approve.caution);
        assert_eq!(tight.approval_timeout_seconds, 60);
    }

    #[test]
    fn the_single_machine_policy_differs_in_two_places_only() {
        let single = Policy::single_machine();
        assert!(single.requester_may_approve.dangerous);
        let back = Policy {
            second_key: SecondKey::Llm,
            requester_may_approve: RequesterMayApprove::default(),
            ..single
        };
        assert_eq!(back, Policy::default());
    }
}
