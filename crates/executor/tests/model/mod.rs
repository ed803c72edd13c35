//! A run, an honest agent that may be slow, silent or dead, and a network that delays, repeats and reorders.

use std::collections::BTreeMap;

use dd0c_executor::{
    Act, AgentWord, Choice, Effect, Event, HumanOutcome, Inverse, Person, Phase, Refused, Report, ReportKind,
    Rules, Run, Status, Step, Timeouts, TimerKind, UnlistedStep, step,
};
use dd0c_types::run::Gate;
use dd0c_types::runbook::{Branch, StepKind};
use dd0c_types::{
    ApprovalId, AttemptId, Command, CommandHash, ExecutionId, GovernanceMode, Risk, StepId, Timestamp,
    TrustLevel, UserId,
};
use proptest::prelude::*;
use uuid::Uuid;

/// One move of the world: which kind, on which thing, and a choice.
pub(crate) type Move = (u8, u8, bool);

/// What a step is made of.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub risk: Option<Risk>,
    pub command: bool,
    pub rollback: bool,
    pub decision: bool,
    pub needs: bool,
}

/// What decides the gate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Governed {
    pub trust: TrustLevel,
    pub mode: GovernanceMode,
    pub locked: bool,
}

/// What the agent's journal holds of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    Unseen,
    Tombstoned,
    Accepted,
    Refused,
    Finished(i32),
    Lost,
}

pub(crate) struct World {
    pub run: Run,
    pub now: Timestamp,
    /// Every attempt that was ever dispatched, with its step and the journal's word.
    pub attempts: BTreeMap<AttemptId, (StepId, Journal)>,
    pub messages: Vec<(AttemptId, AgentWord)>,
    next: u128,
}

pub(crate) fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let risk = prop::option::weighted(0.9, prop::sample::select(Risk::ALL.to_vec()));
    let flags =
        (prop::bool::weighted(0.85), any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let plan = (risk, flags).prop_map(|(risk, (command, rollback, decision, needs))| Plan {
        risk,
        command,
        rollback,
        decision,
        needs,
    });
    prop::collection::vec(plan, 1..4)
}

pub(crate) fn governed() -> impl Strategy<Value = Governed> {
    let trust = prop::sample::select(vec![
        TrustLevel::Show,
        TrustLevel::Ask,
        TrustLevel::Copilot,
        TrustLevel::Copilot,
    ]);
    let mode = prop::sample::select(vec![GovernanceMode::Audit, GovernanceMode::Strict]);
    (trust, mode, prop::bool::weighted(0.2)).prop_map(|(trust, mode, locked)| Governed {
        trust,
        mode,
        locked,
    })
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec((0..28u8, any::<u8>(), any::<bool>()), 1..80)
}

pub(crate) fn moment() -> Timestamp {
    Timestamp::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn person() -> Person {
    Person { user: UserId::from_uuid(Uuid::from_u128(9)), name: "riley@example.org".to_owned() }
}

pub(crate) fn run_of(plans: &[Plan], governed: Governed) -> Run {
    let steps = plans.iter().enumerate().map(|(at, plan)| step_of(at, plan)).collect();
    let timeouts = Timeouts { safe: 60, caution: 120, dangerous: 300 };
    let Governed { trust, mode, locked } = governed;
    Run {
        id: ExecutionId::from_uuid(Uuid::from_u128(1)),
        agent: "prod-eu-1".to_owned(),
        rules: Rules { trust, mode, locked, approval_seconds: 900, timeouts },
        started: false,
        halted: false,
        aborted: None,
        steps,
    }
}

fn step_of(at: usize, plan: &Plan) -> Step {
    let order = u32::try_from(at).unwrap() + 1;
    let command = plan.command.then(|| Command::new(format!("command-{order}")));
    let branch = Branch { condition: "it is".to_owned(), then: Some(order + 1), otherwise: Some(order + 2) };
    Step {
        id: StepId::from_uuid(Uuid::from_u128(100 + u128::from(order))),
        order,
        group: order,
        kind: if plan.decision { StepKind::Decision } else { StepKind::Command },
        runnable: command.is_some(),
        risk: plan.risk.filter(|_| command.is_some()),
        command,
        rollback: plan.rollback.then(|| Inverse { command: Command::new("undo"), risk: Some(Risk::Caution) }),
        rollback_step: None,
        rollback_of: None,
        unlisted: None,
        branch: plan.decision.then_some(branch),
        needs: if plan.needs && at > 0 { vec!["SINCE".to_owned()] } else { Vec::new() },
        timeout_seconds: None,
        gate: Gate::Typed,
        asks_again: false,
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

impl World {
    pub(crate) fn new(run: Run) -> Self {
        Self { run, now: moment(), attempts: BTreeMap::new(), messages: Vec::new(), next: 10_000 }
    }

    /// Feeds one event; a refusal leaves everything as it was.
    pub(crate) fn feed(&mut self, event: Event) -> Result<Vec<Effect>, Refused> {
        let (run, effects) = step(&self.run, event, self.now)?;
        self.run = run;
        for effect in &effects {
            self.perform(effect);
        }
        Ok(effects)
    }

    /// What a move means in this world; none when it only changes the agent or the network.
    pub(crate) fn event(&mut self, (kind, which, flag): Move) -> Option<Event> {
        match kind {
            0..=10 => self.by_people((kind, which, flag)),
            11..=15 => self.by_agent((kind, which, flag)),
            16..=18 => self.delivered(which),
            19 => Some(self.timer(which)),
            20 => Some(if flag { Event::Halted } else { Event::Resumed }),
            21 => Some(Event::AgentLost),
            22 => {
                self.now += chrono::TimeDelta::seconds(i64::from(which) * 10);
                None
            }
            23 => Some(self.unlisted(which)),
            24..=26 => Some(self.under_way((kind, which, flag))),
            _ => Some(self.claim(which)),
        }
    }

    pub(crate) fn fresh(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    fn by_people(&mut self, (kind, which, flag): Move) -> Option<Event> {
        let step = self.step_at(which);
        let act = match kind {
            0 => return Some(Event::Started),
            1..=4 => Act::Approve {
                approval: ApprovalId::from_uuid(self.fresh()),
                command_sha256: self.shown(step, which),
                typed: flag,
            },
            5 => Act::Skip { reason: String::new() },
            6 => Act::Edit {
                command: Command::new(format!("edited-{which}")),
                risk: risk(which),
                rollback: None,
            },
            7 => Act::Done {
                note: String::new(),
                outcome: Some(if flag { HumanOutcome::ItRan } else { HumanOutcome::ItDidNotRun }),
                choice: (which % 3 == 0).then_some(if flag { Choice::Then } else { Choice::Else }),
            },
            8 => Act::Retry,
            9 => Act::Rollback { new_step: StepId::from_uuid(self.fresh()) },
            _ if which < 40 => return Some(Event::Aborted { by: person(), reason: String::new() }),
            _ => return Some(Event::Started),
        };
        Some(Event::Acted { step, by: person(), act })
    }

    /// The agent's own moves: they change its journal and put messages on the wire.
    fn by_agent(&mut self, (kind, which, flag): Move) -> Option<Event> {
        let attempt = *self.attempts.keys().nth(usize::from(which) % self.attempts.len().max(1))?;
        let journal = self.attempts[&attempt].1;
        let code = i32::from(flag);
        match (kind, journal) {
            (11, Journal::Unseen) => {
                self.journal(attempt, Journal::Accepted, &[AgentWord::Accepted, AgentWord::Started])
            }
            (12, Journal::Unseen) if flag => {
                let code = ["max_risk", "halted"][usize::from(which % 2)].to_owned();
                let word = AgentWord::Refused { code, reason: "no".to_owned() };
                self.journal(attempt, Journal::Refused, &[word]);
            }
            (13, Journal::Accepted) => {
                self.journal(attempt, Journal::Finished(code), &[result(Journal::Finished(code))])
            }
            (14, Journal::Accepted) if flag => self.journal(attempt, Journal::Finished(137), &[timed_out()]),
            (14, Journal::Accepted) => self.journal(attempt, Journal::Lost, &[result(Journal::Lost)]),
            (15, _) => self.answer(attempt),
            _ => {}
        }
        None
    }

    fn delivered(&mut self, which: u8) -> Option<Event> {
        // Read, not taken: the network repeats and reorders.
        let (attempt, word) = self.messages.get(usize::from(which) % self.messages.len().max(1))?.clone();
        Some(Event::Agent { attempt, word, output_bytes: 0 })
    }

    fn timer(&self, which: u8) -> Event {
        let attempt = self.attempts.keys().nth(usize::from(which) % self.attempts.len().max(1)).copied();
        let step = attempt.map_or(self.step_at(which), |attempt| self.attempts[&attempt].0);
        let kind = TimerKind::ALL[usize::from(which / 7) % TimerKind::ALL.len()];
        let question = matches!(kind, TimerKind::Approval | TimerKind::Reminder | TimerKind::Claim);
        let step = if question { self.step_at(which) } else { step };
        Event::TimerFired { step, kind, attempt, output_bytes: 18_432 }
    }

    fn claim(&mut self, which: u8) -> Event {
        let step = self.run.claimable().map_or_else(|| self.step_at(which), |step| step.id);
        Event::DispatchClaimed { step, attempt: AttemptId::from_uuid(self.fresh()) }
    }

    /// What people do with a command under way, or with one that ended badly.
    fn under_way(&mut self, (kind, which, flag): Move) -> Event {
        let act = match kind {
            24 => Act::Stop { reason: String::new() },
            25 => Act::Check,
            _ => {
                let outcome = if flag { HumanOutcome::ByHand } else { HumanOutcome::ItRan };
                Act::Done { note: String::new(), outcome: Some(outcome), choice: None }
            }
        };
        Event::Acted { step: self.step_at(which), by: person(), act }
    }

    fn unlisted(&mut self, which: u8) -> Event {
        let new = UnlistedStep {
            step: StepId::from_uuid(self.fresh()),
            channel: "slack".to_owned(),
            command: Command::new(format!("unlisted-{which}")),
            risk: risk(which),
            rollback: which.is_multiple_of(2).then(|| Inverse { command: Command::new("undo"), risk: None }),
        };
        Event::Unlisted { by: person(), new }
    }

    fn step_at(&self, which: u8) -> StepId {
        let turn = self.run.steps.iter().find(|step| step.phase.has_turn() || step.is_open());
        match turn {
            Some(step) if !which.is_multiple_of(4) => step.id,
            _ => self.run.steps[usize::from(which) % self.run.steps.len()].id,
        }
    }

    /// Mostly the command on the screen; sometimes an older one.
    fn shown(&self, step: StepId, which: u8) -> CommandHash {
        let now =
            self.run.find(step).and_then(|step| step.command.as_ref()).filter(|_| !which.is_multiple_of(5));
        now.cloned().unwrap_or_else(|| Command::new("stale")).hash()
    }

    fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::Dispatch { step, attempt, .. } => {
                self.attempts.insert(*attempt, (*step, Journal::Unseen));
            }
            Effect::Query { attempt } => self.answer(*attempt),
            Effect::StopStep { attempt, .. } if self.attempts[attempt].1 == Journal::Accepted => {
                self.journal(*attempt, Journal::Finished(143), &[stopped()]);
            }
            _ => {}
        }
    }

    fn answer(&mut self, attempt: AttemptId) {
        let Some((_, journal)) = self.attempts.get_mut(&attempt) else { return };
        let status = match *journal {
            Journal::Unseen | Journal::Tombstoned => {
                *journal = Journal::Tombstoned;
                Status::NotSeen
            }
            Journal::Accepted => Status::Running,
            Journal::Refused => Status::Refused,
            Journal::Finished(_) => Status::Finished,
            Journal::Lost => Status::Unknown,
        };
        self.messages.push((attempt, AgentWord::Status { status, note: String::new() }));
    }

    fn journal(&mut self, attempt: AttemptId, journal: Journal, words: &[AgentWord]) {
        self.attempts.get_mut(&attempt).unwrap().1 = journal;
        self.messages.extend(words.iter().map(|word| (attempt, word.clone())));
    }
}

fn risk(which: u8) -> Risk {
    Risk::ALL[usize::from(which) % 3]
}

fn result(journal: Journal) -> AgentWord {
    let kind = match journal {
        Journal::Finished(exit_code) => ReportKind::Finished { exit_code },
        _ => ReportKind::Unknown,
    };
    AgentWord::Result(Report { kind, survivors: 0, output_bytes: 0, note: String::new() })
}

fn stopped() -> AgentWord {
    AgentWord::Result(Report {
        kind: ReportKind::Stopped,
        survivors: 0,
        output_bytes: 0,
        note: String::new(),
    })
}

fn timed_out() -> AgentWord {
    AgentWord::Result(Report {
        kind: ReportKind::TimedOut,
        survivors: 0,
        output_bytes: 0,
        note: String::new(),
    })
}
