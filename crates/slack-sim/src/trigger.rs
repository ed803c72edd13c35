//! Trigger ids: each lives for three seconds and opens one view.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::credentials::secret;

/// Whom a trigger belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Holder {
    pub(crate) team: String,
    pub(crate) user: String,
    /// The modal it came from, when it came from one.
    pub(crate) view: Option<String>,
}

#[derive(Default)]
pub(crate) struct Triggers {
    live: HashMap<String, Trigger>,
}

struct Trigger {
    holder: Holder,
    made: Instant,
    exchanged: bool,
}

impl Triggers {
    pub(crate) fn make(&mut self, holder: Holder, now: Instant) -> String {
        // What is a minute old says nothing any more but that it expired.
        self.live.retain(|_, trigger| now.saturating_duration_since(trigger.made) < Duration::from_secs(60));
        let id = format!("{}.1000000000001.{}", chrono::Utc::now().timestamp_micros(), secret(16));
        self.live.insert(id.clone(), Trigger { holder, made: now, exchanged: false });
        id
    }

    /// Exchanges a trigger for whom it belongs to, once.
    ///
    /// # Errors
    /// `exchanged_trigger_id`, `expired_trigger_id` or `invalid_trigger_id`.
    pub(crate) fn exchange(
        &mut self,
        id: &str,
        life: Duration,
        now: Instant,
    ) -> Result<Holder, &'static str> {
        let Some(trigger) = self.live.get_mut(id) else {
            return Err(if looks_like_one(id) { "expired_trigger_id" } else { "invalid_trigger_id" });
        };
        if trigger.exchanged {
            return Err("exchanged_trigger_id");
        }
        if now.saturating_duration_since(trigger.made) > life {
            return Err("expired_trigger_id");
        }
        trigger.exchanged = true;
        Ok(trigger.holder.clone())
    }
}

/// `132456.7890123.abcdef`.
fn looks_like_one(id: &str) -> bool {
    let parts: Vec<&str> = id.split('.').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && parts[..2].iter().all(digits) && !parts[2].is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_opens_one_view_within_its_life() {
        let (mut triggers, now, life) = (Triggers::default(), Instant::now(), Duration::from_secs(3));
        let holder = Holder { team: "T1".to_owned(), user: "U1".to_owned(), view: None };
        let (used, late) = (triggers.make(holder.clone(), now), triggers.make(holder.clone(), now));
        assert_eq!(triggers.exchange(&used, life, now + life), Ok(holder));
        assert_eq!(triggers.exchange(&used, life, now), Err("exchanged_trigger_id"));
        assert_eq!(triggers.exchange(&late, life, now + life * 2), Err("expired_trigger_id"));
        assert_eq!(triggers.exchange("nonsense", life, now), Err("invalid_trigger_id"));
    }
}
