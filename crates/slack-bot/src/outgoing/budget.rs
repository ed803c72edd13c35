//! How often Slack is spoken to: pure, with the time handed in.
//!
//! Slack's reference, "Rate limits": `chat.update` is Tier 3, 50 calls a minute for the workspace; `chat.postMessage`
//! is about one a second for a channel. Slack does not publish how large a burst it takes; all of it here is a quarter
//! of a minute. Output has 40 updates a minute; 10 are kept for decisions and final states, which go before everything else.
//! Messages that want to show output stand in a queue: what has waited longest is shown first.

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
    Decision {
        /// Which message.
        message: &'r str,
    },
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
    /// The messages that want to be.
    waiting: BTreeMap<String, Waiting>,
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
/// The first such change waits for so long: what has just begun has its first lines in a moment, or is already over.
const FIRST_MS: u64 = 450;
/// Who does not ask again this long after the moment it was told has nothing more to show.
const GONE_AFTER_MS: u64 = 2_000;
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
            waiting: BTreeMap::new(),
            posts_paused: Moment(0),
            updates_paused: Moment(0),
        }
    }

    /// Asks for one call, and counts it when it may be sent.
    pub fn ask(&mut self, now: Moment, request: Request<'_>) -> Answer {
        match request {
            Request::Post { channel } => self.post(now, channel),
            Request::Decision { message } => self.decision(now, message),
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
    fn decision(&mut self, now: Moment, message: &str) -> Answer {
        self.waiting.remove(message);
        if now < self.updates_paused {
            return Answer::WaitUntil(self.updates_paused);
        }
        let Answer::WaitUntil(kept) = self.reserved.take(now) else { return Answer::Send };
        let Answer::WaitUntil(other) = self.output.take(now) else { return Answer::Send };
        Answer::WaitUntil(kept.min(other))
    }

    fn show(&mut self, now: Moment, message: &str) -> Answer {
        self.forget(now);
        let since = self.waiting.get(message).map_or(now, |waiting| waiting.since);
        let due = match self.shown.get(message) {
            Some(last) => Moment(last.0.saturating_add(LEAST_INTERVAL_MS)),
            None => Moment(since.0.saturating_add(FIRST_MS)),
        };
        let due = due.max(self.updates_paused);
        let answer = if now < due { Answer::WaitUntil(due) } else { self.in_turn(now, since, message) };
        match answer {
            Answer::Send => {
                self.waiting.remove(message);
                self.shown.insert(message.to_owned(), now);
            }
            Answer::WaitUntil(asks_again) => {
                self.waiting.insert(message.to_owned(), Waiting { since, due, asks_again });
            }
        }
        answer
    }

    /// Leaves a call to each message that may be changed and has waited longer.
    fn in_turn(&mut self, now: Moment, since: Moment, message: &str) -> Answer {
        let longer = |(name, other): &(&String, &Waiting)| {
            other.due <= now && (other.since, name.as_str()) < (since, message)
        };
        let before = self.waiting.iter().filter(longer).count();
        self.output.take_leaving(now, u64::try_from(before).unwrap_or(u64::MAX))
    }

    fn forget(&mut self, now: Moment) {
        self.shown.retain(|_, last| now.0.saturating_sub(last.0) < FORGET_AFTER_MS);
        self.waiting.retain(|_, waiting| now.0.saturating_sub(waiting.asks_again.0) < GONE_AFTER_MS);
    }
}

/// A message that has something to show and may not yet.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    /// Since when.
    since: Moment,
    /// From when on it may be changed, if a call is left.
    due: Moment,
    /// When it was told to ask again.
    asks_again: Moment,
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
        self.take_leaving(now, 0)
    }

    /// Takes a call when so many are left after it, as far as there ever are.
    fn take_leaving(&mut self, now: Moment, others: u64) -> Answer {
        let needed = others.saturating_add(1).saturating_mul(CALL).min(self.most);
        if self.level(now) >= needed {
            self.level -= CALL;
            return Answer::Send;
        }
        Answer::WaitUntil(Moment(self.at.0 + (needed - self.level).div_ceil(self.per_ms)))
    }
}

#[cfg(test)]
mod tests;
