//! How much harm a command can do, as one ordered scale, and how much a team lets the product do by itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The final risk of a command. Ordered: a doubt can only move it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Reads only. Needs two independent keys that both say so.
    Safe,
    /// Changes something, or nobody is sure that it does not.
    Caution,
    /// Destroys, or cannot be undone, or takes over.
    Dangerous,
}

impl Risk {
    /// Every risk, from the least to the greatest.
    pub const ALL: [Risk; 3] = [Risk::Safe, Risk::Caution, Risk::Dangerous];

    /// One tier up; Dangerous stays.
    #[must_use]
    pub const fn escalated(self) -> Risk {
        match self {
            Risk::Safe => Risk::Caution,
            Risk::Caution | Risk::Dangerous => Risk::Dangerous,
        }
    }

    /// The spelling in JSON, SQL and protobuf.
    pub const fn as_str(self) -> &'static str {
        match self {
            Risk::Safe => "safe",
            Risk::Caution => "caution",
            Risk::Dangerous => "dangerous",
        }
    }

    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Risk::Safe => "Safe",
            Risk::Caution => "Caution",
            Risk::Dangerous => "Dangerous",
        }
    }
}

impl std::str::FromStr for Risk {
    type Err = UnknownSpelling;
    fn from_str(text: &str) -> Result<Self, UnknownSpelling> {
        Risk::ALL.into_iter().find(|risk| risk.as_str() == text).ok_or(UnknownSpelling)
    }
}

/// What the scanner alone says. Ordered so that the worst of two verdicts is their maximum;
/// `Unknown` counts as at least Caution wherever a final [`Risk`] is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScannerRisk {
    /// Every part is on the allow-list.
    Safe,
    /// No rule speaks for or against it, or it could not be read.
    Unknown,
    /// A rule says that it changes something.
    Caution,
    /// A rule says that it destroys something.
    Dangerous,
}

impl ScannerRisk {
    /// The spelling in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            ScannerRisk::Safe => "safe",
            ScannerRisk::Unknown => "unknown",
            ScannerRisk::Caution => "caution",
            ScannerRisk::Dangerous => "dangerous",
        }
    }

    /// The least final risk that this verdict allows when no reviewer speaks.
    pub const fn at_least(self) -> Risk {
        match self {
            ScannerRisk::Safe => Risk::Safe,
            ScannerRisk::Unknown | ScannerRisk::Caution => Risk::Caution,
            ScannerRisk::Dangerous => Risk::Dangerous,
        }
    }
}

/// How much a runbook may do by itself (decision 8). Nothing above Copilot exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrustLevel {
    /// 0: nothing is executed; commands are shown to copy, people report what they did.
    Show,
    /// 1: every step asks.
    Ask,
    /// 2: Safe steps may run by themselves, everything else asks.
    Copilot,
}

impl TrustLevel {
    /// The number people and the database use.
    pub const fn number(self) -> u8 {
        match self {
            TrustLevel::Show => 0,
            TrustLevel::Ask => 1,
            TrustLevel::Copilot => 2,
        }
    }

    /// The level of a number; none for a number above 2.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(TrustLevel::Show),
            1 => Some(TrustLevel::Ask),
            2 => Some(TrustLevel::Copilot),
            _ => None,
        }
    }
}

impl Serialize for TrustLevel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for TrustLevel {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| serde::de::Error::custom("a trust level is 0, 1 or 2"))
    }
}

impl utoipa::PartialSchema for TrustLevel {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .minimum(Some(0))
            .maximum(Some(2))
            .into()
    }
}
impl ToSchema for TrustLevel {}

/// The text is none of the spellings of this enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known spellings")]
pub struct UnknownSpelling;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_only_moves_up() {
        for risk in Risk::ALL {
            assert!(risk.escalated() >= risk);
            assert_eq!(risk.as_str().parse(), Ok(risk));
        }
        assert_eq!(ScannerRisk::Unknown.at_least(), Risk::Caution);
    }

    #[test]
    fn no_trust_level_above_copilot_can_be_read() {
        assert!(serde_json::from_str::<TrustLevel>("3").is_err());
        assert_eq!(serde_json::from_str::<TrustLevel>("2").ok(), Some(TrustLevel::Copilot));
    }
}
