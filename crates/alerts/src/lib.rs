//! Takes deliveries of alerts in: reads them, folds them into alerts, finds the runbook, and tells whoever shows alerts.
//!
//! The API keeps each delivery once and publishes it; everything else happens here, in one transaction a delivery. It
//! must never start a run, never take a delivery in twice, never let the order or the number of deliveries change what
//! comes of them, and never let a storm of alerts become a storm of messages.

mod deliveries;
mod notice;
mod rankings;
mod storm;

use std::sync::Arc;

use dd0c_queue::{Consumer, Settings, topic};
use dd0c_store::Store;
use dd0c_types::Clock;
use tokio_util::sync::CancellationToken;

pub use deliveries::Deliveries;
pub use storm::{MOST_SHOWN, STORM_WINDOW};

/// The name by which the queue remembers what was taken in.
pub const CONSUMER: &str = "alerts";

/// A consumer of deliveries, with what it does with each.
pub fn consumer(store: Store, clock: Arc<dyn Clock>) -> (Consumer, Deliveries) {
    let deliveries = Deliveries::new(Arc::clone(&clock));
    (Consumer::new(store, clock, topic::ALERT_DELIVERED, CONSUMER, Settings::default()), deliveries)
}

/// Takes deliveries in until `stop`.
pub async fn run(store: Store, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let (consumer, deliveries) = consumer(store, clock);
    consumer.run(&deliveries, &stop).await;
}
