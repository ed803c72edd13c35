//! What others write can be anything: no card says more, links elsewhere, mentions somebody or offers a button by it.

use super::support::{Card, Words, all, preformatted, states, texts, walk};
use dd0c_slack_bot::card::{BLOCKS, PRIVATE_METADATA, TEXT};
use dd0c_slack_sim::block_kit::{Surface, check, check_view};
use dd0c_types::visible::visible;
use proptest::prelude::*;
use serde_json::Value;

/// Text that tries to be more than text.
const PIECES: [&str; 26] = [
    "<!here>",
    "<!channel|x>",
    "<@U0KIM>",
    "<#C0INCIDENT|general>",
    "<!subteam^S0ONCALL>",
    "<http://evil.example|Full log ↗>",
    "http://evil.example",
    "evil.example/x",
    "mailto:a@evil.example",
    "*bold*",
    "_slanted_",
    "~struck~",
    "`code`",
    "```",
    ":white_check_mark:",
    "✅ *Approved* by @Kim",
    "🟢",
    "\n> quoted",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{202e}desrever",
    "\u{200b}\u{feff}\u{2066}",
    "a\u{301}\u{302}\u{303}\u{304}\u{305}",
    "&lt;@U0KIM&gt;",
    " · ",
    "\r\n\t",
    "<!date^1^{time}|x>",
];

/// What lets a command run, or leads to it.
const RUNS: [&str; 4] = ["step.approve", "step.red.open", "step.rollback.approve", "step.rollback.red.open"];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{1,12}",
    ];
    // It begins with a letter: that nothing is shown for an empty text is another matter.
    prop::collection::vec(piece, 1..10).prop_map(|pieces| format!("x{}", pieces.concat()))
}

/// Everything in `mrkdwn` that means more than itself: targets of mentions, links and times, and how many signs of
/// formatting, emoji names and lines there are. Within a pair of backticks nothing but an escape means anything.
fn meaning(card: &Value) -> Vec<(Vec<String>, [usize; 7])> {
    let of = |text: String| {
        assert!(text.split('`').skip(1).step_by(2).all(|code| !code.contains(['<', '>', '\n'])), "{text}");
        let outside: String = text.split('`').step_by(2).collect();
        let targets = outside.split('<').skip(1).map(|rest| {
            let inside = rest.split('>').next().unwrap_or_default();
            inside.split('|').next().unwrap_or_default().to_owned()
        });
        let signs = ["*", "~", ">", "\n", " · ", "✅"].map(|sign| outside.matches(sign).count());
        let [stars, waves, ends, lines, dots, ticks] = signs;
        (targets.collect(), [stars, waves, ends, lines, dots, ticks, text.matches('`').count()])
    };
    texts(card, "mrkdwn").into_iter().map(of).collect()
}

/// What is neither a name in code nor the name that has to be typed.
fn prose_of(card: &Card) -> String {
    let json = card.json();
    let prose = texts(&json, "mrkdwn").into_iter().map(|text| text.split('`').step_by(2).collect::<String>());
    let plain = texts(&json, "plain_text").into_iter().chain(preformatted(&json));
    prose.chain(plain).collect::<Vec<_>>().join("\n")
}

fn within_limits(name: &str, card: &Card) {
    let checked = match card {
        Card::Message(message) => check(&message.blocks.clone().into(), Surface::Message),
        Card::Modal(modal) => check_view(&modal.view, "modal"),
        Card::Home(home) => check_view(&home.view, "home"),
        Card::Errors(_) => Ok(()),
    };
    assert_eq!(checked, Ok(()), "{name}");
    let Some(message) = card.message() else { return };
    assert!(message.blocks.len() <= BLOCKS, "{name} has {} blocks", message.blocks.len());
    assert!(card.json()["blocks"].to_string().len() <= 13_000, "{name}");
    let text = &message.text;
    assert!(text.chars().count() <= TEXT, "{name}: {text}");
    assert!(
        !text.contains(['<', '>', '*', '`', '~', '\n', '\u{202e}', '\u{200b}', '\u{1b}']),
        "{name}: {text}"
    );
}

/// The ids of all buttons and selects.
fn elements(card: &Value) -> Vec<String> {
    all(card, "action_id")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_others_write_says_only_itself(text in hostile()) {
        let (calm, wild) = (states(&Words::hostile("x")), states(&Words::hostile(&text)));
        for ((name, calm), (_, wild)) in calm.iter().zip(&wild) {
            within_limits(name, wild);
            let (calm, wild) = (calm.json(), wild.json());
            prop_assert_eq!(meaning(&calm), meaning(&wild), "{}: {:#}", name, wild);
            prop_assert_eq!(elements(&calm), elements(&wild), "{}", name);
            prop_assert_eq!(all(&calm, "url"), all(&wild, "url"), "{}", name);
            prop_assert_eq!(all(&calm, "value"), all(&wild, "value"), "{}", name);
        }
    }

    #[test]
    fn a_command_that_a_button_runs_is_shown_to_the_letter(text in hostile()) {
        for (name, card) in states(&Words::everywhere(&text)) {
            within_limits(name, &card);
            let card = card.json();
            if elements(&card).iter().any(|id| RUNS.contains(&id.as_str())) {
                let (drawn, shown) = (visible(&text), preformatted(&card));
                // A difference has a sign before every line.
                let signed = drawn.split('\n').map(|line| format!("+ {line}")).collect::<Vec<_>>().join("\n");
                let whole = shown.iter().any(|shown| *shown == drawn || shown.ends_with(&signed));
                prop_assert!(whole, "{}: {:?}", name, shown);
            }
            for shown in preformatted(&card) {
                prop_assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{feff}', '\r']), "{}", name);
            }
        }
    }
}

#[test]
fn beside_a_command_that_is_too_long_there_is_no_button_that_runs_it() {
    let long = "y".repeat(2_501);
    for (name, card) in states(&Words::everywhere(&long)) {
        within_limits(name, &card);
        let json = card.json();
        assert!(!elements(&json).iter().any(|id| RUNS.contains(&id.as_str())), "{name}");
        assert!(preformatted(&json).iter().all(|shown| !shown.contains(&"y".repeat(1_501))), "{name}");
    }
    let fits = states(&Words::everywhere(&"y".repeat(2_400)));
    let asks = |name: &str| fits.iter().find(|(state, _)| *state == name).map(|(_, card)| card.json());
    let ask = asks("05_yellow_approval").expect("it is a state");
    assert!(elements(&ask).contains(&"step.approve".to_owned()));
}

#[test]
fn ten_megabytes_and_secrets_stay_outside() {
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let line = format!("{secret} password=hunter2hunter2 \u{1b}[2J\n");
    let text = line.repeat(10_000_000 / line.len());
    for (name, card) in states(&Words::hostile(&text)) {
        within_limits(name, &card);
        assert!(!prose_of(&card).contains(secret), "{name}");
        assert!(card.message().is_none_or(|message| !message.text.contains(secret)), "{name}");
    }
}

#[test]
fn output_is_its_last_lines() {
    let text: String = (1..=400).map(|line| format!("line {line} {}\n", "z".repeat(40))).collect();
    for (name, card) in states(&Words::hostile(&text)) {
        let json = card.json();
        for shown in preformatted(&json).into_iter().filter(|shown| shown.contains("line ")) {
            assert!(shown.lines().count() <= 12 && shown.chars().count() <= 1_500, "{name}");
            assert!(shown.contains("line 400 "), "{name}: the end is what counts");
        }
    }
}

#[test]
fn no_button_carries_a_command_and_no_modal_the_name_to_type() {
    for (name, card) in states(&Words::everywhere("zebrafish")) {
        walk(&card.json(), &mut |value| {
            for field in ["value", "action_id", "block_id", "private_metadata", "callback_id"] {
                let says = value[field].as_str().unwrap_or_default();
                assert!(!says.contains("zebrafish"), "{name}: {field}");
            }
            let metadata = value["private_metadata"].as_str().unwrap_or_default();
            assert!(metadata.len() <= PRIVATE_METADATA, "{name}");
            if value["type"] == "button" {
                assert!(value["value"].as_str().is_none_or(|value| value.len() <= 2_000), "{name}");
            }
        });
    }
}
