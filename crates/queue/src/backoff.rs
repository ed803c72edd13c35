//! How long a message waits after a failure.

use chrono::TimeDelta;

/// Waits that double, up to a longest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: TimeDelta,
    /// The longest.
    pub longest: TimeDelta,
}

impl Default for Backoff {
    /// 1 s, 2 s, 4 s and so on up to 5 min.
    fn default() -> Self {
        Self { first: TimeDelta::seconds(1), longest: TimeDelta::minutes(5) }
    }
}

impl Backoff {
    /// The wait after the failure of attempt `attempts`, counted from 1.
    pub fn after(&self, attempts: u32) -> TimeDelta {
        let doublings = attempts.saturating_sub(1).min(30);
        self.first.checked_mul(1 << doublings).map_or(self.longest, |wait| wait.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_until_the_longest_and_no_number_of_attempts_breaks_them() {
        let backoff = Backoff::default();
        let seconds: Vec<_> = (1..=5).map(|attempt| backoff.after(attempt).num_seconds()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16]);
        assert_eq!(backoff.after(10), TimeDelta::minutes(5));
        assert_eq!(backoff.after(u32::MAX), TimeDelta::minutes(5));
    }
}
