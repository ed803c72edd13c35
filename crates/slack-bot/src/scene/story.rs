//! What became of each step, turn by turn, told from the audit trail: pure, and the same whenever it is told.
//!
//! A turn begins when a step is given its turn and ends when it runs out of it: because it ran, or because somebody
//! edited, skipped, retried or halted it. Each turn is a message of its own, so that no question is ever asked by
//! changing an old message.

use std::collections::BTreeMap;

use dd0c_types::{Actor, CommandHash, EventType, StepId, Timestamp};
use serde_json::Value;

/// One event of a run's audit trail.
#[derive(Clone, PartialEq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: EventType,
    /// By whom.
    pub by: Actor,
    /// What is known of it.
    pub data: Value,
}

/// Everything that happened in a run, as far as cards tell of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Story {
    /// The turns of each step, in order.
    pub steps: BTreeMap<StepId, Vec<Turn>>,
    /// Who aborted the run, when, and why.
    pub aborted: Option<(Actor, Timestamp, String)>,
    /// When the run was last frozen by panic and has not gone on since.
    pub paused_at: Option<Timestamp>,
    /// How many approvals and questions that last panic revoked.
    pub revoked: u32,
    /// When the run ended.
    pub ended_at: Option<Timestamp>,
}

/// One turn of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// When it began.
    pub opened_at: Timestamp,
    /// Whether a person does it: there is no command to let run.
    pub by_hand: bool,
    /// The question, when one was asked.
    pub asked: Option<Question>,
    /// The edit that began this turn.
    pub edited: Option<EditNote>,
    /// The yes.
    pub approved: Option<Yes>,
    /// Whether the gate let it run without asking.
    pub by_itself: bool,
    /// When the agent accepted it.
    pub started_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<End>,
    /// What somebody decided after it ended badly.
    pub after: Option<FollowUp>,
}

/// A question that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Of which command; none when the trail does not say.
    pub command: Option<CommandHash>,
}

/// Who edited what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditNote {
    /// Who.
    pub by: Actor,
    /// The command's hash before.
    pub before: Option<CommandHash>,
}

/// Who said yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yes {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// By whom; a part of the service when nobody did.
    pub by: Actor,
    /// How.
    pub how: How,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// With exit code 0.
    Succeeded,
    /// With this exit code; none when it was stopped.
    Failed(Option<i64>),
    /// Its time was over.
    TimedOut,
    /// The agent refused it.
    Refused(String),
    /// Nobody knows.
    Unknown,
    /// Nobody answered.
    Expired,
    /// Somebody left it out, for this reason.
    Skipped(String),
    /// The run was aborted before it started.
    Aborted,
    /// Panic took it back.
    Revoked,
    /// Somebody edited it: the next turn asks.
    Edited,
    /// Something else took its place: the next turn asks.
    Replaced,
    /// A person reports it done, with this note.
    ByHand(String),
}

/// What somebody decided after a bad end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Decided,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Try again.
    Retry,
    /// Roll back.
    Rollback,
    /// Go on past it, or take it over by hand.
    GoOn,
    /// A person says that it ran.
    ItRan,
    /// A person says that it did not run.
    ItDidNotRun,
    /// Leave it out.
    Skip,
    /// Abort the run.
    Abort,
}

impl Story {
    /// Tells the events of one run, in their order.
    pub fn tell(events: &[Told]) -> Self {
        let mut story = Self::default();
        for event in events {
            story.hear(event);
        }
        story
    }

    /// The turns of a step; none when its turn has not come.
    pub fn turns(&self, step: StepId) -> &[Turn] {
        self.steps.get(&step).map_or(&[], Vec::as_slice)
    }

    fn hear(&mut self, event: &Told) {
        match event.event {
            EventType::ExecutionAborted => {
                self.aborted = Some((event.by.clone(), event.at, text(&event.data, "reason")));
                self.ended_at = Some(event.at);
            }
            EventType::ExecutionCompleted => self.ended_at = Some(event.at),
            EventType::ExecutionPaused => {
                self.paused_at = Some(event.at);
                self.revoked = 0;
            }
            EventType::ExecutionResumed => self.paused_at = None,
            _ => self.hear_step(event),
        }
    }

    fn hear_step(&mut self, event: &Told) {
        let Some(step) = event.data["step_id"].as_str().and_then(|id| id.parse().ok()) else { return };
        if event.event == EventType::StepApprovalRevoked {
            self.revoked += 1;
        }
        let turns = self.steps.entry(step).or_default();
        if event.event == EventType::StepReady {
            open(turns, event);
        } else if let Some(turn) = turns.last_mut() {
            turn.hear(event);
        } else if let Some(how) = left(event) {
            // It left before its turn came: skipped ahead, or aborted.
            turns.push(Turn::new(event.at, false));
            turns[0].finish(event, how);
        }
    }
}

/// A new turn. What the engine only looks at again, because an attempt provably never started, is the same turn.
fn open(turns: &mut Vec<Turn>, event: &Told) {
    if !event.data["tombstoned"].is_null() {
        return;
    }
    let by_hand = matches!(event.data["gate"].as_str(), Some("by_hand" | "show_only"));
    let mut turn = Turn::new(event.at, by_hand);
    if let Some(last) = turns.last_mut() {
        match &last.end {
            None => last.finish(event, How::Replaced),
            Some(end) if end.how == How::Edited => {
                turn.edited =
                    Some(EditNote { by: end.by.clone(), before: last.asked.and_then(|asked| asked.command) });
            }
            Some(_) => {}
        }
    }
    turns.push(turn);
}

impl Turn {
    const fn new(opened_at: Timestamp, by_hand: bool) -> Self {
        Self {
            opened_at,
            by_hand,
            asked: None,
            edited: None,
            approved: None,
            by_itself: false,
            started_at: None,
            end: None,
            after: None,
        }
    }

    fn hear(&mut self, event: &Told) {
        match event.event {
            EventType::StepApprovalRequested => self.ask(event),
            EventType::StepAutoExecuted => self.by_itself = true,
            EventType::StepApproved => self.approved = Some(Yes { by: event.by.clone(), at: event.at }),
            EventType::StepStarted => self.started_at = self.started_at.or(Some(event.at)),
            _ => match (left(event), decided(event)) {
                (Some(how), _) if self.end.is_none() => self.finish(event, how),
                (_, Some(what)) if self.after.is_none() => {
                    self.after = Some(FollowUp { by: event.by.clone(), at: event.at, what });
                }
                _ => {}
            },
        }
    }

    fn ask(&mut self, event: &Told) {
        let expires_at = event.data["expires_at"].as_str().and_then(|at| at.parse().ok()).unwrap_or(event.at);
        let command = event.data["command_sha256"].as_str().and_then(|hash| hash.parse().ok());
        self.asked = Some(Question { at: event.at, expires_at, command });
    }

    fn finish(&mut self, event: &Told, how: How) {
        self.end = Some(End { at: event.at, by: event.by.clone(), how });
    }
}

/// The end that an event tells of, if it tells of one.
fn left(event: &Told) -> Option<How> {
    let data = &event.data;
    Some(match event.event {
        EventType::StepSkipped => How::Skipped(text(data, "reason")),
        EventType::StepAborted => How::Aborted,
        EventType::StepApprovalRevoked => How::Revoked,
        EventType::StepEdited => How::Edited,
        EventType::StepSetAside => How::Replaced,
        EventType::StepClosedByHand => How::ByHand(text(data, "note")),
        _ => return ended(event),
    })
}

/// The end that the command or its time brought.
fn ended(event: &Told) -> Option<How> {
    let data = &event.data;
    let exit_code = data["exit_code"].as_i64();
    Some(match event.event {
        EventType::StepExecuted if exit_code == Some(0) => How::Succeeded,
        EventType::StepExecuted => How::Failed(exit_code),
        EventType::StepFailed if !data["refused"].is_null() => How::Refused(text(data, "reason")),
        EventType::StepFailed => How::Failed(None),
        EventType::StepTimedOut => How::TimedOut,
        EventType::StepUnknownOutcome => How::Unknown,
        EventType::StepExpired => How::Expired,
        _ => return None,
    })
}

/// What somebody decided of a step that had ended.
fn decided(event: &Told) -> Option<Decided> {
    Some(match event.event {
        EventType::StepRetryAsked => Decided::Retry,
        EventType::StepRolledBack if event.data["asked"] == true => Decided::Rollback,
        EventType::StepSkipped => Decided::Skip,
        EventType::StepAborted => Decided::Abort,
        EventType::StepClosedByHand => match event.data["outcome"].as_str() {
            Some("it_ran") => Decided::ItRan,
            Some("it_did_not_run") => Decided::ItDidNotRun,
            _ => Decided::GoOn,
        },
        _ => return None,
    })
}

fn text(data: &Value, field: &str) -> String {
    data[field].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use dd0c_types::{Clock, SystemClock, UserId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    struct Teller {
        at: Timestamp,
        events: Vec<Told>,
        step: StepId,
    }

    impl Teller {
        fn new() -> Self {
            Self { at: SystemClock.now(), events: Vec::new(), step: StepId::from_uuid(Uuid::from_u128(7)) }
        }

        fn says(mut self, event: EventType, more: Value) -> Self {
            self.at += TimeDelta::seconds(1);
            let mut data = json!({"step_id": self.step, "command_sha256": "aa".repeat(32)});
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let by = Actor::user(UserId::from_uuid(Uuid::from_u128(1)), "riley", dd0c_types::Channel::Slack);
            self.events.push(Told { at: self.at, event, by, data });
            self
        }

        fn asked(self) -> Self {
            let expires_at = self.at + TimeDelta::seconds(900);
            self.says(EventType::StepReady, json!({"gate": "approve"}))
                .says(EventType::StepApprovalRequested, json!({"expires_at": expires_at}))
        }

        fn ran(self, exit: i64) -> Self {
            let told = self
                .says(EventType::StepApproved, json!({}))
                .says(EventType::StepDispatching, json!({}))
                .says(EventType::StepStarted, json!({}))
                .says(EventType::StepExecuted, json!({"exit_code": exit}));
            if exit == 0 { told } else { told.says(EventType::StepFailed, json!({"note": "exit"})) }
        }

        fn turns(&self) -> Vec<Turn> {
            Story::tell(&self.events).turns(self.step).to_vec()
        }
    }

    fn ends(turns: &[Turn]) -> Vec<Option<How>> {
        turns.iter().map(|turn| turn.end.as_ref().map(|end| end.how.clone())).collect()
    }

    #[test]
    fn a_step_that_is_asked_approved_and_ends_is_one_turn() {
        let turns = Teller::new().asked().ran(0).turns();
        assert_eq!(ends(&turns), [Some(How::Succeeded)]);
        assert!(turns[0].asked.is_some() && turns[0].approved.is_some() && turns[0].started_at.is_some());
    }

    #[test]
    fn a_retry_after_a_failure_is_a_turn_of_its_own_and_the_first_one_stays_failed() {
        let turns = Teller::new().asked().ran(3).says(EventType::StepRetryAsked, json!({})).asked().turns();
        assert_eq!(ends(&turns), [Some(How::Failed(Some(3))), None]);
        assert_eq!(turns[0].after.as_ref().map(|after| after.what), Some(Decided::Retry));
    }

    #[test]
    fn an_edit_ends_the_question_and_the_next_turn_knows_who_edited_what() {
        let turns = Teller::new().asked().says(EventType::StepEdited, json!({})).asked().turns();
        assert_eq!(ends(&turns), [Some(How::Edited), None]);
        let edited = turns[1].edited.clone().unwrap();
        assert_eq!((edited.by.name.as_str(), edited.before), ("riley", turns[0].asked.unwrap().command));
    }

    #[test]
    fn an_attempt_that_provably_never_started_leaves_the_turn_as_it_is() {
        let told = Teller::new().asked().says(EventType::StepApproved, json!({}));
        let turns = told.says(EventType::StepReady, json!({"tombstoned": "att_x"})).turns();
        assert_eq!(ends(&turns), [None]);
    }

    #[test]
    fn panic_revokes_what_was_asked_and_the_question_after_it_is_new() {
        let told = Teller::new()
            .asked()
            .says(EventType::ExecutionPaused, json!({}))
            .says(EventType::StepApprovalRevoked, json!({}));
        let story = Story::tell(&told.events);
        assert!(story.paused_at.is_some());
        assert_eq!(story.revoked, 1);
        let told = told.says(EventType::ExecutionResumed, json!({})).asked();
        assert_eq!(ends(&told.turns()), [Some(How::Revoked), None]);
        assert_eq!(Story::tell(&told.events).paused_at, None);
    }

    #[test]
    fn a_step_skipped_before_its_turn_has_one_ended_turn() {
        let turns = Teller::new().says(EventType::StepSkipped, json!({"reason": "not on this path"})).turns();
        assert_eq!(ends(&turns), [Some(How::Skipped("not on this path".to_owned()))]);
    }

    #[test]
    fn telling_a_part_of_the_trail_and_then_all_of_it_never_changes_what_was_told() {
        let told = Teller::new().asked().ran(1).says(EventType::StepRetryAsked, json!({})).asked().ran(0);
        for some in 0..told.events.len() {
            let (part, all) = (Story::tell(&told.events[..some]), Story::tell(&told.events));
            let (part, all) = (part.turns(told.step), all.turns(told.step));
            assert!(part.len() <= all.len());
            for (before, after) in part.iter().zip(all) {
                assert_eq!(before.opened_at, after.opened_at);
                assert!(before.end.is_none() || before.end == after.end);
            }
        }
    }
}
