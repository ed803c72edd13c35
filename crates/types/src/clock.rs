//! Time is handed in. Only [`SystemClock`] asks the machine, and only a shell at the edge holds one.

use std::sync::Mutex;

/// A moment in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// A source of the present moment.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A clock that stands still until it is moved: for tests, where an approval of 15 minutes expires at once.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        chrono::Utc::now()
    }
}

impl FixedClock {
    /// A clock that shows `at`.
    pub const fn at(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
