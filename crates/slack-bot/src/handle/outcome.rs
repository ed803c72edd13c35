//! What the engine said, in the words of the storyboard: it is never guessed before, and a refusal is shown as what it is.

use dd0c_approval::{Requester, may_approve};
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_proto::engine::v1::{DecideRequest, DecideResponse};
use dd0c_proto::refusal::code_of;
use dd0c_types::run::StepView;
use dd0c_types::{ExecutionId, StepId};
use tonic::Status;

use super::{HandleError, Scene};
use crate::card::{self, AlreadyDecided, DecidedWord, NotAllowed, NotAllowedWhy};
use crate::load::{self, LoadedRun};
use crate::reference::Reference;
use crate::scene::{How, step_card};

/// A step that somebody speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) execution: ExecutionId,
    pub(crate) step: StepId,
}

impl Scene {
    /// Asks the engine, in the name of the person.
    pub(crate) async fn ask(
        &self,
        execution: ExecutionId,
        step: Option<StepId>,
        decision: Decision,
    ) -> Result<DecideResponse, Status> {
        let request = DecideRequest {
            actor: Some(self.place.actor_ref(&self.who)),
            execution_id: execution.to_string(),
            step_id: step.map(|step| step.to_string()).unwrap_or_default(),
            decision: Some(decision),
        };
        Ok(self.bot.engine().decide(request).await?.into_inner())
    }

    /// Asks, and shows the person why not when it is refused. True when it was done.
    pub(crate) async fn decide(&self, target: Target, decision: Decision) -> Result<bool, HandleError> {
        match self.ask(target.execution, Some(target.step), decision).await {
            Ok(_) => Ok(true),
            Err(status) => {
                self.refused(Some(target), &status).await?;
                Ok(false)
            }
        }
    }

    /// Shows a refusal.
    pub(crate) async fn refused(&self, target: Option<Target>, status: &Status) -> Result<(), HandleError> {
        let message = self.refusal(target, status).await?;
        self.show(&message).await
    }

    /// 11, 12, or the engine's own sentence.
    pub(crate) async fn refusal(
        &self,
        target: Option<Target>,
        status: &Status,
    ) -> Result<card::Message, HandleError> {
        let code = code_of(status).unwrap_or("unavailable").to_owned();
        let sentence = || card::sentence(&sentence_of(status));
        let Some(target) = target else { return Ok(sentence()) };
        let late = matches!(code.as_str(), "already_decided" | "changed" | "wrong_state" | "expired");
        if !late && code != "forbidden" {
            return Ok(sentence());
        }
        let mut tx = self.bot.store.tenant(self.place.tenant).await?;
        let loaded = load::run(&mut tx, self.place.whose(), target.execution).await?;
        drop(tx);
        let found = loaded.as_ref().and_then(|loaded| {
            let step = loaded.run.steps.iter().find(|step| step.id == target.step)?;
            Some((loaded, step))
        });
        let Some((loaded, step)) = found else { return Ok(sentence()) };
        Ok(if late {
            card::already_decided(&self.already(loaded, step))
        } else {
            self.not_allowed(loaded, step).map_or_else(sentence, |refused| card::not_allowed(&refused))
        })
    }

    /// 12: what became of the question that was on the screen.
    fn already(&self, loaded: &LoadedRun, step: &StepView) -> AlreadyDecided {
        let pen = self.bot.pen(self.place.tenant);
        let now = self.bot.now();
        let scene = loaded.scene(&pen, None, now);
        // The last thing that was decided, in this turn or the one before it.
        let turns = loaded.story.turns(step.id);
        let decided = turns.iter().rev().find_map(|turn| match (&turn.after, &turn.end, &turn.approved) {
            (Some(after), ..) => Some((after.by.clone(), after.at, DecidedWord::Changed)),
            (None, Some(end), None) => Some((end.by.clone(), end.at, word(&end.how))),
            (None, _, Some(yes)) => Some((yes.by.clone(), yes.at, DecidedWord::Approved)),
            (None, None, None) => None,
        });
        let (by, at, what) = match decided {
            Some((by, at, what)) => {
                (Some(loaded.people.name(&by)).filter(|_| by.user_id().is_some()), at, what)
            }
            None => (None, now, DecidedWord::Changed),
        };
        AlreadyDecided {
            by,
            what,
            position: step_card(&scene, step, Vec::new(), 0).position,
            at,
            before: (now - at).to_std().unwrap_or_default(),
            link: self.bot.urls.run(loaded.run.id),
        }
    }

    /// 11: who may, and why this person may not. None when by the policy they may.
    pub(crate) fn not_allowed(&self, loaded: &LoadedRun, step: &StepView) -> Option<NotAllowed> {
        let member = &self.who.member;
        let requester = Requester(loaded.lead);
        let allowed =
            |role, user| may_approve(role, user, requester, step.gate, step.risk, &loaded.policy).is_ok();
        if allowed(member.role, member.id) {
            return None;
        }
        let needed = loaded.policy.role_for(step.risk);
        let why = if member.role >= needed {
            NotAllowedWhy::OwnRun { needed }
        } else {
            NotAllowedWhy::Role { needed, has: member.role }
        };
        let who = loaded.people.who(|other| other.id != member.id && allowed(other.role, other.id));
        let who_may: Vec<String> = who.into_iter().map(|other| other.name.clone()).collect();
        let pen = self.bot.pen(self.place.tenant);
        let token = pen.sign(&Reference::Step {
            execution: loaded.run.id,
            step: step.id,
            attempt: step.attempt,
            command: step.command_sha256,
        });
        Some(NotAllowed {
            risk: step.risk.into(),
            why,
            token: (!who_may.is_empty()).then_some(token),
            who_may,
            policy: self.bot.urls.policy(),
        })
    }
}

/// The engine's sentence; of a failure that is not its refusal, only what is certain.
pub(crate) fn sentence_of(status: &Status) -> String {
    if status.message().is_empty() {
        return "The engine did not answer. It is not known whether this was done: look at the run."
            .to_owned();
    }
    let mut said = status.message().trim().to_owned();
    if !said.ends_with(['.', '!', '?']) {
        said.push('.');
    }
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

const fn word(how: &How) -> DecidedWord {
    match how {
        How::Skipped(_) => DecidedWord::Skipped,
        How::Aborted => DecidedWord::Aborted,
        How::Revoked => DecidedWord::Revoked,
        How::Expired => DecidedWord::Expired,
        How::Edited => DecidedWord::Edited,
        How::ByHand(_) => DecidedWord::Done,
        How::Succeeded | How::Failed(_) | How::TimedOut | How::Refused(_) | How::Unknown | How::Replaced => {
            DecidedWord::Changed
        }
    }
}
