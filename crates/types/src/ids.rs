//! Ids are types with a spoken prefix: `exe_0198c0de…`. A log line or a URL says what it names,
//! and the compiler refuses a step id where an execution id belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(Uuid);

            impl $name {
                /// The spoken prefix, without the underscore.
                pub const PREFIX: &'static str = $prefix;
                /// Wraps a UUID that is already known to name this kind of thing, such as a column's value.
                pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
                /// The bare UUID, as stored in the database and in certificates.
                pub const fn uuid(self) -> Uuid { self.0 }
            }
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}_{}", $prefix, self.0.simple()) }
            }
            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
            }
            impl FromStr for $name {
                type Err = InvalidId;
                fn from_str(text: &str) -> Result<Self, InvalidId> { parse(text, $prefix).map(Self) }
            }
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.collect_str(self) }
            }
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    utoipa::openapi::ObjectBuilder::new()
                        .schema_type(utoipa::openapi::schema::Type::String)
                        .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                        .into()
                }
            }
            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            }
        )+
    };
}

kinds! {
    /// A customer: the unit of isolation.
    TenantId = "ten";
    /// A person who may sign in.
    UserId = "usr";
    /// A runbook, all its versions together.
    RunbookId = "rbk";
    /// A step: of a runbook version (derived from its content) or of a run (the same id, or a new one for a rollback).
    StepId = "stp";
    /// One run of a runbook.
    ExecutionId = "exe";
    /// One try to run one step. An attempt starts at most once (invariant I1).
    AttemptId = "att";
    /// An agent inside the customer's network.
    AgentId = "agt";
    /// A recorded decision of a person.
    ApprovalId = "apr";
    /// An API token (its id, never its secret).
    TokenId = "tok";
    /// A one-time join token of an agent (its id, never its secret).
    JoinTokenId = "jtk";
    /// An alert, through all its deliveries.
    AlertId = "alt";
    /// A place from which alerts come, with its secret (its id, never its secret).
    AlertSourceId = "src";
    /// A message on its way from the outbox.
    MessageId = "msg";
}

/// The text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_ followed by 32 hexadecimal digits")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn parse(text: &str, prefix: &'static str) -> Result<Uuid, InvalidId> {
    let invalid = InvalidId { prefix };
    let hex =
        text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(|| invalid.clone())?;
    // One spelling only: 32 lower-case digits. `try_parse` alone would also take hyphens and braces.
    let canonical = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !canonical {
        return Err(invalid);
    }
    Uuid::try_parse(hex).map_err(|_| invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_written_and_no_other_spelling_is_taken() {
        let id = ExecutionId::from_uuid(Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "exe_0198c0de000070008000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("stp_0198c0de000070008000000000000001".parse::<ExecutionId>().is_err());
        assert!("exe_0198c0de-0000-7000-8000-000000000001".parse::<ExecutionId>().is_err());
        assert!("exe_0198C0DE000070008000000000000001".parse::<ExecutionId>().is_err());
    }
}
