//! Prints the description of the API: `cargo run -p dd0c-api --example openapi > docs/openapi.json`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", dd0c_api::openapi().to_pretty_json()?);
    Ok(())
}
