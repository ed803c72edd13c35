//! Takes deliveries of alerts in: reads them, folds them into alerts, finds the runbook, and tells whoever shows alerts.
//!
//! The API keeps each delivery once and publishes it; everything else happens here, in one transaction a delivery. It
//! must never start a run, never take a delivery in twice, never let the order or the number of deliveries change what
//! comes of them, and never let a storm of alerts become a storm of messages. Where a model is configured it is asked
//! afterwards, about alerts whose words leave their runbook open; it must never keep an alert waiting.

mod choosing;
mod deliveries;
mod notice;
mod passages;
mod rankings;
mod storm;
mod vectors;

use std::sync::Arc;

use dd0c_llm::Route;
use dd0c_queue::{Consumer, Settings, topic};
use dd0c_store::Store;
use dd0c_types::Clock;
use tokio_util::sync::CancellationToken;

pub use deliveries::Deliveries;
pub use storm::{MOST_SHOWN, STORM_WINDOW};
pub use vectors::Vectors;

/// The name by which the queue remembers what was taken in.
pub const CONSUMER: &str = "alerts";
/// The name by which the queue remembers about which alerts the model was asked.
pub const VECTORS_CONSUMER: &str = "alert-vectors";

/// A consumer of deliveries, with what it does with each: by words alone.
pub fn consumer(store: Store, clock: Arc<dyn Clock>) -> (Consumer, Deliveries) {
    let deliveries = Deliveries::new(Arc::clone(&clock));
    (of_deliveries(store, clock), deliveries)
}

/// A consumer of deliveries that leaves to `vectors` what words leave open.
pub fn consumer_beside(store: Store, vectors: &Vectors) -> (Consumer, Deliveries) {
    (of_deliveries(store, Arc::clone(&vectors.clock)), Deliveries::beside(vectors))
}

/// A consumer of the alerts that words leave open, with what it does with each; none when the settings of `route` name
/// no model for vectors.
pub fn vectors_consumer(
    store: Store,
    clock: Arc<dyn Clock>,
    route: Arc<Route>,
) -> Option<(Consumer, Vectors)> {
    let vectors = Vectors::new(store.clone(), Arc::clone(&clock), route)?;
    Some((Consumer::new(store, clock, topic::ALERT_UNSURE, VECTORS_CONSUMER, Settings::default()), vectors))
}

/// Takes deliveries in until `stop`, and asks the model of `route` about what words leave open, when it names one.
pub async fn run(store: Store, clock: Arc<dyn Clock>, route: Option<Arc<Route>>, stop: CancellationToken) {
    let asking = route.and_then(|route| vectors_consumer(store.clone(), Arc::clone(&clock), route));
    let Some((asking, vectors)) = asking else {
        let (consumer, deliveries) = consumer(store, clock);
        return consumer.run(&deliveries, &stop).await;
    };
    let (consumer, deliveries) = consumer_beside(store, &vectors);
    tokio::join!(consumer.run(&deliveries, &stop), asking.run(&vectors, &stop));
}

fn of_deliveries(store: Store, clock: Arc<dyn Clock>) -> Consumer {
    Consumer::new(store, clock, topic::ALERT_DELIVERED, CONSUMER, Settings::default())
}
