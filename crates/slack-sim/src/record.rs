//! What happened, for tests and for people: calls, posts and edits with their times, breaches of rate limits, and how
//! long every delivery took to be acknowledged.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

/// How many calls, messages and deliveries are remembered; the counters go on for ever.
const REMEMBERED: usize = 20_000;

#[derive(Default)]
pub(crate) struct Records {
    pub(crate) counters: Counters,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) messages: VecDeque<MessageEvent>,
    pub(crate) deliveries: VecDeque<Delivered>,
}

/// Numbers since the start.
#[derive(Default, Serialize)]
pub(crate) struct Counters {
    /// Calls by method.
    pub(crate) calls: BTreeMap<String, u64>,
    /// Refusals by error code.
    pub(crate) refusals: BTreeMap<String, u64>,
    /// Calls that were over a rate limit, by method.
    pub(crate) rate_limit_breaches: BTreeMap<String, u64>,
    pub(crate) messages_posted: u64,
    pub(crate) messages_updated: u64,
    pub(crate) messages_deleted: u64,
    pub(crate) ephemerals: u64,
    pub(crate) acknowledged: u64,
    /// Envelopes and requests that nobody acknowledged in time.
    pub(crate) not_acknowledged: u64,
    /// Acknowledgements that came after their deadline, or of nothing that was sent.
    pub(crate) late_acknowledgements: u64,
    pub(crate) connections: u64,
}

/// A call of the Web API.
#[derive(Clone, Serialize)]
pub(crate) struct Call {
    pub(crate) at: f64,
    pub(crate) method: String,
    pub(crate) team: Option<String>,
    pub(crate) channel: Option<String>,
    /// `None`: it was done.
    pub(crate) error: Option<&'static str>,
}

/// A message that came, changed or went.
#[derive(Clone, Serialize)]
pub(crate) struct MessageEvent {
    pub(crate) at: f64,
    /// `posted`, `updated`, `deleted`, `ephemeral` or `home`.
    pub(crate) what: &'static str,
    pub(crate) team: String,
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) thread_ts: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) text: String,
    pub(crate) blocks: Option<Value>,
}

/// An envelope or a request, and what became of it.
#[derive(Clone, Serialize)]
pub(crate) struct Delivered {
    pub(crate) at: f64,
    pub(crate) envelope_id: String,
    /// `events_api`, `interactive` or `slash_commands`.
    pub(crate) kind: &'static str,
    pub(crate) attempt: u32,
    /// Milliseconds until it was acknowledged; `None`: it was not.
    pub(crate) acknowledged_ms: Option<f64>,
    /// What the acknowledgement held.
    pub(crate) answer: Option<Value>,
    pub(crate) payload: Value,
}

impl Records {
    pub(crate) fn call(&mut self, call: Call) {
        *self.counters.calls.entry(call.method.clone()).or_default() += 1;
        if let Some(error) = call.error {
            *self.counters.refusals.entry(error.to_owned()).or_default() += 1;
            if error == "ratelimited" {
                *self.counters.rate_limit_breaches.entry(call.method.clone()).or_default() += 1;
            }
        }
        keep(&mut self.calls, call);
    }

    pub(crate) fn message(&mut self, event: MessageEvent) {
        match event.what {
            "posted" => self.counters.messages_posted += 1,
            "updated" => self.counters.messages_updated += 1,
            "deleted" => self.counters.messages_deleted += 1,
            "ephemeral" => self.counters.ephemerals += 1,
            _ => {}
        }
        keep(&mut self.messages, event);
    }

    pub(crate) fn delivered(&mut self, delivered: Delivered) {
        if delivered.acknowledged_ms.is_some() {
            self.counters.acknowledged += 1;
        } else {
            self.counters.not_acknowledged += 1;
        }
        keep(&mut self.deliveries, delivered);
    }
}

fn keep<T>(records: &mut VecDeque<T>, record: T) {
    if records.len() == REMEMBERED {
        records.pop_front();
    }
    records.push_back(record);
}

/// Seconds since 1970, as JavaScript and Slack count.
pub(crate) fn now_seconds() -> f64 {
    chrono::Utc::now().timestamp_micros() as f64 / 1e6
}
