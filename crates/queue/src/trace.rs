//! The trace that a message belongs to, as W3C Trace Context spells it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `traceparent` of version 00: `00-<32 hexadecimal digits>-<16 hexadecimal digits>-<2 hexadecimal digits>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(String);

impl Trace {
    /// Reads a header. None when it is not a `traceparent`, or names nothing (all zeros).
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, trace, span, flags] = parts[..] else { return None };
        let is_hex = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let names = |part: &str| part.bytes().any(|b| b != b'0');
        let good = version == "00" && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
        (good && names(trace) && names(span)).then(|| Self(text.trim().to_owned()))
    }

    /// A trace that begins here, from random bits.
    pub fn begin(random: u128, span: u64) -> Self {
        Self(format!("00-{:032x}-{:016x}-00", random.max(1), span.max(1)))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a traceparent of version 00"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_reads_back_and_anything_else_is_none() {
        let begun = Trace::begin(0xabc, 7);
        assert_eq!(Trace::parse(&begun.to_string()), Some(begun));
        assert_eq!(Trace::parse(&Trace::begin(0, 0).to_string()), Some(Trace::begin(1, 1)));
        for text in [
            "",
            "00-1-2-3",
            "01-00000000000000000000000000000abc-0000000000000007-00",
            "00-00000000000000000000000000000000-0000000000000007-00",
            "00-00000000000000000000000000000ABC-0000000000000007-00",
        ] {
            assert_eq!(Trace::parse(text), None, "{text}");
        }
    }
}
