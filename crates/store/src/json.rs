//! JSON as the database can hold it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::StoreError;

/// Replaces every NUL character, which `jsonb` cannot hold, by its picture `␀` (U+2400), in keys too. An audit event
/// about a program that wrote a NUL must not be lost for it.
#[must_use]
pub fn storable(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_nul(text)),
        Value::Array(items) => items.into_iter().map(storable).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (without_nul(key), storable(value))).collect()
        }
        other => other,
    }
}

fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{2400}") } else { text }
}

pub(crate) fn to_value<T: Serialize>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|_| StoreError::corrupt("a value that has no JSON form"))
}

/// Reads a stored document. The error names the kind of document only: its text may hold commands.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|_| StoreError::corrupt(what))
}

/// Reads a word of an enumeration, such as a role.
pub(crate) fn from_word<T: std::str::FromStr>(word: &str, what: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| StoreError::corrupt(what))
}

/// A count or version that the database keeps as a signed integer.
pub(crate) fn unsigned(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::corrupt("a negative number"))
}

/// A version for the database.
pub(crate) fn signed(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_becomes_its_picture_wherever_it_stands() {
        let stored = storable(serde_json::json!({"a\0": ["x\0y", 1, null, {"b": "\0"}]}));
        assert_eq!(stored, serde_json::json!({"a\u{2400}": ["x\u{2400}y", 1, null, {"b": "\u{2400}"}]}));
    }
}
