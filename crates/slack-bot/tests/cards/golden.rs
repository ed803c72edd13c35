//! Every state of the storyboard as it goes to Slack, to the letter, and within Slack's limits.

use super::support::{Card, Words, states};
use dd0c_slack_sim::block_kit::{Surface, check, check_view};

/// The states that the storyboard names.
const STORYBOARD: [&str; 27] = [
    "01_alert_matched",
    "01b_low_confidence",
    "02_started_parent",
    "02a_start_modal",
    "03_step_running",
    "03s_green_strict",
    "04_step_finished",
    "05_yellow_approval",
    "05b_yellow_decided",
    "06_edit_modal",
    "07_edited_reclassified",
    "08_red_approval",
    "09_red_modal",
    "10_wrong_text",
    "11_not_authorised",
    "12_already_decided",
    "13_failed_rollback",
    "14_agent_offline",
    "15_timeout",
    "16_panic",
    "17_skip_modal",
    "18_aborted",
    "19_summary",
    "20_app_home",
    "21_not_linked",
    "22_branch",
    "23_manual_step",
];

#[test]
fn every_state_is_as_it_was_agreed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, card) in states(&Words::default()) {
            insta::assert_json_snapshot!(name, card.json());
        }
    });
}

#[test]
fn every_state_of_the_storyboard_is_there_and_within_slacks_limits() {
    let states = states(&Words::default());
    for name in STORYBOARD {
        assert!(states.iter().any(|(state, _)| *state == name), "{name} is missing");
    }
    for (name, card) in states {
        let checked = match &card {
            Card::Message(message) => check(&message.blocks.clone().into(), Surface::Message),
            Card::Modal(modal) => check_view(&modal.view, "modal"),
            Card::Home(home) => check_view(&home.view, "home"),
            Card::Errors(_) => Ok(()),
        };
        assert_eq!(checked, Ok(()), "{name}");
    }
}
