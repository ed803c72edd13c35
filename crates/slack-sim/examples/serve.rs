//! The simulator alone, on a port of its own: `cargo run -p dd0c-slack-sim --example serve`.
//!
//! It prints one line of JSON with its address and the app's credentials, and runs until it is killed.

use dd0c_slack_sim::{Config, run};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let page = format!("{url}/?key={}", config.credentials.page_key);
    println!("{}", serde_json::json!({"url": url, "page": page, "credentials": config.credentials}));
    run(config, listener, CancellationToken::new()).await?;
    Ok(())
}
