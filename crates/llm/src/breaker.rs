//! Leaves a model alone that fails again and again, and tries it with one question after a while. Each model for itself:
//! one that is away takes no other with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row, and nothing is asked for a while.
const FAILURES: u32 = 5;
/// How long.
const PAUSE: Duration = Duration::from_secs(20);

/// A circuit breaker for each model, by its name; the names are those of the settings.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<BTreeMap<String, State>>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Until when nothing is asked; after that one question is let through at a time.
    closed_again_at: Option<Instant>,
}

impl Breaker {
    /// Whether the model may be asked at `now`. After a pause the first who asks tries for everybody.
    pub(crate) fn lets_through(&self, model: &str, now: Instant) -> bool {
        let mut models = self.models();
        let Some(state) = models.get_mut(model) else { return true };
        match state.closed_again_at {
            Some(at) if now < at => false,
            Some(_) => {
                state.closed_again_at = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// The model was reached.
    pub(crate) fn reached(&self, model: &str) {
        self.models().remove(model);
    }

    /// The model was not reached, or not in time, at `now`.
    pub(crate) fn failed(&self, model: &str, now: Instant) {
        let mut models = self.models();
        let state = models.entry(model.to_owned()).or_default();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.closed_again_at = Some(now + PAUSE);
        }
    }

    fn models(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_failures_a_model_is_not_asked_and_after_a_pause_one_question_tries() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert!(breaker.lets_through("judge", now));
            breaker.failed("judge", now);
        }
        assert!(!breaker.lets_through("judge", now));
        assert!(breaker.lets_through("small", now), "another model is another matter");
        let later = now + PAUSE;
        assert!(breaker.lets_through("judge", later));
        assert!(!breaker.lets_through("judge", later), "one at a time");
        breaker.reached("judge");
        assert!(breaker.lets_through("judge", later) && breaker.lets_through("judge", later));
    }

    #[test]
    fn an_answer_forgives_the_failures_before_it() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES * 3 {
            breaker.failed("judge", now);
            breaker.reached("judge");
        }
        assert!(breaker.lets_through("judge", now));
    }
}
