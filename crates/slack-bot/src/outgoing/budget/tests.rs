//! The budget against every order of wishes.

use proptest::prelude::*;

use super::*;

/// Slack's own bucket as slack-sim models it: 50 a minute, 12 at once.
fn breaks_tier_three(sent: &[u64]) -> bool {
    let (mut level, mut at) = (12.0_f64, 0_u64);
    sent.iter().any(|&now| {
        level = (level + (now - at) as f64 * 50.0 / 60_000.0).min(12.0);
        at = now;
        level -= 1.0;
        level < 0.0
    })
}

#[derive(Debug, Clone)]
enum Wish {
    Output(u8),
    Decision,
}

fn wishes() -> impl Strategy<Value = Vec<(u64, Wish)>> {
    let wish = prop_oneof![4 => (0..12_u8).prop_map(Wish::Output), 1 => Just(Wish::Decision)];
    prop::collection::vec((0..400_u64, wish), 1..600)
}

/// When a message was shown, since when it had waited, and how many had then waited longer.
#[derive(Debug)]
struct Shown {
    at: u64,
    since: u64,
    ahead: u64,
    /// Whether one was left waiting that could have been shown and had waited longer.
    overtook: bool,
}

/// Each message asks when it has something to show, and again when it was told to.
fn shown_by_a_patient_desk(wishes: &[(u64, u8)]) -> Vec<Shown> {
    let (mut budget, mut all) = (Budget::default(), Vec::new());
    // Of each message: since when, how many were ahead then, and when it asks.
    let mut waiting = BTreeMap::<u8, (u64, u64, u64)>::new();
    let mut last = BTreeMap::<u8, u64>::new();
    let end = wishes.last().map_or(0, |(at, _)| at + 60_000);
    for now in (0..end).step_by(10) {
        for (_, message) in wishes.iter().filter(|(at, _)| (now..now + 10).contains(at)) {
            let ahead = waiting.len() as u64;
            waiting.entry(*message).or_insert((now, ahead, now));
        }
        let mut asking: Vec<_> = waiting.iter().map(|(message, wish)| (*message, *wish)).collect();
        asking.retain(|(_, (_, _, asks))| *asks <= now);
        for (message, (since, ahead, _)) in asking {
            match budget.ask(Moment(now), Request::Output { message: &message.to_string() }) {
                Answer::WaitUntil(at) => {
                    assert!(at.0 > now);
                    waiting.insert(message, (since, ahead, at.0));
                }
                Answer::Send => {
                    waiting.remove(&message);
                    last.insert(message, now);
                    let due = |other: &u8| last.get(other).is_none_or(|last| now - last >= LEAST_INTERVAL_MS);
                    let overtook = waiting.iter().any(|(other, (began, ..))| {
                        *began < since
                            && now - began > FIRST_MS + 10
                            && due(other)
                            && budget.output.level < CALL
                    });
                    all.push(Shown { at: now, since, ahead, overtook });
                }
            }
        }
    }
    assert!(waiting.is_empty(), "{waiting:?} never came to be shown");
    all
}

proptest! {
    #[test]
    fn whatever_is_asked_for_slack_never_has_to_refuse_an_update(wishes in wishes()) {
        let (mut budget, mut now, mut sent) = (Budget::default(), 0, Vec::new());
        for (later, wish) in wishes {
            now += later;
            let name = if let Wish::Output(message) = wish { message.to_string() } else { String::new() };
            let request = match wish {
                Wish::Output(_) => Request::Output { message: &name },
                Wish::Decision => Request::Decision { message: "d" },
            };
            if budget.ask(Moment(now), request) == Answer::Send {
                sent.push(now);
            }
        }
        prop_assert!(!breaks_tier_three(&sent));
    }

    #[test]
    fn who_waits_as_long_as_it_was_told_is_sent_unless_others_went_before(wishes in wishes()) {
        let (mut budget, mut now) = (Budget::default(), 0);
        for (later, _) in wishes {
            now += later;
            if let Answer::WaitUntil(until) = budget.ask(Moment(now), Request::Decision { message: "d" }) {
                prop_assert!(until.0 > now);
                prop_assert_eq!(budget.ask(until, Request::Decision { message: "d" }), Answer::Send);
                now = until.0;
            }
        }
    }

    #[test]
    fn the_first_decisions_of_a_minute_never_wait_however_much_output_there_is(
        outputs in prop::collection::vec(0..200_u64, 1..600), gap in 6_100..20_000_u64,
    ) {
        let (mut budget, mut now, mut next) = (Budget::default(), 0, 0);
        for (number, later) in outputs.into_iter().enumerate() {
            now += later;
            budget.ask(Moment(now), Request::Output { message: &(number % 12).to_string() });
            if now >= next {
                next = now + gap;
                prop_assert_eq!(budget.ask(Moment(now), Request::Decision { message: "d" }), Answer::Send);
            }
        }
    }

    #[test]
    fn nothing_is_shown_before_what_waits_longer_and_nothing_waits_longer_than_its_place_in_the_queue(
        wishes in prop::collection::vec((0..3_000_u64, 0..14_u8), 1..80),
    ) {
        let mut next = 0;
        let wishes: Vec<(u64, u8)> = wishes.into_iter().map(|(later, message)| { next += later; (next, message) }).collect();
        for shown in shown_by_a_patient_desk(&wishes) {
            // A call comes every 1.5 s; two more for the interval and the first moment.
            prop_assert!(shown.at - shown.since <= 3_000 + 1_500 * shown.ahead, "{shown:?}");
            prop_assert!(!shown.overtook, "{shown:?}");
        }
    }

    #[test]
    fn one_message_is_not_changed_more_often_than_its_interval(steps in prop::collection::vec(1..900_u64, 1..300)) {
        let (mut budget, mut now, mut last) = (Budget::default(), 0, None::<u64>);
        for later in steps {
            now += later;
            if budget.ask(Moment(now), Request::Output { message: "m" }) == Answer::Send {
                prop_assert!(last.is_none_or(|last| now - last >= 2_000));
                last = Some(now);
            }
        }
    }
}

#[test]
fn ten_messages_that_always_have_more_to_show_are_changed_in_turn() {
    let (mut budget, mut changed) = (Budget::default(), [0; 10]);
    for now in (0..300_000).step_by(50) {
        for (number, changes) in changed.iter_mut().enumerate() {
            let message = number.to_string();
            let answer = budget.ask(Moment(now), Request::Output { message: &message });
            *changes += u32::from(answer == Answer::Send);
        }
    }
    // 40 a minute for five minutes, and 4 at once.
    assert!(changed.iter().all(|changes| (18..=23).contains(changes)), "{changed:?}");
}

#[test]
fn the_first_change_waits_for_the_first_lines_and_a_message_that_seldom_changes_for_nobody() {
    let mut budget = Budget::default();
    let mut show =
        |message: u64, now| budget.ask(Moment(now), Request::Output { message: &message.to_string() });
    for message in 0..10 {
        assert_eq!(show(message, message * 1_600), Answer::WaitUntil(Moment(message * 1_600 + FIRST_MS)));
        assert_eq!(show(message, message * 1_600 + FIRST_MS), Answer::Send);
    }
    for round in 1..8 {
        for message in 0..10 {
            assert_eq!(show(message, FIRST_MS + round * 16_000 + message * 1_600), Answer::Send);
        }
    }
}

/// One that has nothing left.
fn spent(now: u64) -> Budget {
    let mut budget = Budget::new(Moment(now));
    while budget.ask(Moment(now), Request::Decision { message: "d" }) == Answer::Send {}
    budget
}

#[test]
fn what_ended_while_it_waited_holds_nobody_up() {
    let mut budget = spent(0);
    for (message, told) in [("ends", 1_502), ("next", 3_004), ("then", 4_505)] {
        let mut show = |now| budget.ask(Moment(now), Request::Output { message });
        assert_eq!(show(0), Answer::WaitUntil(Moment(FIRST_MS)));
        assert_eq!(show(FIRST_MS), Answer::WaitUntil(Moment(told)));
    }
    // It is sent from what is kept for ends: six seconds after nothing was left.
    budget.ask(Moment(500), Request::Decision { message: "ends" });
    let mut show = |message, now| budget.ask(Moment(now), Request::Output { message });
    assert_eq!(show("then", 600), Answer::WaitUntil(Moment(3_004)));
    assert_eq!(show("next", 1_502), Answer::Send);
}

#[test]
fn what_does_not_ask_when_it_was_told_to_loses_its_place() {
    let mut budget = spent(0);
    for (message, told) in [("gone", 1_502), ("next", 3_004)] {
        let mut show = |now| budget.ask(Moment(now), Request::Output { message });
        assert_eq!(show(0), Answer::WaitUntil(Moment(FIRST_MS)));
        assert_eq!(show(FIRST_MS), Answer::WaitUntil(Moment(told)));
    }
    let mut show = |message, now| budget.ask(Moment(now), Request::Output { message });
    assert_eq!(show("next", 1_600), Answer::WaitUntil(Moment(3_004)), "a call is left to the other");
    assert_eq!(show("next", 1_502 + GONE_AFTER_MS), Answer::Send);
    assert_eq!(show("other", 4_000), Answer::WaitUntil(Moment(4_000 + FIRST_MS)));
    assert_eq!(show("other", 4_500), Answer::Send, "nobody is before it any more");
}

#[test]
fn a_channel_takes_a_few_messages_at_once_and_then_one_a_second() {
    let mut budget = Budget::default();
    let mut post = |channel, now| budget.ask(Moment(now), Request::Post { channel });
    for _ in 0..3 {
        assert_eq!(post("C1", 0), Answer::Send);
    }
    assert_eq!(post("C1", 0), Answer::WaitUntil(Moment(1_000)));
    assert_eq!(post("C2", 0), Answer::Send);
    assert_eq!(post("C1", 1_000), Answer::Send);
}

#[test]
fn after_retry_after_nothing_goes_out_by_that_method_and_the_other_is_free() {
    let mut budget = Budget::default();
    budget.refused(Moment(5), false, 7_000);
    assert_eq!(budget.ask(Moment(6), Request::Decision { message: "d" }), Answer::WaitUntil(Moment(7_005)));
    let output = Request::Output { message: "m" };
    assert_eq!(budget.ask(Moment(6), output), Answer::WaitUntil(Moment(7_005)));
    assert_eq!(budget.ask(Moment(6), Request::Post { channel: "C1" }), Answer::Send);
    assert_eq!(budget.ask(Moment(7_005), Request::Decision { message: "d" }), Answer::Send);
}
