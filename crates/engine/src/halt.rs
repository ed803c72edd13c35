//! Panic as this replica sees it: a latch per tenant. What cannot be read counts as halted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dd0c_types::TenantId;
use tokio::sync::broadcast;

/// The latch of every tenant. A tenant of whom nothing is known is halted: the row must be read before anything starts.
pub struct Latch {
    tenants: Mutex<HashMap<TenantId, Seen>>,
    changes: broadcast::Sender<Change>,
}

/// What this replica knows of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    epoch: u64,
    halted: bool,
    /// Pressed here and not yet known to be recorded: no read may lift it, whatever its epoch.
    unrecorded: bool,
}

/// A latch fell shut or was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub tenant: TenantId,
    /// The panic epoch it now stands at.
    pub epoch: u64,
    /// Whether it is shut.
    pub halted: bool,
}

impl Default for Latch {
    fn default() -> Self {
        Self { tenants: Mutex::new(HashMap::new()), changes: broadcast::channel(256).0 }
    }
}

impl Latch {
    /// Whether nothing may start for this tenant. True for a tenant whose state has not been read yet.
    pub fn is_halted(&self, tenant: TenantId) -> bool {
        self.seen(tenant).is_none_or(|seen| seen.halted)
    }

    /// The highest panic epoch seen for this tenant; 0 before its state has been read.
    pub fn epoch(&self, tenant: TenantId) -> u64 {
        self.seen(tenant).map_or(0, |seen| seen.epoch)
    }

    /// Whether this tenant's state has been read since the start.
    pub fn is_known(&self, tenant: TenantId) -> bool {
        self.seen(tenant).is_some()
    }

    /// Changes from now on. A receiver that lags must ask [`Latch::is_halted`] again.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Shuts the latch at once, in memory. Answers the epoch of this panic: one above the highest seen, or the same
    /// when it is shut already.
    pub fn halt(&self, tenant: TenantId) -> u64 {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = tenants.entry(tenant).or_insert(Seen { epoch: 0, halted: false, unrecorded: false });
        if !seen.halted {
            *seen = Seen { epoch: seen.epoch + 1, halted: true, unrecorded: true };
            self.tell(tenant, *seen);
        }
        seen.epoch
    }

    /// Takes over what a store says. A panic latches at any epoch that is not older; only a higher epoch opens a shut
    /// latch, so that a late or repeated read can never lift a panic. A panic that was pressed here opens only after
    /// the store was seen to hold it.
    pub fn observe(&self, tenant: TenantId, epoch: u64, halted: bool) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tenants.get(&tenant).copied();
        let next = merge(before, Seen { epoch, halted, unrecorded: false });
        tenants.insert(tenant, next);
        if before.is_none_or(|before| (before.epoch, before.halted) != (next.epoch, next.halted)) {
            self.tell(tenant, next);
        }
    }

    fn seen(&self, tenant: TenantId) -> Option<Seen> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied()
    }

    fn tell(&self, tenant: TenantId, seen: Seen) {
        // Nobody listening is fine: the latch itself is what counts.
        let _ = self.changes.send(Change { tenant, epoch: seen.epoch, halted: seen.halted });
    }
}

fn merge(before: Option<Seen>, read: Seen) -> Seen {
    let Some(seen) = before else { return read };
    if seen.unrecorded && !read.halted {
        return Seen { epoch: seen.epoch.max(read.epoch.saturating_add(1)), ..seen };
    }
    if read.epoch > seen.epoch || (read.epoch == seen.epoch && read.halted) { read } else { seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId::from_uuid(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn a_tenant_of_whom_nothing_was_read_is_halted() {
        assert!(Latch::default().is_halted(tenant()));
    }

    #[test]
    fn a_panic_is_seen_at_once_and_only_a_higher_epoch_lifts_it() {
        let latch = Latch::default();
        latch.observe(tenant(), 3, false);
        assert!(!latch.is_halted(tenant()));
        assert_eq!(latch.halt(tenant()), 4);
        assert_eq!(latch.halt(tenant()), 4, "pressing twice is one panic");
        latch.observe(tenant(), 4, true);
        for stale in 0..=4 {
            latch.observe(tenant(), stale, false);
            assert!(latch.is_halted(tenant()), "epoch {stale} must not lift the panic of epoch 4");
        }
        latch.observe(tenant(), 5, false);
        assert!(!latch.is_halted(tenant()));
    }

    #[test]
    fn a_panic_recorded_by_another_replica_at_the_same_epoch_latches() {
        let latch = Latch::default();
        latch.observe(tenant(), 1, false);
        latch.observe(tenant(), 1, true);
        assert!(latch.is_halted(tenant()));
    }

    #[test]
    fn a_panic_pressed_before_the_store_was_read_is_not_lifted_by_that_read() {
        let latch = Latch::default();
        latch.halt(tenant());
        latch.observe(tenant(), 9, false);
        assert!(latch.is_halted(tenant()));
        assert_eq!(latch.epoch(tenant()), 10);
    }

    #[test]
    fn a_listener_learns_of_the_panic_and_of_its_end() {
        let latch = Latch::default();
        latch.observe(tenant(), 0, false);
        let mut changes = latch.subscribe();
        latch.halt(tenant());
        latch.observe(tenant(), 1, true);
        latch.observe(tenant(), 2, false);
        assert_eq!(changes.try_recv(), Ok(Change { tenant: tenant(), epoch: 1, halted: true }));
        assert_eq!(changes.try_recv(), Ok(Change { tenant: tenant(), epoch: 2, halted: false }));
    }
}
