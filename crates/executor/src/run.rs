//! The run as a value: state carries only what exists in that state.

use dd0c_types::account::{Account, Entry};
use dd0c_types::run::{ExecutionState, Gate, StepState, Unlisted};
use dd0c_types::runbook::{Branch, StepKind};
use dd0c_types::{
    ApprovalId, AttemptId, Command, ExecutionId, GovernanceMode, Risk, StepId, Timestamp, TrustLevel, UserId,
};
use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: ExecutionId,
    /// The name of the agent it runs on, for messages.
    pub agent: String,
    /// What holds for all its steps.
    pub rules: Rules,
    /// Whether it was started.
    pub started: bool,
    /// Whether panic holds it.
    pub halted: bool,
    /// Who gave it up, if somebody did.
    pub aborted: Option<Aborted>,
    /// Its steps, in order; rollback steps and unlisted ones stand behind the runbook's own.
    pub steps: Vec<Step>,
}

/// Who gave a run up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aborted {
    /// A name people recognise.
    pub by: String,
    /// Their reason; may be empty.
    pub reason: String,
}

/// What decides the gate and the clocks. Fixed when the run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The trust level it was started under.
    pub trust: TrustLevel,
    /// The policy's mode.
    pub mode: GovernanceMode,
    /// Whether the runbook is locked to `strict`.
    pub locked: bool,
    /// How long a question stays open, and how long an approval lives, in seconds.
    pub approval_seconds: u32,
    /// How long a command may run.
    pub timeouts: Timeouts,
}

/// How long a command may run, in seconds, by risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is a risk")]
pub struct Timeouts {
    pub safe: u32,
    pub caution: u32,
    pub dangerous: u32,
}

/// One step.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its id within the run.
    pub id: StepId,
    /// From 1.
    pub order: u32,
    /// Consecutive steps with the same number came from one item of the text.
    pub group: u32,
    /// What it asks for.
    pub kind: StepKind,
    /// The exact command, values bound.
    pub command: Option<Command>,
    /// Whether an agent can run the command (its language is a shell's).
    pub runnable: bool,
    /// The final risk of the command; none when there is no command or nobody judged it.
    pub risk: Option<Risk>,
    /// The inverse command, judged like any other.
    pub rollback: Option<Inverse>,
    /// The step that was made of the inverse command, once somebody asked for it.
    pub rollback_step: Option<StepId>,
    /// The step this one rolls back.
    pub rollback_of: Option<StepId>,
    /// Who asked for it, when the runbook does not list it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<Unlisted>,
    /// The choice it makes.
    pub branch: Option<Branch>,
    /// Variables it uses that an earlier step should have set and has not. It does not run without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// A time limit of its own, in seconds.
    pub timeout_seconds: Option<u32>,
    /// What the gate asks, as computed when its turn came.
    pub gate: Gate,
    /// Whether it must ask even where the gate would not: after an edit, a retry or a panic.
    pub asks_again: bool,
    /// How many attempts were claimed.
    pub attempts: u32,
    /// Whether any attempt may have started. Once true, never false again.
    pub ever_started: bool,
    /// Who asked the attempt under way to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_asked: Option<String>,
    /// Whether the agent's stream broke while the attempt was under way, and it has said nothing of it since.
    #[serde(default)]
    pub lost: bool,
    /// Whether a person says that they did it themselves.
    #[serde(default)]
    pub by_hand: bool,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// What people should know: the reason of a skip, what is unknown.
    pub note: Option<String>,
    /// Where it stands.
    pub phase: Phase,
}

/// The inverse of a step.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Inverse {
    /// The command.
    pub command: Command,
    /// Its own final risk.
    pub risk: Option<Risk>,
}

/// Where a step stands, with what exists only there.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// An earlier step is not finished.
    Pending,
    /// Its turn has come, and a person does it by hand; or panic holds it.
    Ready,
    /// Waits for a person.
    AwaitApproval {
        /// Nothing runs after that.
        expires_at: Timestamp,
    },
    /// A person said yes.
    Approved {
        /// To exactly what.
        approval: Approval,
        /// The attempt that provably never starts, when this claim replaces one.
        tombstoned: Option<AttemptId>,
    },
    /// The gate lets it run.
    AutoOk {
        /// As in `Approved`.
        tombstoned: Option<AttemptId>,
    },
    /// Claimed.
    Dispatching {
        /// The attempt under way.
        flight: Flight,
    },
    /// The agent accepted it.
    Running {
        /// The attempt under way.
        flight: Flight,
    },
    /// Frozen by panic.
    Paused {
        /// The attempt under way.
        flight: Flight,
    },
    /// Ended with exit code 0, or a person reports it done.
    Succeeded,
    /// Ended badly.
    Ended {
        /// How.
        how: Ending,
        /// Whether somebody must still decide what follows.
        open: bool,
    },
    /// Nobody knows what happened.
    ManualIntervention {
        /// The attempt in question.
        flight: Flight,
    },
    /// Left out; never started.
    Skipped,
    /// Given up; never started.
    Aborted,
    /// Nobody answered; never started.
    Expired,
}

/// How a step ended badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Another exit code than 0, or stopped at a person's wish.
    Failed,
    /// Ran out of time and was stopped.
    TimedOut,
    /// The agent refused it: it never started.
    Refused,
}

/// A person's yes to exactly these bytes. Single use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Who.
    pub user: UserId,
    /// A name people recognise.
    pub by: String,
    /// After that it is worth nothing.
    pub expires_at: Timestamp,
}

/// What lets an attempt start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warrant {
    /// The gate, under policy `audit` and trust level 2.
    Gate,
    /// A person.
    Person(Approval),
}

/// An attempt that may be at the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Its id.
    pub attempt: AttemptId,
    /// What lets it start.
    pub warrant: Warrant,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When the agent accepted it.
    pub accepted_at: Option<Timestamp>,
    /// When the agent reported the start.
    pub started_at: Option<Timestamp>,
}

/// What a run's time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// Waiting for a person.
    Human,
    /// A command runs.
    Machine,
    /// Neither.
    Idle,
    /// The run is over.
    Nothing,
}

impl Phase {
    /// The attempt that is, or may still be, at the agent.
    pub const fn flight(&self) -> Option<&Flight> {
        match self {
            Phase::Dispatching { flight }
            | Phase::Running { flight }
            | Phase::Paused { flight }
            | Phase::ManualIntervention { flight } => Some(flight),
            _ => None,
        }
    }

    /// Whether a command is on its way or runs, as far as the machine knows.
    pub const fn in_flight(&self) -> bool {
        matches!(self, Phase::Dispatching { .. } | Phase::Running { .. } | Phase::Paused { .. })
    }

    /// Whether it has the turn: nothing else may be opened beside it.
    pub const fn has_turn(&self) -> bool {
        self.in_flight()
            || matches!(
                self,
                Phase::Ready | Phase::AwaitApproval { .. } | Phase::Approved { .. } | Phase::AutoOk { .. }
            )
    }

    /// Whether the next step of the runbook may come: it ended well, was left out, or somebody decided to go on.
    pub const fn settled(&self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Skipped | Phase::Aborted | Phase::Ended { open: false, .. })
    }
}

impl Step {
    /// A step that a person added to the run: it asks, whatever its gate would allow.
    pub(crate) const fn asked_for(id: StepId, order: u32, command: Command, risk: Option<Risk>) -> Self {
        Self {
            id,
            order,
            group: 0,
            kind: StepKind::Command,
            command: Some(command),
            runnable: true,
            risk,
            rollback: None,
            rollback_step: None,
            rollback_of: None,
            unlisted: None,
            branch: None,
            needs: Vec::new(),
            timeout_seconds: None,
            gate: Gate::Typed,
            asks_again: true,
            attempts: 0,
            ever_started: false,
            stop_asked: None,
            lost: false,
            by_hand: false,
            decided_by: None,
            note: None,
            phase: Phase::Pending,
        }
    }

    /// Where it stands, in the product's words.
    pub fn state(&self) -> StepState {
        match &self.phase {
            Phase::Ended { how, open } => self.ended_state(*how, *open),
            other => plain_state(other),
        }
    }

    /// Whether it ended badly and somebody must still decide what follows.
    pub const fn is_open(&self) -> bool {
        matches!(
            self.phase,
            Phase::Ended { open: true, .. } | Phase::ManualIntervention { .. } | Phase::Expired
        )
    }

    /// Whether it is one of the runbook's own.
    pub const fn is_listed(&self) -> bool {
        self.rollback_of.is_none() && self.unlisted.is_none()
    }

    /// Whether an inverse command is known that nobody has asked for yet.
    pub const fn rollback_available(&self) -> bool {
        self.rollback.is_some() && self.rollback_step.is_none()
    }

    /// How long its command may run, in seconds.
    pub fn timeout(&self, rules: &Rules) -> u32 {
        self.timeout_seconds.unwrap_or(match self.risk {
            Some(Risk::Safe) => rules.timeouts.safe,
            Some(Risk::Caution) => rules.timeouts.caution,
            Some(Risk::Dangerous) | None => rules.timeouts.dangerous,
        })
    }

    fn ended_state(&self, how: Ending, open: bool) -> StepState {
        if open && how != Ending::Refused && self.rollback_available() {
            return StepState::RollbackAvailable;
        }
        match how {
            Ending::TimedOut => StepState::TimedOut,
            Ending::Failed | Ending::Refused => StepState::Failed,
        }
    }
}

fn plain_state(phase: &Phase) -> StepState {
    match phase {
        Phase::Pending => StepState::Pending,
        Phase::Ready => StepState::Ready,
        Phase::AwaitApproval { .. } => StepState::AwaitApproval,
        Phase::Approved { .. } => StepState::Approved,
        Phase::AutoOk { .. } => StepState::AutoOk,
        Phase::Dispatching { .. } => StepState::Dispatching,
        Phase::Running { .. } => StepState::Running,
        Phase::Paused { .. } => StepState::Paused,
        other => final_state(other),
    }
}

fn final_state(phase: &Phase) -> StepState {
    match phase {
        Phase::Succeeded => StepState::Succeeded,
        Phase::Skipped => StepState::Skipped,
        Phase::Aborted => StepState::Aborted,
        Phase::Expired => StepState::Expired,
        Phase::Ended { .. } => StepState::Failed,
        _ => StepState::ManualIntervention,
    }
}

impl Run {
    /// Where the run stands: a function of its steps.
    pub fn state(&self) -> ExecutionState {
        let unknown = self.any(|phase| matches!(phase, Phase::ManualIntervention { .. }));
        let flying = self.any(Phase::in_flight);
        if !self.started {
            ExecutionState::Pending
        } else if self.aborted.is_some() && !unknown && !flying {
            ExecutionState::Aborted
        } else if self.steps.iter().all(|step| step.phase.settled()) {
            ExecutionState::Completed
        } else if self.halted {
            ExecutionState::Paused
        } else {
            self.live_state(unknown, flying)
        }
    }

    /// What its time is spent on now.
    pub fn spending(&self) -> Spending {
        let machine = self.any(|phase| matches!(phase, Phase::Running { .. }));
        match self.state() {
            ExecutionState::Completed | ExecutionState::Aborted => Spending::Nothing,
            _ if machine => Spending::Machine,
            ExecutionState::Waiting | ExecutionState::Failed | ExecutionState::ManualIntervention => {
                Spending::Human
            }
            ExecutionState::Pending | ExecutionState::Running | ExecutionState::Paused => Spending::Idle,
        }
    }

    /// What ran, what never started, what is not known.
    pub fn account(&self) -> Account {
        Account::of(self.steps.iter().map(|step| Entry {
            order: step.order,
            state: step.state(),
            ever_started: step.ever_started,
            by_hand: step.by_hand,
            rollback: step.rollback_available(),
        }))
    }

    /// The step with this id.
    pub fn find(&self, id: StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The step whose attempt this is, while it is or may be at the agent.
    pub fn flying(&self, attempt: AttemptId) -> Option<&Step> {
        self.steps.iter().find(|step| step.phase.flight().is_some_and(|flight| flight.attempt == attempt))
    }

    /// The step that may be claimed now, if there is one.
    pub fn claimable(&self) -> Option<&Step> {
        let ready = |step: &&Step| matches!(step.phase, Phase::Approved { .. } | Phase::AutoOk { .. });
        self.steps.iter().find(ready).filter(|_| !self.halted && self.aborted.is_none())
    }

    fn live_state(&self, unknown: bool, flying: bool) -> ExecutionState {
        let about_to = |phase: &Phase| matches!(phase, Phase::Approved { .. } | Phase::AutoOk { .. });
        if flying || self.any(about_to) {
            ExecutionState::Running
        } else if unknown || self.any(|phase| matches!(phase, Phase::Expired)) {
            ExecutionState::ManualIntervention
        } else if self.any(Phase::has_turn) {
            ExecutionState::Waiting
        } else if self.any(|phase| matches!(phase, Phase::Ended { open: true, .. })) {
            ExecutionState::Failed
        } else {
            ExecutionState::Pending
        }
    }

    fn any(&self, holds: impl Fn(&Phase) -> bool) -> bool {
        self.steps.iter().any(|step| holds(&step.phase))
    }
}
