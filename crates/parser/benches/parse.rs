//! Time to parse: a page as people write them, the longest pages of a folder, the longest text taken.
//! `cargo bench -p dd0c-parser`; `DD0C_BENCH_PAGES=FOLDER` names the folder whose three longest pages are read,
//! else those of `tests/corpus` are put together to three long ones.

use std::fs;
use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const PAGE: &str = include_str!("../tests/pages/restart-queue-workers.md");

#[divan::bench]
fn a_short_page(bencher: Bencher) {
    bencher.bench(|| dd0c_parser::parse(black_box(PAGE), None));
}

#[divan::bench(args = [0, 1, 2], sample_count = 30)]
fn the_three_longest_pages(bencher: Bencher, place: usize) {
    let text = longest(place);
    bencher.bench(|| dd0c_parser::outline(black_box(&text), None));
}

#[divan::bench(sample_count = 3)]
fn the_longest_text(bencher: Bencher) {
    let text = PAGE.repeat(dd0c_parser::LIMIT / PAGE.len());
    bencher.bench(|| dd0c_parser::parse(black_box(&text), None));
}

/// The longest page but `place`.
fn longest(place: usize) -> String {
    let mut pages = match std::env::var_os("DD0C_BENCH_PAGES") {
        Some(folder) => texts(Path::new(&folder)),
        None => [57, 42, 20].into_iter().map(together).collect(),
    };
    pages.sort_by_key(|page| std::cmp::Reverse(page.len()));
    pages.swap_remove(place)
}

/// Pages in markdown, one after the other, up to so many kilobytes.
fn together(kilobytes: usize) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut all = texts(&folder).concat();
    while all.len() < kilobytes * 1024 {
        all = all.repeat(2);
    }
    all.truncate(all.floor_char_boundary(kilobytes * 1024));
    all
}

fn texts(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder of pages can be read");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    let is_page = |path: &&PathBuf| path.extension().is_some_and(|end| end == "md");
    paths.iter().filter(is_page).filter_map(|path| fs::read_to_string(path).ok()).collect()
}
