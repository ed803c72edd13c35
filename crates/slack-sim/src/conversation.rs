//! A conversation: its members and its messages, each with a timestamp that is unique in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::message::Message;

/// What kind of conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A channel that everybody may join.
    Public,
    /// One person with the bot.
    Direct,
}

pub(crate) struct Channel {
    pub(crate) id: String,
    /// The name without `#`; of a direct conversation the user's id.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) archived: bool,
    pub(crate) members: Vec<String>,
    /// By timestamp, which sorts as it counts.
    pub(crate) messages: BTreeMap<String, Message>,
    last_micros: i64,
}

impl Channel {
    pub(crate) fn new(id: &str, name: &str, kind: Kind, members: Vec<String>) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            archived: false,
            members,
            messages: BTreeMap::new(),
            last_micros: 0,
        }
    }

    pub(crate) fn join(&mut self, user: &str) {
        if !self.has(user) {
            self.members.push(user.to_owned());
        }
    }

    pub(crate) fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }

    /// The timestamp of the next message: seconds and microseconds, later than all before.
    pub(crate) fn next_ts(&mut self) -> String {
        let micros = chrono::Utc::now().timestamp_micros().max(self.last_micros + 1);
        self.last_micros = micros;
        ts(micros)
    }

    /// The first message of a thread and its answers, in order. What only one user sees is left out.
    pub(crate) fn thread(&self, ts: &str) -> Vec<&Message> {
        let in_thread = |message: &&Message| message.ts == ts || message.thread_ts.as_deref() == Some(ts);
        self.messages.values().filter(|message| message.only_for.is_none()).filter(in_thread).collect()
    }

    /// The conversation object of the Web API, as the bot sees it.
    pub(crate) fn object(&self, bot: &str) -> Value {
        if self.kind == Kind::Direct {
            return json!({
                "id": self.id, "created": 1_763_780_000, "is_im": true, "is_archived": self.archived,
                "is_org_shared": false, "user": self.name, "is_user_deleted": false, "priority": 0,
            });
        }
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name, "created": 1_763_780_000,
            "creator": self.members.first(), "is_channel": true, "is_group": false, "is_im": false,
            "is_mpim": false, "is_private": false, "is_archived": self.archived, "is_general": self.name == "general",
            "is_shared": false, "is_ext_shared": false, "is_org_shared": false, "is_member": self.has(bot),
            "num_members": self.members.len(), "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0}, "unlinked": 0,
        })
    }
}

/// `1763780000.000100` of microseconds.
pub(crate) fn ts(micros: i64) -> String {
    format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_six_digits_and_never_repeat() {
        assert_eq!(ts(1_763_780_000_000_100), "1763780000.000100");
        let mut channel = Channel::new("C1", "one", Kind::Public, Vec::new());
        let many: std::collections::BTreeSet<String> = (0..1_000).map(|_| channel.next_ts()).collect();
        assert_eq!(many.len(), 1_000);
    }
}
