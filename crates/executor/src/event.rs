//! What can happen to a run and what follows from it.

use dd0c_types::{ApprovalId, AttemptId, Command, CommandHash, EventType, Risk, StepId, Timestamp, UserId};

use crate::run::Inverse;

/// Something that happened.
#[derive(Clone)]
pub enum Event {
    /// The run begins.
    Started,
    /// A person acted on a step.
    Acted {
        /// Which.
        step: StepId,
        /// Who.
        by: Person,
        /// What.
        act: Act,
    },
    /// A person asks for a command that the runbook does not list.
    Unlisted {
        /// Who.
        by: Person,
        /// What.
        new: UnlistedStep,
    },
    /// A person gives the run up.
    Aborted {
        /// Who.
        by: Person,
        /// Why; may be empty.
        reason: String,
    },
    /// The engine claims a step for an agent that is online.
    DispatchClaimed {
        /// Which.
        step: StepId,
        /// The new attempt.
        attempt: AttemptId,
    },
    /// The agent spoke of an attempt.
    Agent {
        /// Which attempt.
        attempt: AttemptId,
        /// What it said.
        word: AgentWord,
        /// How much output of the attempt has arrived, for the message.
        output_bytes: u64,
    },
    /// A deadline passed.
    TimerFired {
        /// Of which step.
        step: StepId,
        /// Which clock.
        kind: TimerKind,
        /// For the clocks of an attempt: which one.
        attempt: Option<AttemptId>,
        /// How much output has arrived, for the message.
        output_bytes: u64,
    },
    /// Panic.
    Halted,
    /// Panic lifted.
    Resumed,
    /// The agent's stream broke.
    AgentLost,
}

/// A person, authenticated by the caller and authorised before the event is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// A name people recognise.
    pub name: String,
}

/// A command that the runbook does not list, judged before it is asked for.
#[derive(Clone)]
pub struct UnlistedStep {
    /// The id of the step that is made of it.
    pub step: StepId,
    /// The door it came through: `web`, `api` or `slack`.
    pub channel: String,
    /// The exact command.
    pub command: Command,
    /// As classified.
    pub risk: Risk,
    /// The inverse command, if one is known.
    pub rollback: Option<Inverse>,
}

/// What a person does with a step.
#[derive(Clone)]
pub enum Act {
    /// Says yes to exactly these bytes.
    Approve {
        /// The decision's id.
        approval: ApprovalId,
        /// What was on the screen.
        command_sha256: CommandHash,
        /// Whether the typed name was right.
        typed: bool,
    },
    /// Leaves it out.
    Skip {
        /// Why.
        reason: String,
    },
    /// Replaces the command.
    Edit {
        /// By this one, to the byte.
        command: Command,
        /// As classified again.
        risk: Risk,
        /// The inverse of the new command, if one is known.
        rollback: Option<Inverse>,
    },
    /// Reports it done.
    Done {
        /// A note; may be empty.
        note: String,
        /// For an unknown outcome: what the person found out. For a failure: that they did it themselves.
        outcome: Option<HumanOutcome>,
        /// For a decision: which way.
        choice: Option<Choice>,
    },
    /// Tries again after a failure; asks again.
    Retry,
    /// Asks a command under way to stop, or takes back the right to start.
    Stop {
        /// Why; may be empty.
        reason: String,
    },
    /// Asks the agent what became of the attempt.
    Check,
    /// Asks for the inverse command, as a step of its own.
    Rollback {
        /// The id of that step.
        new_step: StepId,
    },
}

/// What a person says of an outcome. A statement, kept apart from what the machine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HumanOutcome {
    /// It ran.
    ItRan,
    /// It did not run.
    ItDidNotRun,
    /// They did it themselves, after it had ended badly or nobody had answered.
    ByHand,
}

/// Which way a decision goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The condition holds.
    Then,
    /// It does not.
    Else,
}

/// What an agent says of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentWord {
    /// It is in the journal and will be started.
    Accepted,
    /// It was started.
    Started,
    /// It will never be started.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        reason: String,
    },
    /// It ended, or nobody can say.
    Result(Report),
    /// The answer to a query.
    Status {
        /// What the journal says.
        status: Status,
        /// For people.
        note: String,
    },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How.
    pub kind: ReportKind,
    /// Processes that outlived the step.
    pub survivors: u32,
    /// How much it wrote.
    pub output_bytes: u64,
    /// What the agent knows of an unknown outcome.
    pub note: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// By itself.
    Finished {
        /// 128 + signal when killed by a signal.
        exit_code: i32,
    },
    /// Stopped at the time limit.
    TimedOut,
    /// Stopped at a person's wish.
    Stopped,
    /// The agent died in between: it may have run.
    Unknown,
}

/// What an agent's journal says of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Never seen, and now tombstoned: it can never start there.
    NotSeen,
    /// Accepted.
    Accepted,
    /// Running.
    Running,
    /// Finished: the result follows.
    Finished,
    /// Accepted, then lost.
    Unknown,
    /// Refused: it never starts.
    Refused,
}

/// The clocks of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimerKind {
    /// A question stays open.
    Approval,
    /// People are reminded of it, at 60 % of the time.
    Reminder,
    /// An approval that nobody could use yet runs out.
    Claim,
    /// The agent answers a dispatch.
    Dispatch,
    /// The command ends, with grace.
    Run,
    /// The agent answers a query.
    Answer,
}

/// What the shell must do, in order, with the new state in the same transaction where it is a row, and after the
/// commit where it leaves the house.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep the inverse command before anything is sent.
    StoreRollback {
        /// Of which step.
        step: StepId,
    },
    /// Write an audit row.
    Audit {
        /// Its type.
        event: EventType,
        /// The step it speaks of.
        step: Option<StepId>,
        /// Its facts.
        data: serde_json::Value,
    },
    /// Somebody should claim this step now.
    WantsDispatch {
        /// Which.
        step: StepId,
    },
    /// Send the attempt, once, after the commit.
    Dispatch {
        /// Of which step.
        step: StepId,
        /// The attempt.
        attempt: AttemptId,
        /// An earlier attempt that is proven never to start.
        replaces: Option<AttemptId>,
    },
    /// Ask the agent what it knows.
    Query {
        /// Of which attempt.
        attempt: AttemptId,
    },
    /// Ask the agent to stop the command.
    StopStep {
        /// Which attempt.
        attempt: AttemptId,
        /// Why.
        reason: String,
    },
    /// Tell the agent that its result is kept, after the commit.
    ConfirmResult {
        /// Of which attempt.
        attempt: AttemptId,
    },
    /// Start a clock of a step.
    StartTimer {
        /// Which step.
        step: StepId,
        /// Which clock.
        kind: TimerKind,
        /// The attempt it belongs to.
        attempt: Option<AttemptId>,
        /// When it fires.
        due_at: Timestamp,
    },
    /// Stop all clocks of a step.
    StopTimers {
        /// Which step.
        step: StepId,
    },
    /// Tell people.
    Notify {
        /// Of which step; none for the run.
        step: Option<StepId>,
        /// What happened, for programs.
        what: &'static str,
    },
    /// A step was made that stands behind the runbook's own.
    AddStep {
        /// The new one.
        step: StepId,
        /// What it rolls back; none for a command that the runbook does not list.
        rollback_of: Option<StepId>,
    },
}

impl TimerKind {
    /// Every clock.
    pub const ALL: [TimerKind; 6] = [
        TimerKind::Approval,
        TimerKind::Reminder,
        TimerKind::Claim,
        TimerKind::Dispatch,
        TimerKind::Run,
        TimerKind::Answer,
    ];

    /// The spelling in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            TimerKind::Approval => "approval",
            TimerKind::Reminder => "reminder",
            TimerKind::Claim => "claim",
            TimerKind::Dispatch => "dispatch",
            TimerKind::Run => "run",
            TimerKind::Answer => "answer",
        }
    }

    /// The clock of a spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
