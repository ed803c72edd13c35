//! Texts that the fuzz driver (`examples/fuzz.rs`) found to give new kinds of results, read again; and a short run
//! of the driver's own changes, from a fixed seed.

use std::path::Path;

use crate::support::grounding::assert_grounded;
use crate::support::mutation::{Draw, mutant};

fn texts(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_none_or(|end| end != "gold"));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn holds(text: &str) {
    let outcome = dd0c_parser::outline(text, None);
    assert!(outcome == dd0c_parser::outline(text, None), "a second reading gives another answer: {text:?}");
    if let Ok(runbook) = outcome {
        assert_grounded(text, &runbook);
    }
}

#[test]
fn texts_kept_from_earlier_runs_are_read_soundly() {
    let kept = texts("tests/fuzz");
    assert!(kept.len() >= 50);
    kept.iter().for_each(|text| holds(text));
}

#[test]
fn changed_pages_are_read_soundly() {
    let pages = texts("tests/corpus");
    let mut draw = Draw::new(7);
    for _ in 0..300 {
        holds(&mutant(&pages, &mut draw));
    }
}
