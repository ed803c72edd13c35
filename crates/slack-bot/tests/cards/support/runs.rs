//! A run as a whole: its parent message, panic, abort, summary.

use std::time::Duration;

use dd0c_slack_bot::card::*;

use super::people::{at, dashboard, runbook, seconds};
use super::{Card, Words};

fn alert_line(words: &Words) -> AlertLine {
    AlertLine {
        sender: "PagerDuty",
        number: words.say("#4821"),
        link: Link::new("https://acme.pagerduty.example/incidents/Q4821"),
    }
}

fn run(words: &Words) -> RunCard {
    RunCard {
        runbook: runbook(words, "runs/exe_7a20"),
        state: RunWord::Running,
        step: 2,
        of: 6,
        led_by: words.say("Riley"),
        started_at: at(12, 30),
        agent: Some((words.say("prod-use1-a"), true)),
        done: 1,
        running: 1,
        waiting: 0,
        failed: 0,
        skipped: 0,
        to_go: 4,
        alert: Some(alert_line(words)),
        revision: 2,
    }
}

fn panic_card(words: &Words) -> PanicCard {
    PanicCard {
        by: words.say("Dana"),
        how: "`/dd0c panic`",
        at: at(21, 8),
        reason: words.say("wrong cluster"),
        reached_in: Some(Duration::from_millis(310)),
        paused: Some(3),
        revoked: Some(2),
        link: dashboard("runs?state=paused"),
    }
}

fn aborted_card(words: &Words) -> AbortedCard {
    AbortedCard {
        by: words.say("Riley"),
        at: at(16, 40),
        step: 4,
        of: 6,
        ran: 3,
        never_started: 2,
        stopped: Some(StoppedStep::Ended(4, Duration::from_millis(1_200))),
        rollbacks: Some((1, dashboard("runs/exe_7a20#rollbacks"))),
        link: dashboard("runs/exe_7a20"),
    }
}

fn summary_card(words: &Words) -> SummaryCard {
    SummaryCard {
        runbook: runbook(words, "runs/exe_7a20"),
        took: seconds(702),
        median: Some(seconds(19 * 60)),
        waited: seconds(66),
        ran: 5,
        skipped: 1,
        failed: 0,
        of: 6,
        approvals: vec![(RiskWord::Caution, words.say("Riley")), (RiskWord::Dangerous, words.say("Kim"))],
        divergences: vec![
            words.say("step 3 skipped (already done by hand)"),
            words.say("step 4 command edited"),
        ],
        divergence_count: 2,
        review: Some(dashboard("runs/exe_7a20/divergence")),
        timeline: dashboard("runs/exe_7a20"),
        audit: Some(dashboard("runs/exe_7a20/audit")),
        alert: Some((alert_line(words), false)),
    }
}

pub(super) fn states(words: &Words) -> Vec<(&'static str, Card)> {
    let uneventful = SummaryCard {
        median: None,
        skipped: 0,
        ran: 6,
        approvals: Vec::new(),
        divergences: Vec::new(),
        divergence_count: 0,
        review: None,
        audit: None,
        alert: None,
        ..summary_card(words)
    };
    let unknown =
        AbortedCard { stopped: Some(StoppedStep::Asked(4)), rollbacks: None, ..aborted_card(words) };
    let early = PanicCard { reached_in: None, paused: None, revoked: None, ..panic_card(words) };
    let messages = [
        ("02_started_parent", started(&run(words))),
        (
            "02_finished_parent",
            started(&RunCard {
                state: RunWord::Finished,
                done: 5,
                running: 0,
                skipped: 1,
                to_go: 0,
                step: 6,
                revision: 9,
                ..run(words)
            }),
        ),
        ("16_panic", panic(&panic_card(words))),
        ("16_panic_early", panic(&early)),
        ("16_panic_receipt", panic_receipt(2, 3, false, &dashboard(""))),
        ("18_aborted", aborted(&aborted_card(words))),
        ("18_aborted_unknown", aborted(&unknown)),
        ("19_summary", summary(&summary_card(words))),
        ("19_summary_uneventful", summary(&uneventful)),
    ];
    messages.into_iter().map(|(name, message)| (name, Card::Message(message))).collect()
}
