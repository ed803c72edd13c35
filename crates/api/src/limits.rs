//! How often one address or one customer may ask for what costs work.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use dd0c_types::TenantId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::ApiError;

/// How often what may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Previews without a login, for each address and hour.
    pub previews_per_address_and_hour: NonZeroU32,
    /// Previews with a login, for each customer and minute.
    pub previews_per_tenant_and_minute: NonZeroU32,
    /// Verdicts on single commands, for each customer and minute.
    pub verdicts_per_tenant_and_minute: NonZeroU32,
    /// Tries to sign in, for each address and minute.
    pub sign_ins_per_address_and_minute: NonZeroU32,
    /// Deliveries of alerts that were proven, for each customer and minute.
    pub deliveries_per_tenant_and_minute: NonZeroU32,
}

const fn times(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("invariant: a limit is not zero")
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            previews_per_address_and_hour: times(10),
            previews_per_tenant_and_minute: times(60),
            verdicts_per_tenant_and_minute: times(30),
            sign_ins_per_address_and_minute: times(20),
            deliveries_per_tenant_and_minute: times(3_000),
        }
    }
}

/// The counters behind [`Limits`].
pub(crate) struct Limiters {
    previews: Limiter<IpAddr>,
    tenant_previews: Limiter<TenantId>,
    verdicts: Limiter<TenantId>,
    sign_ins: Limiter<IpAddr>,
    deliveries: Limiter<TenantId>,
}

impl Limiters {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            previews: Limiter::new(Quota::per_hour(limits.previews_per_address_and_hour)),
            tenant_previews: Limiter::new(Quota::per_minute(limits.previews_per_tenant_and_minute)),
            verdicts: Limiter::new(Quota::per_minute(limits.verdicts_per_tenant_and_minute)),
            sign_ins: Limiter::new(Quota::per_minute(limits.sign_ins_per_address_and_minute)),
            deliveries: Limiter::new(Quota::per_minute(limits.deliveries_per_tenant_and_minute)),
        }
    }

    /// A preview without a login.
    pub(crate) fn preview(&self, address: IpAddr) -> Result<(), ApiError> {
        self.previews.take(&whole(address), "Too many previews from this address. Sign in for more.")
    }

    /// A preview of a signed-in caller.
    pub(crate) fn tenant_preview(&self, tenant: TenantId) -> Result<(), ApiError> {
        self.tenant_previews.take(&tenant, "Too many previews this minute.")
    }

    /// A verdict on a single command.
    pub(crate) fn verdict(&self, tenant: TenantId) -> Result<(), ApiError> {
        self.verdicts.take(&tenant, "Too many commands to judge this minute. Nothing was judged.")
    }

    /// A try to sign in.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), ApiError> {
        self.sign_ins.take(&whole(address), "Too many tries to sign in from this address.")
    }

    /// A delivery of alerts that was proven.
    pub(crate) fn delivery(&self, tenant: TenantId) -> Result<(), ApiError> {
        self.deliveries.take(&tenant, "Too many deliveries this minute. This one was not taken in.")
    }
}

/// One household gets 2⁶⁴ addresses of IPv6: it counts as one.
fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

struct Limiter<K: std::hash::Hash + Eq + Clone> {
    cells: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    taken: AtomicU32,
}

/// Keys that have recovered are forgotten now and then, so that many addresses cannot fill the memory.
const SWEEP_EVERY: u32 = 1024;

impl<K: std::hash::Hash + Eq + Clone> Limiter<K> {
    fn new(quota: Quota) -> Self {
        Self { cells: RateLimiter::keyed(quota), clock: DefaultClock::default(), taken: AtomicU32::new(0) }
    }

    fn take(&self, key: &K, refusal: &str) -> Result<(), ApiError> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.cells.retain_recent();
        }
        self.cells.check_key(key).map_err(|wait| {
            let seconds = wait.wait_time_from(self.clock.now()).as_secs() + 1;
            ApiError::too_many(seconds, format!("{refusal} Try again in {seconds} s."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_sent_away_while_another_is_served() {
        let limiters =
            Limiters::new(&Limits { previews_per_address_and_hour: times(2), ..Limits::default() });
        let here = IpAddr::from([192, 0, 2, 1]);
        assert!(limiters.preview(here).is_ok());
        assert!(limiters.preview(here).is_ok());
        assert_eq!(limiters.preview(here).unwrap_err().code(), "too_many_requests");
        assert!(limiters.preview(IpAddr::from([192, 0, 2, 2])).is_ok());
    }

    #[test]
    fn all_addresses_of_one_household_count_as_one() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff".parse().unwrap();
        assert_eq!(whole(one), whole(other));
        assert_eq!(whole("::ffff:192.0.2.1".parse().unwrap()), IpAddr::from([192, 0, 2, 1]));
    }
}
