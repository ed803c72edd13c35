//! The benchmarks of `parse.rs` with every allocation counted: the most that is held at once, and how often it is asked
//! for. Counting costs time, so the times are those of `parse.rs`. `cargo bench -p dd0c-parser --bench memory`

use divan::AllocProfiler;

#[expect(dead_code, reason = "its own door")]
#[path = "parse.rs"]
mod parse;

#[global_allocator]
static MEMORY: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
