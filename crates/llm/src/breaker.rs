//! Leaves an endpoint alone that fails again and again, and tries it with one question after a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row, and nothing is asked for a while.
const FAILURES: u32 = 5;
/// How long.
const PAUSE: Duration = Duration::from_secs(20);

/// A circuit breaker.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Until when nothing is asked; after that one question is let through at a time.
    closed_again_at: Option<Instant>,
}

impl Breaker {
    /// Whether a question may be asked at `now`. After a pause the first who asks tries for everybody.
    pub(crate) fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_again_at {
            Some(at) if now < at => false,
            Some(_) => {
                state.closed_again_at = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// A question was answered.
    pub(crate) fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// A question failed at `now`.
    pub(crate) fn failed(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.closed_again_at = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_failures_nothing_is_asked_and_after_a_pause_one_question_tries() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert!(breaker.lets_through(now));
            breaker.failed(now);
        }
        assert!(!breaker.lets_through(now));
        let later = now + PAUSE;
        assert!(breaker.lets_through(later));
        assert!(!breaker.lets_through(later), "one at a time");
        breaker.answered();
        assert!(breaker.lets_through(later) && breaker.lets_through(later));
    }

    #[test]
    fn an_answer_forgives_the_failures_before_it() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES * 3 {
            breaker.failed(now);
            breaker.answered();
        }
        assert!(breaker.lets_through(now));
    }
}
