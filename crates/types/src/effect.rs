//! What a command does, apart from how risky that is: the words in which rules speak of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a command does to what it acts on. The object itself is named by the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// The kind of doing.
    pub act: Act,
    /// Where that which it acts on stands.
    pub place: Place,
    /// Whether a like command brings back what was there before. What is only in a backup is not reversible.
    pub reversible: bool,
    /// How much of the world it reaches.
    pub reach: Reach,
}

/// The kinds of doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Shows what is there and leaves it as it is.
    Reads,
    /// Cannot be told before it runs.
    Hides,
    /// Shows a secret, or makes one that others could use.
    Discloses,
    /// Opens a session or a way for traffic, or sends, records or loads traffic.
    Connects,
    /// Puts software in place or changes its version.
    Installs,
    /// Runs code.
    Executes,
    /// Makes or changes data, objects or settings.
    Writes,
    /// Changes who may do what.
    Authorises,
    /// Starts, stops, slows or moves what is running.
    Controls,
    /// Takes away what was there.
    Destroys,
}

/// Where that which a command acts on stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the machine that runs the command.
    Local,
    /// Behind an interface: a cluster, a cloud account, a database, another machine.
    Remote,
}

/// How much a command reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// What it names.
    One,
    /// A set that it does not name one by one, or a thing with everything in it.
    Many,
    /// What others stand on: the machine, its accounts, boot and network, a cluster, everybody's rights.
    Shared,
}

impl Act {
    /// Every kind of doing.
    pub const ALL: [Act; 10] = [
        Act::Reads,
        Act::Hides,
        Act::Discloses,
        Act::Connects,
        Act::Installs,
        Act::Executes,
        Act::Writes,
        Act::Authorises,
        Act::Controls,
        Act::Destroys,
    ];

    /// What it does, as a person would say it of a command.
    pub const fn words(self) -> &'static str {
        match self {
            Act::Reads => "only reads",
            Act::Hides => "does what only shows when it runs",
            Act::Discloses => "shows or makes a secret",
            Act::Connects => "opens a connection or carries traffic",
            Act::Installs => "installs or changes software",
            Act::Executes => "runs code",
            Act::Writes => "makes or changes something",
            Act::Authorises => "changes who may do what",
            Act::Controls => "starts, stops or moves what is running",
            Act::Destroys => "takes away what is there",
        }
    }

    /// Whether the question of undoing it makes sense: what was read, shown or hidden leaves nothing to bring back.
    pub const fn leaves_a_mark(self) -> bool {
        !matches!(self, Act::Reads | Act::Hides | Act::Discloses)
    }
}

impl Effect {
    /// The effect in one line for people, such as `takes away what is there; elsewhere; cannot be undone; everything in a set`.
    pub fn words(&self) -> String {
        let place = match self.place {
            Place::Local => "on the machine that runs it",
            Place::Remote => "elsewhere",
        };
        let mut parts = vec![self.act.words(), place];
        if self.act.leaves_a_mark() {
            parts.push(if self.reversible { "can be undone" } else { "cannot be undone" });
        }
        match self.reach {
            Reach::One => {}
            Reach::Many => parts.push("reaches more than it names"),
            Reach::Shared => parts.push("reaches what others stand on"),
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_told_without_asking_to_undo_a_reading() {
        let read = Effect { act: Act::Reads, place: Place::Remote, reversible: true, reach: Reach::One };
        assert_eq!(read.words(), "only reads; elsewhere");
        let deleted =
            Effect { act: Act::Destroys, place: Place::Local, reversible: false, reach: Reach::Many };
        let words = "takes away what is there; on the machine that runs it; cannot be undone; reaches more than it names";
        assert_eq!(deleted.words(), words);
    }
}
