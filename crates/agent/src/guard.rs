//! The last look before a command: may this agent start this attempt now? Pure; every no is a code and a sentence.

use std::time::Instant;

use dd0c_pki::AgentIdentity;
use dd0c_pki::grant::{self, Grant};
use dd0c_types::intent::Intent;
use dd0c_types::{AttemptId, ExecutionId, Risk};

use crate::config::Config;
use crate::environment;
use crate::lease::{Lease, NoRight};

/// With a clock further off than this, nothing Dangerous is started.
const MOST_SKEW_MS: i64 = 300_000;

/// Why nothing is started: a word for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The word.
    pub code: &'static str,
    /// The sentence. It never quotes the command.
    pub reason: String,
}

/// What the journal knows that matters here.
pub trait Seen {
    /// Whether anything is known of this attempt, or may have been and was lost.
    fn attempt(&self, attempt: AttemptId) -> bool;
    /// The highest fence seen for this run.
    fn fence(&self, execution: ExecutionId) -> u64;
}

/// What a start is judged by.
pub struct Look<'a> {
    /// Who this agent is, from its own certificate.
    pub identity: AgentIdentity,
    /// The key pinned at enrolment.
    pub grant_key: &'a [u8; 32],
    /// The agent's own file.
    pub config: &'a Config,
    /// The right to start.
    pub lease: &'a Lease,
    /// When the message came.
    pub received: Instant,
    /// Now.
    pub now: Instant,
    /// Now by this machine's wall clock, in milliseconds since 1970.
    pub local_unix_ms: i64,
}

/// An attempt that passed every check.
pub struct Cleared {
    /// What to run.
    pub intent: Intent,
    /// Under which grant.
    pub grant: Grant,
}

impl std::fmt::Debug for Cleared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cleared({})", self.intent.attempt)
    }
}

impl Look<'_> {
    /// Judges a message, in the order of the protocol: bytes and signature, whose, when, seen, right, and what.
    /// On a refusal, the attempt is named when the bytes name one.
    pub fn judge(
        &self,
        intent: &[u8],
        signed: &[u8],
        seen: &impl Seen,
    ) -> Result<Cleared, (Option<AttemptId>, Refusal)> {
        let intent = Intent::decode(intent).map_err(|error| (None, refusal("bad_intent", error)))?;
        let judged = self.judge_intent(&intent, signed, seen);
        match judged {
            Ok(grant) => Ok(Cleared { intent, grant }),
            Err(no) => Err((Some(intent.attempt), no)),
        }
    }

    /// Whether the right to start still holds: asked again right before the process is made.
    pub fn right(&self, panic_epoch: u64) -> Result<(), Refusal> {
        self.lease.check(panic_epoch, self.now).map_err(|no| match no {
            NoRight::Halted => refusal("halted", "a panic holds: nothing is started"),
            NoRight::Expired => refusal("no_lease", "there is no live lease from the gateway"),
            NoRight::Epoch => refusal("epoch", "the grant is from before or after the current panic epoch"),
        })
    }

    fn judge_intent(&self, intent: &Intent, signed: &[u8], seen: &impl Seen) -> Result<Grant, Refusal> {
        let grant = grant::verify(self.grant_key, signed, &intent.hash())
            .map_err(|error| refusal("bad_grant", error))?;
        self.addressee(intent)?;
        self.time(&grant)?;
        if grant.fence < seen.fence(intent.execution) {
            return Err(refusal("stale_fence", "a newer engine has taken over this run"));
        }
        if seen.attempt(intent.attempt) {
            return Err(refusal("already_seen", "this attempt is known here, or may have been"));
        }
        self.right(grant.panic_epoch)?;
        self.form(intent)?;
        self.risk(intent)?;
        Ok(grant)
    }

    fn addressee(&self, intent: &Intent) -> Result<(), Refusal> {
        if intent.tenant != self.identity.tenant {
            return Err(refusal("wrong_tenant", "the command is for another tenant"));
        }
        if intent.agent != self.identity.agent {
            return Err(refusal("wrong_agent", "the command is for another agent"));
        }
        Ok(())
    }

    fn time(&self, grant: &Grant) -> Result<(), Refusal> {
        let waited = self.now.saturating_duration_since(self.received).as_millis();
        let age = self.lease.age_ms(grant.issued_unix_ms, self.local_unix_ms);
        if waited.saturating_add(u128::from(age)) >= u128::from(grant.validity_ms) {
            return Err(refusal("expired", "the grant is no longer valid"));
        }
        Ok(())
    }

    fn form(&self, intent: &Intent) -> Result<(), Refusal> {
        if !matches!(intent.shell.as_str(), "bash" | "sh") {
            return Err(refusal("bad_shell", "only bash and sh are spoken here"));
        }
        if intent.command.reveal().contains('\0') || intent.cwd.contains('\0') {
            return Err(refusal(
                "bad_intent",
                "the command holds a NUL byte, which no shell reads as written",
            ));
        }
        if intent.timeout_ms == 0 {
            return Err(refusal("bad_intent", "the command has no time to run"));
        }
        if let Some(name) = intent.sets.iter().find(|name| !environment::is_name(name)) {
            return Err(refusal("bad_intent", format!("{name:?} is not the name of a variable")));
        }
        if let Some(reason) = environment::denied(&intent.environment) {
            return Err(refusal("denied_environment", reason));
        }
        Ok(())
    }

    fn risk(&self, intent: &Intent) -> Result<(), Refusal> {
        let verdict = dd0c_classifier::scan(intent.command.reveal()).verdict;
        let own = verdict.risk.at_least();
        if own > intent.risk {
            return Err(refusal(
                "rescan_higher",
                format!(
                    "this agent's own scanner ({}) says {}, and it was sent as {} by scanner {}",
                    verdict.version,
                    own.word(),
                    intent.risk.word(),
                    intent.scanner_version
                ),
            ));
        }
        if intent.risk == Risk::Dangerous && self.lease.skew_ms().is_some_and(|ms| ms.abs() > MOST_SKEW_MS) {
            return Err(refusal(
                "clock_skew",
                "this machine's clock is more than 5 minutes off, and nothing Dangerous runs under a wrong clock",
            ));
        }
        if intent.risk > self.config.max_risk {
            return Err(refusal(
                "above_max_risk",
                format!(
                    "this agent's own file allows {} at most, and this is {}",
                    self.config.max_risk.word(),
                    intent.risk.word()
                ),
            ));
        }
        let denied = self.config.deny.iter().any(|text| intent.command.reveal().contains(text.as_str()));
        if denied {
            return Err(refusal("local_deny", "a deny rule in this agent's own file matches the command"));
        }
        Ok(())
    }
}

pub(crate) fn refusal(code: &'static str, reason: impl ToString) -> Refusal {
    Refusal { code, reason: reason.to_string() }
}
