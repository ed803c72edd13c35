//! The right to start: a short lease, the panic latch, and how old a signed message is. Pure: time is handed in.

use std::time::{Duration, Instant};

/// What the gateway last said about starting. The default is the state of an agent nobody has spoken to: no right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lease {
    until: Option<Instant>,
    epoch: u64,
    halted: bool,
    /// The smallest difference seen between this machine's clock and the gateway's stamp, in milliseconds: the best
    /// guess at how the two clocks stand to each other.
    offset_ms: Option<i64>,
}

/// The longest lease that is believed, whatever is said.
const LONGEST: Duration = Duration::from_secs(10);

/// Why nothing may start now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRight {
    /// Panic.
    Halted,
    /// No lease, or it ran out.
    Expired,
    /// The lease is of another panic epoch than the grant.
    Epoch,
}

impl Lease {
    /// A lease came. One that was held up on its way for longer than it lasts gives no right.
    pub fn renew(&mut self, epoch: u64, ttl_ms: u32, stamp_unix_ms: i64, now: Instant, local_unix_ms: i64) {
        if epoch < self.epoch {
            return;
        }
        if epoch > self.epoch {
            // A panic came and went while this agent was away: the lease itself says that starting is allowed again.
            self.halted = false;
        }
        let age = self.age_ms(stamp_unix_ms, local_unix_ms);
        let offset = local_unix_ms.saturating_sub(stamp_unix_ms);
        self.offset_ms = Some(self.offset_ms.map_or(offset, |known| known.min(offset)));
        self.epoch = epoch;
        let life = Duration::from_millis(u64::from(ttl_ms).saturating_sub(age)).min(LONGEST);
        self.until = (!life.is_zero()).then(|| now + life);
    }

    /// Panic: nothing may start. Only a higher epoch lifts it.
    pub fn halt(&mut self, epoch: u64) {
        if epoch >= self.epoch {
            (self.halted, self.epoch, self.until) = (true, epoch, None);
        }
    }

    /// Panic lifted at this epoch. Answers whether it was. A start still needs a new lease.
    pub fn unhalt(&mut self, epoch: u64) -> bool {
        let lifted = epoch > self.epoch || (epoch == self.epoch && !self.halted);
        if lifted {
            (self.halted, self.epoch, self.until) = (false, epoch, None);
        }
        lifted
    }

    /// The stream is gone: no right, and nothing known of the gateway's clock. A panic stays.
    pub const fn disconnect(&mut self) {
        (self.until, self.offset_ms) = (None, None);
    }

    /// Whether panic holds.
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// The highest panic epoch seen.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether an attempt granted under `epoch` may start at this moment.
    pub fn check(&self, epoch: u64, now: Instant) -> Result<(), NoRight> {
        if self.halted {
            return Err(NoRight::Halted);
        }
        if self.until.is_none_or(|until| now >= until) {
            return Err(NoRight::Expired);
        }
        if epoch != self.epoch { Err(NoRight::Epoch) } else { Ok(()) }
    }

    /// How long ago something was stamped, in milliseconds, judged by the fastest message of this stream: a message
    /// that lay on its way, or in this process while it was stopped, shows its age even when the two clocks differ.
    pub fn age_ms(&self, stamp_unix_ms: i64, local_unix_ms: i64) -> u64 {
        let offset = local_unix_ms.saturating_sub(stamp_unix_ms);
        self.offset_ms.map_or(0, |known| u64::try_from(offset.saturating_sub(known)).unwrap_or(0))
    }

    /// How far this machine's clock is from the gateway's, at most, in milliseconds; none before the first lease.
    pub const fn skew_ms(&self) -> Option<i64> {
        self.offset_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn without_a_lease_nothing_may_start_and_a_lease_runs_out() {
        let now = Instant::now();
        let mut lease = Lease::default();
        assert_eq!(lease.check(0, now), Err(NoRight::Expired));
        lease.renew(0, 3000, 0, now, HOUR);
        assert_eq!(lease.check(0, now + Duration::from_millis(2999)), Ok(()));
        assert_eq!(lease.check(0, now + Duration::from_secs(3)), Err(NoRight::Expired));
        lease.renew(0, u32::MAX, 0, now, HOUR);
        assert_eq!(lease.check(0, now + LONGEST), Err(NoRight::Expired), "no lease lasts long");
        lease.renew(0, 0, 0, now, HOUR);
        assert_eq!(lease.check(0, now), Err(NoRight::Expired));
        lease.renew(0, 3000, 0, now, HOUR);
        lease.disconnect();
        assert_eq!(lease.check(0, now), Err(NoRight::Expired));
    }

    #[test]
    fn panic_holds_until_a_higher_epoch_and_old_messages_do_not_lift_it() {
        let now = Instant::now();
        let mut lease = Lease::default();
        lease.renew(4, 3000, 0, now, 0);
        lease.halt(5);
        for epoch in 0..=5 {
            lease.renew(epoch, 3000, 0, now, 0);
            assert!(!lease.unhalt(epoch));
            assert_eq!(lease.check(epoch, now), Err(NoRight::Halted));
        }
        assert!(lease.unhalt(6));
        assert_eq!(lease.check(6, now), Err(NoRight::Expired), "a new lease is needed");
        lease.renew(6, 3000, 0, now, 0);
        assert_eq!(lease.check(6, now), Ok(()));
        assert_eq!(lease.check(4, now), Err(NoRight::Epoch));
    }

    #[test]
    fn a_lease_that_lay_in_a_stopped_process_gives_no_right_even_with_clocks_an_hour_apart() {
        let now = Instant::now();
        for skew in [-HOUR, 0, HOUR] {
            let mut lease = Lease::default();
            lease.renew(1, 3000, 1000, now, 1000 + skew);
            lease.renew(1, 3000, 2000, now, 2000 + skew + 600_000);
            assert_eq!(lease.check(1, now), Err(NoRight::Expired));
            assert_eq!(lease.age_ms(5000, 5000 + skew), 0);
            assert_eq!(lease.age_ms(5000, 65_001 + skew), 60_001);
        }
    }
}
