//! The arguments of a call: from JSON or from a form, where nested values are JSON in a string, and the token from the
//! header or from the form.

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::{Map, Value};

/// What a caller sent.
pub(crate) struct Arguments {
    values: Map<String, Value>,
    /// `Authorization: Bearer …`, else the `token` field.
    pub(crate) token: Option<String>,
    /// The client of `Authorization: Basic …`, which `oauth.v2.access` takes too.
    pub(crate) basic: Option<(String, String)>,
}

/// Why arguments cannot be read; the word is Slack's error code.
#[derive(Debug, PartialEq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

impl Arguments {
    /// Reads the query and the body. An empty body has no arguments, whatever its content type says.
    ///
    /// # Errors
    /// `invalid_json`, `json_not_object`, `invalid_form_data`, or `invalid_post_type` of another content type.
    pub(crate) fn read(headers: &HeaderMap, query: Option<&str>, body: &Bytes) -> Result<Self, Unreadable> {
        let mut values = form(query.unwrap_or_default().as_bytes());
        if !body.is_empty() {
            values.extend(of_body(headers, body)?);
        }
        let (scheme, credential) = authorization(headers);
        let field = values.remove("token").and_then(|token| token.as_str().map(str::to_owned));
        let bearer = scheme.eq_ignore_ascii_case("bearer").then(|| credential.to_owned());
        let basic = scheme.eq_ignore_ascii_case("basic").then(|| basic(credential)).flatten();
        Ok(Self { values, token: bearer.or(field), basic })
    }

    /// The fields of an object that came otherwise. Anything else has none.
    pub(crate) fn of(value: Value) -> Self {
        let values = if let Value::Object(values) = value { values } else { Map::new() };
        Self { values, token: None, basic: None }
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A whole number, also when written as text.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let value = self.values.get(name)?;
        value.as_u64().map_or_else(|| value.as_str()?.parse().ok(), |number| usize::try_from(number).ok())
    }

    /// A flag, also when written as text.
    pub(crate) fn flag(&self, name: &str) -> bool {
        let value = self.values.get(name);
        value.is_some_and(|value| value == &Value::Bool(true) || matches!(value.as_str(), Some("true" | "1")))
    }

    /// A nested value: as it is, or JSON in a text. `Some(Err)` when the text is not JSON.
    pub(crate) fn nested(&self, name: &str) -> Option<Result<Value, ()>> {
        match self.values.get(name)? {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(serde_json::from_str(text).map_err(|_| ())),
            value => Some(Ok(value.clone())),
        }
    }

    /// All of them, for `api.test`.
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.values
    }
}

fn of_body(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Unreadable> {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Unreadable("json_not_object")),
            Err(_) => Err(Unreadable("invalid_json")),
        },
        "application/x-www-form-urlencoded" => {
            if std::str::from_utf8(body).is_err() {
                return Err(Unreadable("invalid_form_data"));
            }
            Ok(form(body))
        }
        "" => Err(Unreadable("missing_post_type")),
        _ => Err(Unreadable("invalid_post_type")),
    }
}

/// The fields of a form.
pub(crate) fn form(bytes: &[u8]) -> Map<String, Value> {
    let pairs = url::form_urlencoded::parse(bytes);
    pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
}

fn authorization(headers: &HeaderMap) -> (&str, &str) {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    header.split_once(' ').unwrap_or_default()
}

fn basic(credential: &str) -> Option<(String, String)> {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::STANDARD.decode(credential.trim()).ok()?;
    let (client, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &'static str) -> Result<Arguments, Unreadable> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        Arguments::read(&headers, None, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let form =
            read("application/x-www-form-urlencoded", "token=xoxb-1&channel=C1&blocks=%5B%7B%7D%5D&limit=3")
                .unwrap();
        let json =
            read("application/json; charset=utf-8", r#"{"channel":"C1","blocks":[{}],"limit":3}"#).unwrap();
        assert_eq!(form.text("channel"), json.text("channel"));
        assert_eq!(form.nested("blocks"), json.nested("blocks"));
        assert_eq!(form.number("limit"), json.number("limit"));
        assert_eq!(form.token.as_deref(), Some("xoxb-1"));
    }

    #[test]
    fn an_empty_body_of_any_type_has_no_arguments() {
        assert!(read("application/json", "").unwrap().all().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named_as_slack_names_it() {
        let word = |kind, body| read(kind, body).err();
        assert_eq!(word("application/json", "{"), Some(Unreadable("invalid_json")));
        assert_eq!(word("application/json", "[]"), Some(Unreadable("json_not_object")));
        assert_eq!(word("text/plain", "a"), Some(Unreadable("invalid_post_type")));
    }
}
