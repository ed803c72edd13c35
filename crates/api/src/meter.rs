//! A few honest counters.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Counters of this process since it started.
#[derive(Default)]
pub(crate) struct Meter {
    answers: Mutex<BTreeMap<(&'static str, String, u16), u64>>,
    open_streams: AtomicI64,
    limited: AtomicU64,
}

/// Counts a stream for as long as it lives.
pub(crate) struct OpenStream<'m>(&'m Meter);

impl Meter {
    /// An answer of an operation, by method, path pattern and status.
    pub(crate) fn answered(&self, method: &'static str, path: &str, status: u16) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry((method, path.to_owned(), status)).or_default() += 1;
    }

    /// A request that was sent away for coming too often.
    pub(crate) fn limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    /// An event stream begins; it ends when the value is dropped.
    pub(crate) fn stream(&self) -> OpenStream<'_> {
        self.open_streams.fetch_add(1, Ordering::Relaxed);
        OpenStream(self)
    }

    /// The text form of Prometheus.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        out.push_str("# HELP dd0c_api_answers_total Answers by method, path pattern and status.\n");
        out.push_str("# TYPE dd0c_api_answers_total counter\n");
        for ((method, path, status), count) in
            self.answers.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            let _ = writeln!(
                out,
                "dd0c_api_answers_total{{method=\"{method}\",path=\"{path}\",status=\"{status}\"}} {count}"
            );
        }
        out.push_str(
            "# HELP dd0c_api_open_streams Event streams open now.\n# TYPE dd0c_api_open_streams gauge\n",
        );
        let _ = writeln!(out, "dd0c_api_open_streams {}", self.open_streams.load(Ordering::Relaxed));
        out.push_str("# HELP dd0c_api_limited_total Requests sent away for coming too often.\n");
        out.push_str("# TYPE dd0c_api_limited_total counter\n");
        let _ = writeln!(out, "dd0c_api_limited_total {}", self.limited.load(Ordering::Relaxed));
        out
    }
}

impl Drop for OpenStream<'_> {
    fn drop(&mut self) {
        self.0.open_streams.fetch_sub(1, Ordering::Relaxed);
    }
}
