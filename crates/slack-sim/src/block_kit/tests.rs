use serde_json::json;

use super::*;

fn message(block: Value) -> Vec<String> {
    check(&json!([block]), Surface::Message).err().unwrap_or_default()
}

fn plain(text: impl Into<String>) -> Value {
    json!({"type": "plain_text", "text": text.into()})
}

fn button(id: &str) -> Value {
    json!({"type": "button", "action_id": id, "text": plain("Go"), "value": "v"})
}

#[test]
fn a_section_that_is_too_long_is_refused_in_slacks_words() {
    let block = json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(3_001)}});
    let expected = [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ];
    assert_eq!(message(block), expected);
    assert!(message(json!({"type": "section", "text": plain("x".repeat(3_000))})).is_empty());
}

#[test]
fn each_limit_is_kept_to_the_character() {
    let just_too_much = [
        json!({"type": "header", "text": plain("x".repeat(151))}),
        json!({"type": "section", "fields": vec![plain("x"); 11]}),
        json!({"type": "section", "fields": [plain("x".repeat(2_001))]}),
        json!({"type": "context", "elements": vec![plain("x"); 11]}),
        json!({"type": "actions", "elements": (0..26).map(|n| button(&n.to_string())).collect::<Vec<_>>()}),
        json!({"type": "actions", "elements": [{"type": "button", "text": plain("x".repeat(76))}]}),
        json!({"type": "actions", "elements": [{"type": "button", "text": plain("x"), "value": "v".repeat(2_001)}]}),
        json!({"type": "actions", "elements": [{"type": "button", "text": plain("x"), "style": "loud"}]}),
        json!({"type": "actions", "block_id": "b".repeat(256), "elements": [button("a")]}),
        json!({"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}]}),
        json!({"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": []}]}),
        json!({"type": "alert", "text": plain("modals only")}),
        json!({"type": "card"}),
    ];
    for block in just_too_much {
        assert!(!message(block.clone()).is_empty(), "accepted: {block}");
    }
}

#[test]
fn action_ids_are_unique_in_a_block_and_block_ids_in_a_message() {
    let twice = json!({"type": "actions", "elements": [button("a"), button("a")]});
    assert!(message(twice)[0].contains("already exists for this block"));
    let blocks = json!([{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}]);
    assert!(check(&blocks, Surface::Message).is_err());
}

#[test]
fn a_message_has_fifty_blocks_and_a_view_a_hundred() {
    let dividers = |count| Value::from(vec![json!({"type": "divider"}); count]);
    assert!(check(&dividers(50), Surface::Message).is_ok());
    assert!(check(&dividers(51), Surface::Message).is_err());
    let view = |count| json!({"type": "modal", "title": plain("t"), "blocks": dividers(count)});
    assert!(check_view(&view(100), "modal").is_ok());
    assert!(check_view(&view(101), "modal").is_err());
    assert!(check_view(&view(0), "modal").is_err());
}

#[test]
fn a_modal_has_a_short_title_and_a_submit_when_it_has_inputs() {
    let input = json!({"type": "input", "label": plain("l"), "element": {"type": "plain_text_input", "action_id": "v"}});
    let modal = |title: &str, submit: Value| {
        check_view(
            &json!({"type": "modal", "title": plain(title), "submit": submit, "blocks": [input]}),
            "modal",
        )
    };
    assert_eq!(modal("Confirm red step 5 of 6", plain("Run it")), Ok(()));
    let wrong = modal(&"x".repeat(25), Value::Null).unwrap_err();
    assert!(
        wrong.iter().any(|line| line == "must be less than 25 characters [json-pointer:/view/title/text]")
    );
    assert!(wrong.iter().any(|line| line.contains("`submit` is required")));
}
