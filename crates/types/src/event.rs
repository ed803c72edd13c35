//! The catalogue of audit events. A name is never reused or renamed: exports live for years.

use std::str::FromStr;

use crate::risk::UnknownSpelling;

macro_rules! catalogue {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The kind of an audit event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is spelled out by its name in the catalogue")]
        pub enum EventType { $($variant),+ }

        impl EventType {
            /// Every event type, in the order of the catalogue.
            pub const ALL: &'static [EventType] = &[$(EventType::$variant),+];

            /// The spelling in SQL, JSON and exports.
            pub const fn as_str(self) -> &'static str {
                match self { $(EventType::$variant => $name),+ }
            }
        }
    };
}

catalogue! {
    RunbookParsed = "runbook.parsed",
    RunbookCreated = "runbook.created",
    RunbookUpdated = "runbook.updated",
    RunbookDeleted = "runbook.deleted",
    RunbookClassified = "runbook.classified",
    RunbookTrustChanged = "runbook.trust_changed",
    RunbookMatchingChanged = "runbook.matching_changed",
    AlertReceived = "alert.received",
    AlertMatched = "alert.matched",
    ExecutionStarted = "execution.started",
    StepReady = "step.ready",
    StepAutoExecuted = "step.auto_executed",
    StepApprovalRequested = "step.approval_requested",
    StepApproved = "step.approved",
    StepApprovalRefused = "step.approval_refused",
    StepEdited = "step.edited",
    StepSkipped = "step.skipped",
    StepUnlistedAdded = "step.unlisted_added",
    StepSetAside = "step.set_aside",
    StepApprovalRevoked = "step.approval_revoked",
    StepRetryAsked = "step.retry_asked",
    StepDispatching = "step.dispatching",
    StepStarted = "step.started",
    StepStopAsked = "step.stop_asked",
    StepCheckAsked = "step.check_asked",
    StepPaused = "step.paused",
    StepResumed = "step.resumed",
    StepAborted = "step.aborted",
    StepExecuted = "step.executed",
    StepFailed = "step.failed",
    StepTimedOut = "step.timed_out",
    StepExpired = "step.expired",
    StepUnknownOutcome = "step.unknown_outcome",
    StepClosedByHand = "step.closed_by_hand",
    StepRolledBack = "step.rolled_back",
    ExecutionCompleted = "execution.completed",
    ExecutionAborted = "execution.aborted",
    ExecutionPaused = "execution.paused",
    ExecutionResumed = "execution.resumed",
    DivergenceDetected = "divergence.detected",
    PanicSet = "panic.set",
    PanicCleared = "panic.cleared",
    PolicyChanged = "policy.changed",
    FlagDisabled = "flag.disabled",
    AgentInvited = "agent.invited",
    AgentEnrolled = "agent.enrolled",
    AgentConnected = "agent.connected",
    AgentLost = "agent.lost",
    AgentRefused = "agent.refused",
    AgentRevoked = "agent.revoked",
    MemberChanged = "member.changed",
    MemberSignedIn = "member.signed_in",
    MemberSignedOut = "member.signed_out",
    TokenCreated = "token.created",
    TokenRevoked = "token.revoked",
    WebhookCreated = "webhook.created",
    WebhookSecretChanged = "webhook.secret_changed",
    WebhookTested = "webhook.tested",
    WebhookDeleted = "webhook.deleted",
    ExportCreated = "export.created",
    CommandClassified = "command.classified",
    SlackInstalled = "slack.installed",
    SlackRemoved = "slack.removed",
    SlackLinked = "slack.linked",
    SlackRefused = "slack.refused",
    StepConfirmationLocked = "step.confirmation_locked",
    AlertRunbookRejected = "alert.runbook_rejected",
}

impl FromStr for EventType {
    type Err = UnknownSpelling;
    fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
        Self::ALL.iter().copied().find(|event| event.as_str() == text).ok_or(UnknownSpelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_no_two_are_alike() {
        for event in EventType::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
        }
        let mut names: Vec<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventType::ALL.len());
    }
}
