//! Compiles `/proto` without protoc.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../../proto");
    let files = ["dd0c/agent/v1/agent.proto", "dd0c/engine/v1/engine.proto", "dd0c/intake/v1/intake.proto"];
    let descriptors = protox::compile(files, ["../../proto"])?;
    tonic_prost_build::configure().build_server(true).build_client(true).compile_fds(descriptors)?;
    Ok(())
}
