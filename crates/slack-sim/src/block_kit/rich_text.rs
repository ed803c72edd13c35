//! Rich text: sections, lists, quotes and preformatted text.

use serde_json::Value;

use super::Check;

/// What may stand in a section or quote.
const INLINE: [&str; 9] =
    ["broadcast", "channel", "color", "date", "emoji", "link", "text", "user", "usergroup"];
/// What may stand in preformatted text: nothing there becomes a mention.
const IN_PREFORMATTED: [&str; 2] = ["link", "text"];

impl Check {
    pub(super) fn rich_text(&mut self, at: &str, block: &Value) {
        for (number, element) in self.items(at, block, "elements", 1, 1_000).iter().enumerate() {
            let at = format!("{at}/elements/{number}");
            match element["type"].as_str().unwrap_or_default() {
                "rich_text_section" | "rich_text_quote" => self.inline(&at, element, &INLINE, 0),
                "rich_text_preformatted" => {
                    self.border(&at, element);
                    self.inline(&at, element, &IN_PREFORMATTED, 1);
                }
                "rich_text_list" => self.list(&at, element),
                other => self.wrong(&format!("{at}/type"), &format!("unsupported type: {other}")),
            }
        }
    }

    fn list(&mut self, at: &str, list: &Value) {
        self.border(at, list);
        if list["style"].is_null() {
            self.wrong(at, "missing required field: style");
        }
        self.one_of(at, list, "style", &["bullet", "ordered"]);
        for (number, item) in self.items(at, list, "elements", 1, 1_000).iter().enumerate() {
            let at = format!("{at}/elements/{number}");
            if item["type"] == "rich_text_section" {
                self.inline(&at, item, &INLINE, 0);
            } else {
                self.wrong(&format!("{at}/type"), "must be one of: rich_text_section");
            }
        }
    }

    fn border(&mut self, at: &str, element: &Value) {
        let border = &element["border"];
        if !border.is_null() && border.as_u64().is_none_or(|border| border > 1) {
            self.wrong(&format!("{at}/border"), "must be one of: 0, 1");
        }
    }

    fn inline(&mut self, at: &str, parent: &Value, allowed: &[&str], least: usize) {
        for (number, element) in self.items(at, parent, "elements", least, 1_000).iter().enumerate() {
            let at = format!("{at}/elements/{number}");
            let kind = element["type"].as_str().unwrap_or_default();
            if !allowed.contains(&kind) {
                self.wrong(&format!("{at}/type"), &format!("unsupported type: {kind}"));
                continue;
            }
            let (field, most) = match kind {
                "text" => ("text", 3_000 * 13),
                "link" => ("url", 3_000),
                "user" => ("user_id", 255),
                "usergroup" => ("usergroup_id", 255),
                "channel" => ("channel_id", 255),
                "emoji" => ("name", 255),
                "broadcast" => ("range", 255),
                _ => continue,
            };
            self.string(&at, element, field, most, true);
        }
    }
}
