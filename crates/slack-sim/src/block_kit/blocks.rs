//! The blocks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Check, Surface, Text};

use Surface::{Home, Message, Modal};

type Rule = fn(&mut Check, &str, &Value);

/// Type, where it may stand, and its own rules.
const BLOCKS: [(&str, &[Surface], Rule); 12] = [
    ("actions", &[Message, Modal, Home], actions),
    ("alert", &[Modal], alert),
    ("context", &[Message, Modal, Home], context),
    ("divider", &[Message, Modal, Home], |_, _, _| ()),
    ("header", &[Message, Modal, Home], header),
    ("image", &[Message, Modal, Home], image),
    ("input", &[Message, Modal, Home], input),
    ("markdown", &[Message], markdown),
    ("rich_text", &[Message, Modal, Home], Check::rich_text),
    ("section", &[Message, Modal, Home], section),
    ("table", &[Message], table),
    ("video", &[Message, Modal, Home], video),
];

const IN_ACTIONS: [&str; 17] = [
    "button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "timepicker",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "overflow",
    "radio_buttons",
    "plain_text_input",
    "workflow_button",
];
const IN_SECTION: [&str; 15] = [
    "button",
    "checkboxes",
    "datepicker",
    "timepicker",
    "image",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "overflow",
    "radio_buttons",
];
const IN_INPUT: [&str; 17] = [
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "timepicker",
    "email_text_input",
    "url_text_input",
    "number_input",
    "plain_text_input",
    "radio_buttons",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
];

impl Check {
    /// One block: its type, its id, and its own rules.
    pub(super) fn block(&mut self, at: &str, block: &Value) {
        let kind = block["type"].as_str().unwrap_or_default();
        let Some((_, surfaces, rule)) = BLOCKS.iter().find(|(name, ..)| *name == kind) else {
            return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        };
        if !surfaces.contains(&self.surface) {
            return self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
        }
        self.string(at, block, "block_id", 255, false);
        if let Some(id) = block["block_id"].as_str().filter(|id| !id.is_empty())
            && !self.block_ids.insert(id.to_owned())
        {
            self.wrong(&format!("{at}/block_id"), &format!("`block_id` {id:?} already exists"));
        }
        rule(self, at, block);
    }

    /// The elements of a block, each of a kind that may stand there, no two with one action id.
    fn elements_of(&mut self, at: &str, elements: &[Value], allowed: &[&str]) {
        let mut ids = BTreeSet::new();
        for (number, element) in elements.iter().enumerate() {
            let at = format!("{at}/elements/{number}");
            self.element(&at, element, allowed);
            if let Some(id) = element["action_id"].as_str()
                && !ids.insert(id)
            {
                self.wrong(
                    &format!("{at}/action_id"),
                    &format!("`action_id` {id:?} already exists for this block"),
                );
            }
        }
        let focused = elements.iter().filter(|element| element["focus_on_load"] == true).count();
        if focused > 1 {
            self.wrong(at, "only one element may set focus_on_load");
        }
    }
}

fn actions(check: &mut Check, at: &str, block: &Value) {
    let elements = check.items(at, block, "elements", 1, 25);
    check.elements_of(at, elements, &IN_ACTIONS);
}

fn alert(check: &mut Check, at: &str, block: &Value) {
    check.text(at, block, "text", Text::any(200).required());
    check.one_of(at, block, "level", &["default", "info", "warning", "error", "success"]);
}

fn context(check: &mut Check, at: &str, block: &Value) {
    for (number, element) in check.items(at, block, "elements", 1, 10).iter().enumerate() {
        let at = format!("{at}/elements/{number}");
        match element["type"].as_str() {
            Some("image") => check.element(&at, element, &["image"]),
            _ => check.text_object(&at, element, Text::any(3_000)),
        }
    }
}

fn header(check: &mut Check, at: &str, block: &Value) {
    check.text(at, block, "text", Text::plain(150).required());
}

fn image(check: &mut Check, at: &str, block: &Value) {
    check.string(at, block, "alt_text", 2_000, true);
    check.text(at, block, "title", Text::plain(2_000));
    if block["slack_file"].is_null() {
        check.string(at, block, "image_url", 3_000, true);
    }
}

fn input(check: &mut Check, at: &str, block: &Value) {
    check.text(at, block, "label", Text::plain(2_000).required());
    check.text(at, block, "hint", Text::plain(2_000));
    match &block["element"] {
        Value::Null => check.wrong(at, "missing required field: element"),
        element => check.element(&format!("{at}/element"), element, &IN_INPUT),
    }
}

fn markdown(check: &mut Check, at: &str, block: &Value) {
    check.string(at, block, "text", 12_000, true);
}

fn section(check: &mut Check, at: &str, block: &Value) {
    if block["text"].is_null() && block["fields"].is_null() {
        check.wrong(at, "missing required field: text");
    }
    check.text(at, block, "text", Text::any(3_000));
    if !block["fields"].is_null() {
        for (number, field) in check.items(at, block, "fields", 1, 10).iter().enumerate() {
            check.text_object(&format!("{at}/fields/{number}"), field, Text::any(2_000));
        }
    }
    if !block["accessory"].is_null() {
        check.element(&format!("{at}/accessory"), &block["accessory"], &IN_SECTION);
    }
}

fn table(check: &mut Check, at: &str, block: &Value) {
    for (number, row) in check.items(at, block, "rows", 1, 100).iter().enumerate() {
        if row.as_array().is_none_or(|cells| cells.len() > 20) {
            check.wrong(&format!("{at}/rows/{number}"), "no more than 20 items allowed");
        }
    }
}

fn video(check: &mut Check, at: &str, block: &Value) {
    check.string(at, block, "alt_text", 2_000, true);
    check.text(at, block, "title", Text::plain(199).required());
    for field in ["video_url", "thumbnail_url"] {
        check.string(at, block, field, 3_000, true);
    }
}
