//! Events as CSV that no spreadsheet takes for formulas.

use crate::audit::AuditEvent;

const HEADER: &str = "seq,created_at,event_type,execution_id,actor_kind,actor_id,actor_name,channel,event_data,prev_hash,hash\r\n";

/// The events as RFC 4180 text.
pub(crate) fn text(events: &[AuditEvent]) -> String {
    let mut out = String::from(HEADER);
    for event in events {
        let actor = serde_json::to_value(&event.actor).unwrap_or_default();
        let of_actor = |field: &str| actor[field].as_str().unwrap_or_default().to_owned();
        let cells = [
            event.seq.to_string(),
            event.created_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            event.event_type.clone(),
            event.execution_id.map(|id| id.to_string()).unwrap_or_default(),
            of_actor("kind"),
            of_actor("id"),
            of_actor("name"),
            of_actor("channel"),
            event.event_data.to_string(),
            event.prev_hash.clone(),
            event.hash.clone(),
        ];
        out.push_str(&cells.map(|text| cell(&text)).join(","));
        out.push_str("\r\n");
    }
    out
}

/// One cell. What a spreadsheet would compute gets a leading apostrophe.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guarded}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula_and_quotes_cannot_break_out() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(cell(text).starts_with("\"'"), "{text:?}");
        }
        assert_eq!(cell("a\",=1"), "\"a\"\",=1\"");
    }
}
