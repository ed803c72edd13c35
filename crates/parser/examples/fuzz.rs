//! Looks for texts on which the parser fails: `cargo run --release -p dd0c-parser --example fuzz -- FORMAT SECONDS SEED [KEEP]`.
//!
//! FORMAT is the end of the names of the pages in `tests/corpus` to start from (`md`, `html`, `xml`, `adoc`, `rst`,
//! `txt`), or `all`. The same seed gives the same texts. A text fails when the parser panics, when a span does not
//! hold what was made of it, or when a second reading gives another answer; it is written to the current folder.
//! With KEEP, texts that give a new kind of result are kept in that folder.

#[path = "../tests/support/grounding.rs"]
mod grounding;
#[path = "../tests/support/mutation.rs"]
mod mutation;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use mutation::{Draw, mutant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, seconds, seed, keep @ ..] = arguments.as_slice() else {
        return Err("usage: fuzz FORMAT SECONDS SEED [KEEP]".into());
    };
    let pages = pages(format)?;
    let mut draw = Draw::new(seed.parse()?);
    let started = Instant::now();
    let limit = Duration::from_secs(seconds.parse()?);
    let (mut executions, mut failures, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    let mut kinds = BTreeSet::new();
    while started.elapsed() < limit {
        let text = mutant(&pages, &mut draw);
        let before = Instant::now();
        match catch_unwind(|| kind(&text)) {
            Ok(kind) => {
                slowest = slowest.max(before.elapsed());
                if kinds.insert(kind)
                    && text.len() < 2_000
                    && let [folder, ..] = keep
                {
                    fs::write(Path::new(folder).join(format!("{format}-{seed}-{executions}.txt")), &text)?;
                }
            }
            Err(_) => {
                failures += 1;
                fs::write(format!("failure-{format}-{seed}-{executions}.txt"), &text)?;
            }
        }
        executions += 1;
    }
    println!(
        "{format}: {executions} texts, {} kinds of results, {failures} failures, slowest {slowest:?}",
        kinds.len()
    );
    if failures > 0 { Err("the parser failed".into()) } else { Ok(()) }
}

fn pages(format: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let fits = |end: &str| end != "gold" && (format == "all" || format == end);
    let wanted = paths.iter().filter(|path| path.extension().is_some_and(|end| fits(&end.to_string_lossy())));
    Ok(wanted.map(fs::read_to_string).collect::<Result<_, _>>()?)
}

/// What came of a text, coarsely; panics when it is wrong.
fn kind(text: &str) -> Vec<usize> {
    let outcome = dd0c_parser::outline(text, None);
    let again = dd0c_parser::outline(text, None);
    assert!(outcome == again, "a second reading gives another answer");
    let Ok(runbook) = outcome else { return Vec::new() };
    grounding::assert_grounded(text, &runbook);
    let branches = runbook.steps.iter().filter(|step| step.branch.is_some()).count();
    let languages: BTreeSet<_> = runbook
        .steps
        .iter()
        .filter_map(|step| step.command.as_ref())
        .map(|command| command.language.as_str())
        .collect();
    let coarse = |count: usize| count.min(3);
    vec![
        usize::from(runbook.source.format as u8),
        coarse(runbook.steps.len()),
        coarse(branches),
        coarse(runbook.prerequisites.len()),
        coarse(runbook.variables.len()),
        coarse(runbook.warnings.len()),
        languages.len(),
    ]
}
