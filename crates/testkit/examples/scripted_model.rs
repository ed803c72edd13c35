//! A scripted model on a port of its own, to try the product with a model that costs nothing:
//!
//! ```text
//! cargo run -p dd0c-testkit --example scripted_model -- --median-ms 1500 --p95-ms 3000
//! DD0C_ROUTE_URL=http://127.0.0.1:PORT/v1 DD0C_ROUTE_MODEL_PARSE=scripted DD0C_ROUTE_MODEL_CLASSIFY=scripted \
//!   DD0C_ROUTE_MODEL_EMBED=scripted dd0c up
//! ```
//!
//! It prints one line of JSON with its address and runs until it is ended. What a page or an alert can make go wrong is
//! said in `dd0c_testkit::staged_model`.

use std::time::Duration;

use dd0c_testkit::model::{Latency, ScriptedModel};
use dd0c_testkit::staged_model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let millis = |name: &str, otherwise: u64| -> Result<Duration, std::num::ParseIntError> {
        let given =
            arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
        given.map_or(Ok(otherwise), |text| text.parse()).map(Duration::from_millis)
    };
    let latency = Latency::new(millis("--median-ms", 1_500)?, millis("--p95-ms", 3_000)?, 7);
    let model = ScriptedModel::start(move |asked| staged_model::answer(asked, &latency)).await;
    println!("{}", serde_json::json!({"url": model.url()}));
    std::future::pending::<()>().await;
    Ok(())
}
