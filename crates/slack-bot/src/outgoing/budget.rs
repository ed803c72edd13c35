//! How often Slack is spoken to: pure, with the time handed in.
//!
//! Slack's reference, "Rate limits": `chat.update` is Tier 3, 50 calls a minute for the workspace; `chat.postMessage`
//! is about one a second for a channel. Slack does not publish how large a burst it takes; all of it here is a quarter
//! of a minute. Output has 40 updates a minute; 10 are kept for decisions and final states, which go before everything else.

use std::collections::BTreeMap;

/// A moment, in milliseconds of a clock that never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub u64);

/// What somebody wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'r> {
    /// A new message in a channel, or in a thread of it.
    Post {
        /// The channel.
        channel: &'r str,
    },
    /// A change that people wait for: a decision, an end.
    Decision,
    /// A change that shows how far something is.
    Output {
        /// Which message.
        message: &'r str,
    },
}

/// Whether it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Now; it is counted.
    Send,
    /// Not before this moment; ask again then, with what is to be shown by then.
    WaitUntil(Moment),
}

/// What may still be sent in one workspace.
#[derive(Debug, Clone)]
pub struct Budget {
    output: Bucket,
    reserved: Bucket,
    channels: BTreeMap<String, Bucket>,
    /// When each message was last changed to show how far something is.
    shown: BTreeMap<String, Moment>,
    /// Until when Slack wants to hear nothing by this method.
    posts_paused: Moment,
    updates_paused: Moment,
}

/// Calls in a minute and at once. Together 50 a minute and 12 at once: a quarter of the minute.
const OUTPUT: (u64, u64) = (40, 8);
const RESERVED: (u64, u64) = (10, 4);
/// Posts in a minute to one channel, and at once.
const POSTS: (u64, u64) = (60, 3);
/// The least time between two changes of one message that show how far something is.
const LEAST_INTERVAL_MS: u64 = 2_000;
/// While calls are scarce: for each message that shows how far something is, so that all have the same share.
const INTERVAL_PER_MESSAGE_MS: u64 = 1_500;
/// Fewer left than this are scarce.
const SCARCE: u64 = 2 * CALL;
/// A message that was changed within this time has a share.
const SHARES_MS: u64 = 30_000;
/// Messages and channels that were not touched for so long are forgotten: their buckets are full again.
const FORGET_AFTER_MS: u64 = 10 * 60_000;

impl Default for Budget {
    fn default() -> Self {
        Self::new(Moment(0))
    }
}

impl Budget {
    /// A full one.
    pub fn new(now: Moment) -> Self {
        Self {
            output: Bucket::full(OUTPUT, now),
            reserved: Bucket::full(RESERVED, now),
            channels: BTreeMap::new(),
            shown: BTreeMap::new(),
            posts_paused: Moment(0),
            updates_paused: Moment(0),
        }
    }

    /// Asks for one call, and counts it when it may be sent.
    pub fn ask(&mut self, now: Moment, request: Request<'_>) -> Answer {
        match request {
            Request::Post { channel } => self.post(now, channel),
            Request::Decision => self.decision(now),
            Request::Output { message } => self.show(now, message),
        }
    }

    /// Slack said `Retry-After`: nothing by this method goes out before.
    pub fn refused(&mut self, now: Moment, post: bool, retry_after_ms: u64) {
        let until = Moment(now.0.saturating_add(retry_after_ms.max(1_000)));
        let paused = if post { &mut self.posts_paused } else { &mut self.updates_paused };
        *paused = (*paused).max(until);
    }

    fn post(&mut self, now: Moment, channel: &str) -> Answer {
        if now < self.posts_paused {
            return Answer::WaitUntil(self.posts_paused);
        }
        self.channels.retain(|_, bucket| now.0.saturating_sub(bucket.at.0) < FORGET_AFTER_MS);
        let bucket = self.channels.entry(channel.to_owned()).or_insert_with(|| Bucket::full(POSTS, now));
        bucket.take(now)
    }

    /// From what is kept for it, else from what output would have had.
    fn decision(&mut self, now: Moment) -> Answer {
        if now < self.updates_paused {
            return Answer::WaitUntil(self.updates_paused);
        }
        let Answer::WaitUntil(kept) = self.reserved.take(now) else { return Answer::Send };
        let Answer::WaitUntil(other) = self.output.take(now) else { return Answer::Send };
        Answer::WaitUntil(kept.min(other))
    }

    fn show(&mut self, now: Moment, message: &str) -> Answer {
        let interval = self.interval(now);
        let due = self.shown.get(message).map_or(Moment(0), |last| Moment(last.0.saturating_add(interval)));
        let due = due.max(self.updates_paused);
        if now < due {
            return Answer::WaitUntil(due);
        }
        let answer = self.output.take(now);
        if answer == Answer::Send {
            self.shown.retain(|_, last| now.0.saturating_sub(last.0) < FORGET_AFTER_MS);
            self.shown.insert(message.to_owned(), now);
        }
        answer
    }

    /// The least time between two changes of one message.
    fn interval(&mut self, now: Moment) -> u64 {
        if self.output.level(now) >= SCARCE {
            return LEAST_INTERVAL_MS;
        }
        let sharing = self.shown.values().filter(|last| now.0.saturating_sub(last.0) < SHARES_MS).count();
        LEAST_INTERVAL_MS
            .max(INTERVAL_PER_MESSAGE_MS.saturating_mul(u64::try_from(sharing).unwrap_or(u64::MAX)))
    }
}

/// Millionths of a call, so that rates are whole numbers.
const CALL: u64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    per_ms: u64,
    most: u64,
    level: u64,
    at: Moment,
}

impl Bucket {
    const fn full((per_minute, at_once): (u64, u64), now: Moment) -> Self {
        // Rounded down: never more than Slack allows.
        Self { per_ms: per_minute * CALL / 60_000, most: at_once * CALL, level: at_once * CALL, at: now }
    }

    fn level(&mut self, now: Moment) -> u64 {
        let passed = now.0.saturating_sub(self.at.0);
        self.level = self.level.saturating_add(passed.saturating_mul(self.per_ms)).min(self.most);
        self.at = self.at.max(now);
        self.level
    }

    fn take(&mut self, now: Moment) -> Answer {
        if self.level(now) >= CALL {
            self.level -= CALL;
            return Answer::Send;
        }
        Answer::WaitUntil(Moment(self.at.0 + (CALL - self.level).div_ceil(self.per_ms)))
    }
}

#[cfg(test)]
mod tests {
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

    proptest! {
        #[test]
        fn whatever_is_asked_for_slack_never_has_to_refuse_an_update(wishes in wishes()) {
            let (mut budget, mut now, mut sent) = (Budget::default(), 0, Vec::new());
            for (later, wish) in wishes {
                now += later;
                let name = if let Wish::Output(message) = wish { message.to_string() } else { String::new() };
                let request = match wish {
                    Wish::Output(_) => Request::Output { message: &name },
                    Wish::Decision => Request::Decision,
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
                if let Answer::WaitUntil(until) = budget.ask(Moment(now), Request::Decision) {
                    prop_assert!(until.0 > now);
                    prop_assert_eq!(budget.ask(until, Request::Decision), Answer::Send);
                    now = until.0;
                }
            }
        }

        #[test]
        fn the_first_decisions_of_a_minute_never_wait_however_much_output_there_is(
            outputs in prop::collection::vec(0..200_u64, 1..300), gap in 6_100..20_000_u64,
        ) {
            let (mut budget, mut now, mut next) = (Budget::default(), 0, 0);
            for (number, later) in outputs.into_iter().enumerate() {
                now += later;
                budget.ask(Moment(now), Request::Output { message: &number.to_string() });
                if now >= next {
                    next = now + gap;
                    prop_assert_eq!(budget.ask(Moment(now), Request::Decision), Answer::Send);
                }
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
    fn a_message_that_seldom_changes_waits_for_nobody() {
        let mut budget = Budget::default();
        let mut show =
            |message: u64, now| budget.ask(Moment(now), Request::Output { message: &message.to_string() });
        for round in 0..8 {
            for message in 0..10 {
                assert_eq!(show(message, round * 16_000 + message * 1_600), Answer::Send);
            }
        }
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
        assert_eq!(budget.ask(Moment(6), Request::Decision), Answer::WaitUntil(Moment(7_005)));
        let output = Request::Output { message: "m" };
        assert_eq!(budget.ask(Moment(6), output), Answer::WaitUntil(Moment(7_005)));
        assert_eq!(budget.ask(Moment(6), Request::Post { channel: "C1" }), Answer::Send);
        assert_eq!(budget.ask(Moment(7_005), Request::Decision), Answer::Send);
    }
}
