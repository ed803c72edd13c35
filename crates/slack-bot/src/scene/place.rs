//! Who is who, and where things are.

use std::collections::BTreeMap;

use dd0c_store::slack::people::Linked;
use dd0c_store::users::User;
use dd0c_types::{Actor, ActorKind, ExecutionId, RunbookId, UserId};

use crate::card::{Link, Person, SlackUser};

/// The members, and which Slack users they are.
#[derive(Debug, Clone, Default)]
pub struct People {
    members: BTreeMap<UserId, User>,
    slack: BTreeMap<UserId, SlackUser>,
}

/// Addresses of the dashboard.
#[derive(Debug, Clone)]
pub struct Urls {
    base: String,
    home: Link,
}

impl People {
    /// Members, and who is linked in the workspace in question.
    pub fn new(members: Vec<User>, linked: &[Linked]) -> Self {
        let slack = linked
            .iter()
            .filter_map(|linked| Some((linked.member.id, SlackUser::new(&linked.slack_user)?)))
            .collect();
        Self { members: members.into_iter().map(|member| (member.id, member)).collect(), slack }
    }

    /// A person who is asked: mentioned when they are linked.
    pub fn person(&self, user: UserId) -> Person {
        let name = self
            .members
            .get(&user)
            .map_or_else(|| "the lead of this run".to_owned(), |member| member.name.clone());
        Person { name, slack: self.slack.get(&user).cloned() }
    }

    /// What an actor of the audit trail is called.
    pub fn name(&self, actor: &Actor) -> String {
        match (actor.kind, actor.user_id().and_then(|user| self.members.get(&user))) {
            (_, Some(member)) => member.name.clone(),
            (ActorKind::System, None) => "dd0c/run".to_owned(),
            (_, None) => actor.name.clone(),
        }
    }

    /// Active members that `may` holds for, by name.
    pub fn who(&self, may: impl Fn(&User) -> bool) -> Vec<&User> {
        let mut who: Vec<&User> =
            self.members.values().filter(|member| member.active && may(member)).collect();
        who.sort_by(|a, b| a.name.cmp(&b.name));
        who
    }
}

impl Urls {
    /// From the dashboard's address. None when it is none.
    pub fn new(base: &str) -> Option<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let home = Link::new(&base)?;
        Some(Self { base, home })
    }

    /// The dashboard.
    pub fn home(&self) -> Link {
        self.home.clone()
    }

    /// A run.
    pub fn run(&self, run: ExecutionId) -> Link {
        self.at(&format!("/runs/{run}"))
    }

    /// What a run did beside what its runbook prescribes.
    pub fn departures(&self, run: ExecutionId) -> Link {
        self.at(&format!("/runs/{run}#departures"))
    }

    /// A runbook.
    pub fn runbook(&self, runbook: RunbookId) -> Link {
        self.at(&format!("/runbooks/{runbook}"))
    }

    /// The audit trail of a run.
    pub fn audit(&self, run: ExecutionId) -> Link {
        self.at(&format!("/audit?execution={run}"))
    }

    /// Where policy stands.
    pub fn policy(&self) -> Link {
        self.at("/settings")
    }

    /// Where a member says that a Slack user is theirs. The secret stands behind `#`, so that it reaches no server log.
    pub fn link_account(&self, secret: &str) -> Link {
        self.at(&format!("/slack/link#token={secret}"))
    }

    /// Paths are our own words and ids: with a base that is an address they are one too.
    fn at(&self, path: &str) -> Link {
        Link::new(&format!("{}{path}", self.base)).unwrap_or_else(|| self.home.clone())
    }
}
