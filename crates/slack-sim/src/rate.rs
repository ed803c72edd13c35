//! How often a method may be called: a bucket of calls for each method and workspace, and for posting one for each
//! channel. What is over is refused with `ratelimited` and counted.
//!
//! Source: "Web API rate limits" in Slack's reference. Tiers are calls a minute; posting is one message a second for a
//! channel, "with short bursts". Slack does not publish the sizes of bursts: here a tier's burst is a quarter of its
//! minute, so that code that relies on a larger one is noticed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A class of methods by the calls that a workspace may make in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// 1 a minute; as the reference allows more in short bursts, 10 at once (an app holds up to 10 connections).
    One,
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// Hundreds a minute; here 300.
    Special,
}

/// The sizes of the buckets.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// Multiplies every tier; tests of other things set it high.
    pub factor: f64,
    /// Messages a second to one channel: 1.
    pub posts_per_second: f64,
    /// Messages at once to one channel: 4.
    pub post_burst: f64,
    /// Messages a minute to one workspace ("several hundred"): 300.
    pub posts_per_minute: f64,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { factor: 1.0, posts_per_second: 1.0, post_burst: 4.0, posts_per_minute: 300.0 }
    }
}

impl RateLimits {
    /// Limits that nothing in a test reaches.
    #[must_use]
    pub fn generous() -> Self {
        Self { factor: 1_000.0, posts_per_second: 1_000.0, post_burst: 1_000.0, posts_per_minute: 100_000.0 }
    }
}

/// The buckets that are in use.
#[derive(Default)]
pub(crate) struct Buckets {
    buckets: HashMap<String, Bucket>,
}

struct Bucket {
    calls: f64,
    at: Instant,
}

impl Buckets {
    /// Takes one call of `method`.
    ///
    /// # Errors
    /// When there is none left: how long to wait.
    pub(crate) fn take(
        &mut self,
        limits: &RateLimits,
        team: &str,
        method: &str,
        channel: Option<&str>,
        now: Instant,
    ) -> Result<(), Duration> {
        let posting = method == "chat.postMessage";
        if posting && let Some(channel) = channel {
            let key = format!("{team} {method} {channel}");
            self.take_one(key, limits.posts_per_second, limits.post_burst, now)?;
        }
        let (per_minute, burst) = if posting {
            (limits.posts_per_minute, limits.posts_per_minute / 4.0)
        } else {
            tier(method).sizes()
        };
        let factor = if posting { 1.0 } else { limits.factor };
        self.take_one(format!("{team} {method}"), per_minute * factor / 60.0, burst * factor, now)
    }

    fn take_one(&mut self, key: String, per_second: f64, burst: f64, now: Instant) -> Result<(), Duration> {
        let bucket = self.buckets.entry(key).or_insert(Bucket { calls: burst, at: now });
        let waited = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.calls = (bucket.calls + waited * per_second).min(burst);
        bucket.at = now;
        if bucket.calls >= 1.0 {
            bucket.calls -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.calls) / per_second))
    }
}

impl Tier {
    /// Calls a minute, and calls at once.
    fn sizes(self) -> (f64, f64) {
        match self {
            Self::One => (1.0, 10.0),
            Self::Two => (20.0, 5.0),
            Self::Three => (50.0, 12.5),
            Self::Four => (100.0, 25.0),
            Self::Special => (300.0, 75.0),
        }
    }
}

const TIERS: [(&str, Tier); 22] = [
    ("api.test", Tier::Special),
    ("apps.connections.open", Tier::One),
    ("auth.test", Tier::Special),
    ("bots.info", Tier::Three),
    ("chat.getPermalink", Tier::Special),
    ("chat.postEphemeral", Tier::Four),
    ("conversations.info", Tier::Three),
    ("conversations.list", Tier::Two),
    ("conversations.members", Tier::Four),
    ("oauth.v2.access", Tier::Four),
    ("reactions.remove", Tier::Two),
    ("usergroups.list", Tier::Two),
    ("usergroups.users.list", Tier::Two),
    ("users.conversations", Tier::Three),
    ("users.info", Tier::Four),
    ("users.list", Tier::Two),
    ("users.lookupByEmail", Tier::Three),
    ("views.open", Tier::Four),
    ("views.publish", Tier::Four),
    ("views.push", Tier::Four),
    ("views.update", Tier::Four),
    ("team.info", Tier::Three),
];

/// The tier of a method; most that are not listed are in tier 3.
fn tier(method: &str) -> Tier {
    TIERS.iter().find(|(name, _)| *name == method).map_or(Tier::Three, |(_, tier)| *tier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_takes_a_short_burst_and_then_one_message_a_second() {
        let (limits, mut buckets, start) = (RateLimits::default(), Buckets::default(), Instant::now());
        let mut post = |channel, seconds| {
            buckets.take(
                &limits,
                "T1",
                "chat.postMessage",
                Some(channel),
                start + Duration::from_secs_f64(seconds),
            )
        };
        for _ in 0..4 {
            assert_eq!(post("C1", 0.0), Ok(()));
        }
        assert_eq!(post("C1", 0.0), Err(Duration::from_secs(1)));
        assert_eq!(post("C2", 0.0), Ok(()), "another channel has a bucket of its own");
        assert_eq!(post("C1", 1.0), Ok(()));
        assert!(post("C1", 1.5).is_err());
    }

    #[test]
    fn updates_are_tier_three_of_the_whole_workspace() {
        let (limits, mut buckets, start) = (RateLimits::default(), Buckets::default(), Instant::now());
        let mut taken = 0;
        for tenth in 0..600 {
            let now = start + Duration::from_millis(tenth * 100);
            taken += u32::from(buckets.take(&limits, "T1", "chat.update", Some("C1"), now).is_ok());
        }
        assert!((60..=63).contains(&taken), "50 in a minute and the burst, not {taken}");
    }
}
