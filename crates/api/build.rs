//! The dashboard is embedded from `web/dist`; without one built yet the folder is empty and the API alone is served.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
    std::fs::create_dir_all("../../web/dist")
}
