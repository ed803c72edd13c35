//! Time to parse: a page as people write them, and the longest text that is taken.
//! `cargo bench -p dd0c-parser`.

use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const PAGE: &str = include_str!("../tests/pages/restart-queue-workers.md");

#[divan::bench]
fn a_short_page(bencher: Bencher) {
    bencher.bench(|| dd0c_parser::parse(black_box(PAGE), None));
}

#[divan::bench(sample_count = 10)]
fn sixty_kilobytes(bencher: Bencher) {
    let text = PAGE.repeat(60 * 1024 / PAGE.len());
    bencher.bench(|| dd0c_parser::parse(black_box(&text), None));
}

#[divan::bench(sample_count = 3)]
fn the_longest_text(bencher: Bencher) {
    let text = PAGE.repeat(dd0c_parser::LIMIT / PAGE.len());
    bencher.bench(|| dd0c_parser::parse(black_box(&text), None));
}
