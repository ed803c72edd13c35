//! The elements of blocks, and the objects they hold.

use serde_json::Value;

use super::{Check, Text};

type Rule = fn(&mut Check, &str, &Value);

const TEXT: Text = Text::plain(75);
const PLACEHOLDER: Text = Text::plain(150);

/// Type and its own rules. All but an image have an action id.
const ELEMENTS: [(&str, Rule); 21] = [
    ("button", button),
    ("channels_select", placeholder),
    ("checkboxes", few_options),
    ("conversations_select", placeholder),
    ("datepicker", placeholder),
    ("datetimepicker", |_, _, _| ()),
    ("email_text_input", placeholder),
    ("external_select", placeholder),
    ("image", image),
    ("multi_external_select", placeholder),
    ("multi_static_select", options),
    ("multi_users_select", placeholder),
    ("number_input", number),
    ("overflow", overflow),
    ("plain_text_input", plain_text_input),
    ("radio_buttons", few_options),
    ("static_select", options),
    ("timepicker", placeholder),
    ("url_text_input", placeholder),
    ("users_select", placeholder),
    ("workflow_button", button),
];

impl Check {
    /// One element: of a kind that may stand here, with an action id, its own rules, and a dialog that is complete.
    pub(super) fn element(&mut self, at: &str, element: &Value, allowed: &[&str]) {
        let kind = element["type"].as_str().unwrap_or_default();
        let rule = ELEMENTS.iter().find(|(name, _)| *name == kind && allowed.contains(name));
        let Some((_, rule)) = rule else {
            return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        };
        if kind != "image" {
            self.string(at, element, "action_id", 255, false);
        }
        rule(self, at, element);
        if !element["confirm"].is_null() {
            self.confirm(&format!("{at}/confirm"), &element["confirm"]);
        }
    }

    fn confirm(&mut self, at: &str, confirm: &Value) {
        self.text(at, confirm, "title", Text::plain(100).required());
        self.text(at, confirm, "text", Text::any(300).required());
        self.text(at, confirm, "confirm", Text::plain(30).required());
        self.text(at, confirm, "deny", Text::plain(30).required());
        self.one_of(at, confirm, "style", &["primary", "danger"]);
    }

    /// Options in a field: each with a text and a value that no other has.
    fn options(&mut self, at: &str, element: &Value, field: &str, count: (usize, usize)) {
        let options = self.items(at, element, field, count.0, count.1);
        for (number, option) in options.iter().enumerate() {
            let at = format!("{at}/{field}/{number}");
            self.text(&at, option, "text", Text::any(75).required());
            self.text(&at, option, "description", Text::any(75));
            self.string(&at, option, "value", 150, true);
            if options[..number].iter().any(|earlier| earlier["value"] == option["value"]) {
                self.wrong(&format!("{at}/value"), "options must have different values");
            }
        }
    }

    /// What is chosen at first must be one of the options.
    fn initial(&mut self, at: &str, element: &Value) {
        let grouped =
            element["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
        let all: Vec<&Value> = std::iter::once(&element["options"])
            .chain(grouped)
            .filter_map(Value::as_array)
            .flatten()
            .collect();
        let several = element["initial_options"].as_array().into_iter().flatten();
        let single = Some(&element["initial_option"]).filter(|option| !option.is_null());
        for initial in several.chain(single) {
            if !all.contains(&initial) {
                self.wrong(at, "the initial option must be one of the options, to the letter");
            }
        }
    }
}

fn button(check: &mut Check, at: &str, element: &Value) {
    check.text(at, element, "text", TEXT.required());
    check.string(at, element, "value", 2_000, false);
    check.string(at, element, "url", 3_000, false);
    check.string(at, element, "accessibility_label", 75, false);
    check.one_of(at, element, "style", &["primary", "danger"]);
}

fn placeholder(check: &mut Check, at: &str, element: &Value) {
    check.text(at, element, "placeholder", PLACEHOLDER);
}

fn image(check: &mut Check, at: &str, element: &Value) {
    check.string(at, element, "alt_text", 2_000, true);
    if element["slack_file"].is_null() {
        check.string(at, element, "image_url", 3_000, true);
    }
}

fn few_options(check: &mut Check, at: &str, element: &Value) {
    check.options(at, element, "options", (1, 10));
    check.initial(at, element);
}

fn overflow(check: &mut Check, at: &str, element: &Value) {
    check.options(at, element, "options", (1, 5));
}

fn options(check: &mut Check, at: &str, element: &Value) {
    placeholder(check, at, element);
    match (element["options"].is_null(), element["option_groups"].is_null()) {
        (false, true) => check.options(at, element, "options", (1, 100)),
        (true, false) => {
            for (number, group) in check.items(at, element, "option_groups", 1, 100).iter().enumerate() {
                let at = format!("{at}/option_groups/{number}");
                check.text(&at, group, "label", TEXT.required());
                check.options(&at, group, "options", (1, 100));
            }
        }
        _ => check.wrong(at, "exactly one of options and option_groups is required"),
    }
    check.initial(at, element);
}

fn number(check: &mut Check, at: &str, element: &Value) {
    placeholder(check, at, element);
    if !element["is_decimal_allowed"].is_boolean() {
        check.wrong(at, "missing required field: is_decimal_allowed");
    }
}

fn plain_text_input(check: &mut Check, at: &str, element: &Value) {
    placeholder(check, at, element);
    check.string(at, element, "initial_value", 3_000, false);
    for (field, least) in [("min_length", 0), ("max_length", 1)] {
        let value = &element[field];
        if !value.is_null() && !value.as_u64().is_some_and(|value| (least..=3_000).contains(&value)) {
            check.wrong(&format!("{at}/{field}"), &format!("must be between {least} and 3000"));
        }
    }
    let most = element["max_length"].as_u64().unwrap_or(3_000);
    if element["initial_value"].as_str().is_some_and(|text| text.chars().count() as u64 > most) {
        check.wrong(&format!("{at}/initial_value"), &format!("must be less than {} characters", most + 1));
    }
}
