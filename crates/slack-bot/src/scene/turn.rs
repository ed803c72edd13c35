//! One turn of a step as the messages that tell of it: the question or the running command, changed in place until it
//! ends; and beside it what asks anew when it ended badly.

use std::time::Duration;

use dd0c_types::run::{Gate, StepAction, StepState, StepView};
use dd0c_types::runbook::StepKind;
use dd0c_types::{Channel, Command, Risk, Role};

use super::offer::between;
use super::step::{position, step_card};
use super::story::{Decided, How, Turn};
use super::{Picture, RunScene};
use crate::card::{
    AgentAway, AgentBack, AgentBackOutcome, Ask, BranchAsk, ByHand, Closed, Decision, Edit, Expired, Failed,
    FailedHow, Finished, Message, OutputTail, RiskWord, Running, UnknownOutcome, agent_away, agent_back,
    approval_ask, approved, branch_ask, by_hand_ask, closed, edited_ask, expired, failed, finished, reminder,
    run_ask, running, typed_ask, unknown_outcome,
};

/// When people are reminded of a question, of its time.
const REMINDER_AT_TENTHS: i32 = 6;

/// Every message of a step's turns.
pub(super) fn pictures<'s>(scene: &'s RunScene<'s>, step: &'s StepView) -> Vec<Picture<'s>> {
    let turns = scene.story.turns(step.id);
    let last = turns.len().saturating_sub(1);
    let mut pictures = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        let at = At { scene, step, turn, number: number + 1, current: number == last };
        pictures.extend(at.main());
        pictures.extend(at.reminder());
        pictures.extend(at.away());
        pictures.extend(at.sequel());
    }
    pictures
}

/// A turn in its run.
#[derive(Clone, Copy)]
struct At<'s> {
    scene: &'s RunScene<'s>,
    step: &'s StepView,
    turn: &'s Turn,
    number: usize,
    /// Whether no later turn exists.
    current: bool,
}

impl<'s> At<'s> {
    fn picture(self, part: &str, draw: impl Fn(Self, u32) -> Message + Send + Sync + 's) -> Picture<'s> {
        let (run, step) = (self.scene.run.id.uuid().simple(), self.step.id.uuid().simple());
        let slot = format!("{run}/{step}/{}{part}", self.number);
        Picture::new(slot, move |revision| draw(self, revision)).of_step(self.step.id)
    }

    /// The message of the turn itself.
    fn main(self) -> Option<Picture<'s>> {
        let turn = self.turn;
        if turn.asked.is_none() && !turn.by_hand && !turn.by_itself {
            return None;
        }
        Some(match &turn.end {
            None if turn.by_hand => self.picture("", Self::by_hand),
            None if turn.approved.is_some() || turn.by_itself => self.picture("", Self::running).progress(),
            None => self.picture("", Self::question),
            Some(end) => {
                // A question that was over before it was ever posted is told of by what follows it.
                let ran = matches!(end.how, How::Succeeded | How::ByHand(_));
                self.picture("", Self::ended).settled(true).only_if_posted(!ran)
            }
        })
    }

    fn question(self, revision: u32) -> Message {
        let card = step_card(self.scene, self.step, self.actions(), revision);
        let Some(ask) = self.ask() else { return closed(&card, &Closed::Replaced) };
        if let Some(edit) = self.edit() {
            return edited_ask(&card, &edit, &ask);
        }
        match self.step.gate {
            Gate::Typed => typed_ask(&card, &ask),
            Gate::Run | Gate::Auto => run_ask(&card, &ask),
            Gate::Approve | Gate::ByHand | Gate::ShowOnly => approval_ask(&card, &ask),
        }
    }

    fn by_hand(self, revision: u32) -> Message {
        let (scene, step) = (self.scene, self.step);
        let card = step_card(scene, step, self.actions(), revision);
        let whom = scene.people.person(scene.lead);
        if let (StepKind::Decision, Some(branch)) = (step.kind, &step.branch) {
            let ask = BranchAsk {
                whom,
                condition: branch.condition.clone(),
                then: branch.then,
                otherwise: branch.otherwise,
                evidence: String::new(),
            };
            return branch_ask(&card, &ask);
        }
        let ask = ByHand {
            whom,
            sentence: step
                .note
                .clone()
                .filter(|_| step.title.is_empty())
                .unwrap_or_else(|| step.title.clone()),
            vague: None,
            show_only: step.gate == Gate::ShowOnly,
        };
        by_hand_ask(&card, &ask)
    }

    fn running(self, revision: u32) -> Message {
        let card = step_card(self.scene, self.step, self.actions(), revision);
        let now = Running {
            started_at: self.turn.started_at,
            by_itself: self.turn.by_itself,
            output: self.output(),
        };
        match self.decision() {
            Some(decision) => approved(&card, &decision, &now),
            None => running(&card, &now),
        }
    }

    fn ended(self, revision: u32) -> Message {
        let card = step_card(self.scene, self.step, Vec::new(), revision);
        let Some(end) = &self.turn.end else { return closed(&card, &Closed::Replaced) };
        let by = self.scene.people.name(&end.by);
        let closing = match &end.how {
            How::Succeeded => return finished(&card, &self.finish()),
            How::Failed(_) | How::TimedOut | How::Refused(_) => Closed::EndedBadly,
            How::Unknown => Closed::OutcomeUnknown,
            How::Expired => Closed::Expired,
            How::Skipped(reason) => Closed::Skipped { by, reason: reason.clone() },
            How::Aborted => Closed::RunAborted,
            How::Revoked => Closed::RevokedByPanic,
            How::Edited => Closed::ReplacedByEdit { by },
            How::Replaced => Closed::Replaced,
            How::ByHand(note) => Closed::DoneByHand { by, note: note.clone() },
        };
        closed(&card, &closing)
    }

    /// Once, when most of the time of a question is over.
    fn reminder(self) -> Option<Picture<'s>> {
        let asked = self.turn.asked?;
        let open = self.turn.end.is_none() && self.turn.approved.is_none() && self.current;
        let due = asked.at + (asked.expires_at - asked.at) / 10 * REMINDER_AT_TENTHS;
        if !open || self.scene.now < due || self.scene.now >= asked.expires_at {
            return None;
        }
        let picture = self.picture("/reminder", |at, revision| {
            let card = step_card(at.scene, at.step, Vec::new(), revision);
            match at.ask() {
                Some(ask) => reminder(&card, &ask, at.scene.on_call.as_ref(), None),
                None => closed(&card, &Closed::Replaced),
            }
        });
        Some(picture.settled(true))
    }

    /// The agent went away with this step, or came back.
    fn away(self) -> Option<Picture<'s>> {
        let flying =
            matches!(self.step.state, StepState::Dispatching | StepState::Running | StepState::Paused);
        let started = self.turn.approved.is_some() || self.turn.by_itself;
        if !self.current || !started {
            return None;
        }
        if flying && !self.scene.run.agent_online {
            return Some(self.picture("/away", Self::agent_away));
        }
        // Only where it was said that it is away is it said that it is back.
        let over = self.turn.end.is_some();
        Some(self.picture("/away", Self::agent_back).only_if_posted(true).settled(over))
    }

    fn agent_away(self, revision: u32) -> Message {
        let scene = self.scene;
        let card = step_card(scene, self.step, self.actions(), revision);
        let last_heard = scene.agent_seen_at.map(|seen| between(seen, scene.now)).unwrap_or_default();
        agent_away(&AgentAway {
            agent: scene.run.agent_name.clone().unwrap_or_default(),
            whom: Some(scene.people.person(scene.lead)),
            // For the comparison it is always the same time: the card is not changed second by second.
            last_heard: if revision == 0 { Duration::ZERO } else { last_heard },
            position: card.position,
            sent: true,
            actions: card.actions,
            token: card.token,
            run_token: card.run_token,
            revision,
        })
    }

    fn agent_back(self, revision: u32) -> Message {
        let outcome = match (&self.turn.end, self.step.exit_code) {
            (None, _) => AgentBackOutcome::Running,
            (Some(end), _) if end.how == How::Unknown => AgentBackOutcome::Unknown,
            (Some(_), Some(code)) => AgentBackOutcome::Finished(code),
            (Some(_), None) => AgentBackOutcome::NeverStarted,
        };
        let scene = self.scene;
        let away = scene.agent_seen_at.map(|seen| between(seen, scene.now)).unwrap_or_default();
        agent_back(&AgentBack {
            agent: scene.run.agent_name.clone().unwrap_or_default(),
            away: if revision == 0 { Duration::ZERO } else { away },
            position: position(scene.run, self.step),
            outcome,
            revision,
        })
    }

    /// What asks anew after a bad end.
    fn sequel(self) -> Option<Picture<'s>> {
        let end = self.turn.end.as_ref()?;
        let decided = self.is_decided() || !self.current;
        let picture = match end.how {
            How::Failed(_) | How::TimedOut | How::Refused(_) => self.picture("/failed", Self::failure),
            How::Unknown => self.picture("/unknown", Self::unknown),
            How::Expired => self.picture("/expired", Self::expiry),
            _ => return None,
        };
        Some(picture.settled(decided || self.scene.run.state.is_final()).only_if_posted(decided))
    }

    fn failure(self, revision: u32) -> Message {
        let how = match self.turn.end.as_ref().map(|end| &end.how) {
            Some(How::TimedOut) => FailedHow::TimedOut(self.took()),
            Some(How::Refused(_)) => FailedHow::Refused,
            Some(How::Failed(Some(code))) => FailedHow::Exit(i32::try_from(*code).unwrap_or(i32::MAX)),
            _ => FailedHow::Stopped,
        };
        let output = if self.current { self.output() } else { OutputTail::default() };
        let whom = self.scene.people.person(self.scene.lead);
        let card = step_card(self.scene, self.step, self.sequel_actions(), revision);
        failed(&card, &Failed { whom, how, took: self.took(), output })
    }

    fn unknown(self, revision: u32) -> Message {
        let card = step_card(self.scene, self.step, self.sequel_actions(), revision);
        let whom = self.scene.people.person(self.scene.lead);
        unknown_outcome(&card, &UnknownOutcome { whom, says: self.step.note.clone().unwrap_or_default() })
    }

    fn expiry(self, revision: u32) -> Message {
        let card = step_card(self.scene, self.step, self.sequel_actions(), revision);
        let asked_at = self.turn.asked.map_or(self.turn.opened_at, |asked| asked.at);
        let waited = self.turn.end.as_ref().map(|end| between(asked_at, end.at)).unwrap_or_default();
        expired(&card, &Expired { whom: self.scene.people.person(self.scene.lead), asked_at, waited })
    }

    /// What may be done now; nothing with a turn that is over.
    fn actions(self) -> Vec<StepAction> {
        if self.current && self.turn.end.is_none() { self.step.allowed_actions.clone() } else { Vec::new() }
    }

    /// A bad end that was rolled back still waits for somebody who says how to go on.
    fn is_decided(self) -> bool {
        self.turn.after.as_ref().is_some_and(|after| after.what != Decided::Rollback)
    }

    fn sequel_actions(self) -> Vec<StepAction> {
        let waits = self.current && !self.is_decided() && !self.is_being_rolled_back();
        if waits { self.step.allowed_actions.clone() } else { Vec::new() }
    }

    fn is_being_rolled_back(self) -> bool {
        let inverse = self.scene.run.steps.iter().rfind(|step| step.rollback_of == Some(self.step.id));
        inverse.is_some_and(|inverse| {
            use StepState::{Approved, AutoOk, AwaitApproval, Dispatching, Paused, Pending, Ready, Running};
            matches!(
                inverse.state,
                Pending | Ready | AwaitApproval | Approved | AutoOk | Dispatching | Running | Paused
            )
        })
    }

    fn ask(self) -> Option<Ask> {
        let (scene, step) = (self.scene, self.step);
        let asked = self.turn.asked?;
        let owner = dd0c_approval::may_approve(
            Role::Owner,
            scene.lead,
            dd0c_approval::Requester(scene.lead),
            step.gate,
            step.risk,
            scene.policy,
        );
        Some(Ask {
            whom: scene.people.person(scene.lead),
            asked_at: asked.at,
            expires_at: asked.expires_at,
            role: scene.policy.role_for(step.risk),
            needs_second_person: owner.is_err(),
        })
    }

    /// What an edit made of it; the risk before is judged again, because the verdict of then is not kept.
    fn edit(self) -> Option<Edit> {
        let edited = self.turn.edited.as_ref()?;
        let before: &Command = self.step.prescribed_command.as_ref()?;
        let risk: Risk = dd0c_classifier::classify(before, "bash", None).risk;
        Some(Edit {
            by: self.scene.people.name(&edited.by),
            before: before.clone(),
            risk_before: RiskWord::from(risk),
        })
    }

    fn decision(self) -> Option<Decision> {
        let yes = self.turn.approved.as_ref()?;
        let asked = self.turn.asked?;
        Some(Decision {
            by: self.scene.people.name(&yes.by),
            door: match yes.by.channel {
                Channel::Slack => "Slack",
                Channel::Web => "the dashboard",
                _ => "the API",
            },
            at: yes.at,
            after: between(asked.at, yes.at),
            command_sha256: asked.command.or(self.step.command_sha256)?,
        })
    }

    fn finish(self) -> Finished {
        Finished {
            exit_code: self.step.exit_code,
            took: self.took(),
            decision: self.decision(),
            output: self.output(),
        }
    }

    fn took(self) -> Duration {
        let timed = self.step.duration_ms.filter(|_| self.current).map(Duration::from_millis);
        let span = || Some(between(self.turn.started_at?, self.turn.end.as_ref()?.at));
        timed.or_else(span).unwrap_or_default()
    }

    /// What the command wrote last; both streams, the errors after the rest.
    fn output(self) -> OutputTail {
        let step = self.step;
        let mut text = step.stdout_tail.clone();
        if !step.stderr_tail.is_empty() {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&step.stderr_tail);
        }
        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        // The hash is of standard output alone: beside other words it would say something untrue.
        let hash = step.stdout_sha256.as_ref().filter(|_| step.stderr_tail.is_empty());
        let sha256 = hash.and_then(|hash| hash.parse().ok());
        OutputTail { text, lines, sha256 }
    }
}
