//! As much of JSON Schema (draft 7) as the schema of SARIF uses. It refuses to go on at a keyword it does not know.

use serde_json::{Map, Value};

/// A schema whose references point into `root`.
pub(crate) struct Schema<'s> {
    pub(crate) root: &'s Value,
}

impl Schema<'_> {
    /// Everything that is wrong with a document, each with its place.
    pub(crate) fn errors(&self, document: &Value) -> Vec<String> {
        let mut errors = Vec::new();
        self.check(self.root, document, "", &mut errors);
        errors
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        let Some(keywords) = schema.as_object() else {
            assert!(schema.is_boolean(), "{schema} is no schema");
            return errors.extend((schema == false).then(|| format!("{at}: nothing is allowed")));
        };
        for (keyword, rule) in keywords {
            let fits = match keyword.as_str() {
                "$schema" | "$id" | "title" | "description" | "default" | "definitions" => true,
                "$ref" => {
                    let place =
                        rule.as_str().unwrap().strip_prefix('#').expect("a reference into the schema itself");
                    self.check(self.root.pointer(place).unwrap(), value, at, errors);
                    true
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|one| self.fits(one, value)),
                "oneOf" => rule.as_array().unwrap().iter().filter(|one| self.fits(one, value)).count() == 1,
                "type" => of_type(rule.as_str().unwrap(), value),
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
                "minItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())
                }
                "uniqueItems" => value.as_array().is_none_or(|items| rule == false || unique(items)),
                "pattern" => value
                    .as_str()
                    .is_none_or(|text| regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
                "format" => value.as_str().is_none_or(|text| of_format(rule.as_str().unwrap(), text)),
                "required" => value.as_object().is_none_or(|object| {
                    rule.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
                }),
                "properties" | "additionalProperties" | "items" => {
                    self.inside(keyword, rule, keywords, value, at, errors);
                    true
                }
                unknown => panic!("the keyword {unknown} is not known here"),
            };
            errors.extend((!fits).then(|| format!("{at}: breaks {keyword} {rule}")));
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut errors = Vec::new();
        self.check(schema, value, "", &mut errors);
        errors.is_empty()
    }

    fn inside(
        &self,
        keyword: &str,
        rule: &Value,
        all: &Map<String, Value>,
        value: &Value,
        at: &str,
        errors: &mut Vec<String>,
    ) {
        match (keyword, value) {
            ("items", Value::Array(items)) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(n, item)| self.check(rule, item, &format!("{at}/{n}"), errors));
            }
            ("properties", Value::Object(object)) => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = object.get(name) {
                        self.check(schema, value, &format!("{at}/{name}"), errors);
                    }
                }
            }
            ("additionalProperties", Value::Object(object)) => {
                let known = |name: &str| all.get("properties").is_some_and(|known| known.get(name).is_some());
                for (name, value) in object.iter().filter(|(name, _)| !known(name)) {
                    self.check(rule, value, &format!("{at}/{name}"), errors);
                }
            }
            _ => {}
        }
    }
}

fn of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        unknown => panic!("the type {unknown} is not known here"),
    }
}

fn of_format(name: &str, text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
    match name {
        "uri" => {
            plain
                && text
                    .split_once(':')
                    .is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        }
        "uri-reference" => plain,
        "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        unknown => panic!("the format {unknown} is not known here"),
    }
}

fn unique(items: &[Value]) -> bool {
    items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))
}
