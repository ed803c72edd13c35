//! A new migration file must reach the tests: the embedding macro alone notices only changes of files it knows.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
