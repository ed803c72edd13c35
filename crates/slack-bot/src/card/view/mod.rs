//! What the cards are drawn from: plain values, filled by whoever knows the run. Every text here is untrusted unless it
//! says otherwise, and goes into cards as text only.

mod alert;
mod answer;
mod ended;
mod run;
mod step;

pub use alert::*;
pub use answer::*;
pub use ended::*;
pub use run::*;
pub use step::*;

use dd0c_types::Risk;

use crate::reference::Token;

/// A person: mentioned where something is wanted of them, named otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name people know.
    pub name: String,
    /// Their Slack user, when linked.
    pub slack: Option<SlackUser>,
}

/// A Slack user's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SlackUser(String);

/// A Slack user group's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SlackGroup(String);

impl SlackUser {
    /// `U` or `W` and upper-case letters and digits. None for anything else: it would end up in a mention.
    pub fn new(id: &str) -> Option<Self> {
        is_id(id, &['U', 'W']).then(|| Self(id.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SlackGroup {
    /// `S` and upper-case letters and digits. None for anything else.
    pub fn new(id: &str) -> Option<Self> {
        is_id(id, &['S']).then(|| Self(id.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_id(id: &str, first: &[char]) -> bool {
    let rest = id.strip_prefix(first).unwrap_or_default();
    (1..=30).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// An address that may be opened: `https` or `http`, and nothing in it that could end a link early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The longest that Slack takes.
    pub const LONGEST: usize = 3_000;

    /// None when it is no address of the web, or too long.
    pub fn new(address: &str) -> Option<Self> {
        let url = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        let safe = url.as_str().replace('|', "%7C").replace('<', "%3C").replace('>', "%3E");
        (safe.len() <= Self::LONGEST && safe.is_ascii()).then_some(Self(safe))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The word for a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskWord {
    /// 🟢
    Safe,
    /// 🟡
    Caution,
    /// 🔴
    Dangerous,
    /// ⬜: nobody has judged it; it is handled like Caution at least.
    Unknown,
}

impl From<Option<Risk>> for RiskWord {
    fn from(risk: Option<Risk>) -> Self {
        match risk {
            Some(Risk::Safe) => Self::Safe,
            Some(Risk::Caution) => Self::Caution,
            Some(Risk::Dangerous) => Self::Dangerous,
            None => Self::Unknown,
        }
    }
}

impl From<Risk> for RiskWord {
    fn from(risk: Risk) -> Self {
        Some(risk).into()
    }
}

/// Something that has a name and a value, such as `namespace` and `checkout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A runbook's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunbookName {
    /// Its title.
    pub title: String,
    /// The version.
    pub version: u32,
    /// Where it, or its run, stands in the dashboard.
    pub link: Option<Link>,
}

/// From where a modal was opened; what `private_metadata` carries. It never holds a command or a name to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What was pressed.
    pub token: Token,
    /// The channel.
    pub channel: String,
    /// The parent message of the thread; empty outside of one.
    pub thread: String,
    /// The message with the button; empty outside of one.
    pub message: String,
}
