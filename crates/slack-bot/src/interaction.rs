//! The names by which Slack tells what was pressed, chosen or submitted. They stand in messages for ever: one that is
//! no longer drawn is still answered.

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The spelling in payloads.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// Reads the spelling.
            pub fn parse(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|one| one.as_str() == text) }
        }
    };
}

named! {
    /// `action_id` of a button or a select.
    Action {
        /// Start the offered runbook (value: `Reference::Offer`).
        RunStart = "run.start",
        /// A link to the runbook in the dashboard; acknowledged and nothing else.
        RunbookPreview = "runbook.preview",
        /// The offered runbook is not the right one (value: `Reference::Offer`, or `Reference::Alert` for none of several).
        MatchReject = "match.reject",
        /// One of several runbooks was chosen (the option's value: `Reference::Offer`).
        MatchPick = "match.pick",
        /// Stop the run (value: `Reference::Run`).
        RunAbort = "run.abort",
        /// Let this step run (value: `Reference::Step`).
        StepApprove = "step.approve",
        /// Stop the running command (value: `Reference::Step`).
        StepStop = "step.stop",
        /// Open the edit modal.
        StepEditOpen = "step.edit.open",
        /// Open the skip modal.
        StepSkipOpen = "step.skip.open",
        /// Open the typed confirmation.
        StepTypedOpen = "step.red.open",
        /// Put the runbook's own command back.
        StepEditUndo = "step.edit.undo",
        /// Run the shown inverse command (value: `Reference::Step` of the failed step, with the inverse command's hash).
        RollbackApprove = "step.rollback.approve",
        /// The same, when the inverse command is Dangerous: open the typed confirmation.
        RollbackTypedOpen = "step.rollback.red.open",
        /// Try again.
        StepRetry = "step.retry",
        /// A person takes over a step that failed, or says that one of unknown outcome is done.
        StepManual = "step.manual",
        /// A step of unknown outcome: it did run.
        StepItRan = "step.it_ran",
        /// A step of unknown outcome: it did not run.
        StepItDidNotRun = "step.it_did_not_run",
        /// Ask the agent for what it knows (value: `Reference::Run`).
        AgentPing = "agent.ping",
        /// Ask again after an approval expired.
        ApprovalRenew = "approval.renew",
        /// Mention those who may approve.
        ApprovalNudge = "approval.nudge",
        /// The condition holds.
        BranchThen = "branch.pick",
        /// The condition does not hold.
        BranchElse = "branch.pick2",
        /// A step for a person is done.
        StepManualDone = "step.manual.done",
        /// Choose a runbook to run, from the home.
        HomeRun = "home.run",
        /// Halt everything (value: `Reference::Tenant`).
        Panic = "panic.open",
        /// A link; acknowledged and nothing else.
        OpenLink = "open.link",
        /// A second link of one block.
        OpenSecondLink = "open.link2",
        /// A third link of one block.
        OpenThirdLink = "open.link3",
    }
}

named! {
    /// `callback_id` of a modal.
    Callback {
        /// Values, prerequisites and agent of a run.
        RunStart = "run.start",
        /// Which runbook to run.
        RunPick = "run.pick",
        /// Why the offered runbook is the wrong one.
        MatchReject = "match.reject",
        /// The edited command.
        StepEdit = "step.edit",
        /// The typed name.
        StepTyped = "step.red.confirm",
        /// The typed name of a Dangerous inverse command.
        RollbackTyped = "step.rollback.red.confirm",
        /// Why a step is left out.
        StepSkip = "step.skip",
        /// What a command means: nothing to submit.
        Explain = "command.explain",
        /// Nothing to submit: loading, or a sentence.
        Notice = "notice",
    }
}

/// `block_id` of the input blocks of modals. Each holds one element with the action id [`field::VALUE`].
pub mod field {
    /// The `action_id` of every input.
    pub const VALUE: &str = "v";
    /// The edited command.
    pub const COMMAND: &str = "cmd";
    /// A reason.
    pub const WHY: &str = "why";
    /// The prerequisites' ticks.
    pub const PREREQUISITES: &str = "pre";
    /// The agent.
    pub const AGENT: &str = "agent";
    /// The runbook.
    pub const RUNBOOK: &str = "runbook";

    /// The n-th variable, from 0, in the order of [`crate::card::StartCard::variables`].
    pub fn variable(n: usize) -> String {
        format!("var_{n}")
    }

    /// The n-th name that is typed, from 0, in the order of [`crate::card::TypedCard::objects`]. The first is `name`.
    pub fn name(n: usize) -> String {
        if n == 0 { "name".to_owned() } else { format!("name_{n}") }
    }
}
