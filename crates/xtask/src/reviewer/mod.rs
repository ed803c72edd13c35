//! `cargo xtask train-reviewer`: trains the local reviewer, measures it on rows it has not seen, and writes its weights.

mod by_eye;
mod calibrate;
mod dictionary;
mod documents;
mod evaluate;
mod fit;
mod labels;
mod report;
mod train;
mod verbs;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use dd0c_reviewer::model::Model;
use documents::{Row, Source};
use evaluate::{HeldOut, Verdict, by_group, by_row, calibration, counts, figures};
use report::Report;

/// Bytes of example texts in the index.
const EXAMPLE_BYTES: usize = 900_000;

/// What the training reads.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Documented commands: one JSON object a line with cmd, raw, description, page
    #[arg(long)]
    tldr: PathBuf,
    /// Operations of AWS: one JSON object a line with cmd, operation, type, secret_override
    #[arg(long)]
    aws: PathBuf,
    /// Write the held-out verdicts here, one JSON object a line
    #[arg(long)]
    verdicts: Option<PathBuf>,
}

/// Trains, measures, writes.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let rows = documents::read(&arguments.tldr, &arguments.aws)?;
    let by_page = HeldOut::new(&rows, by_group);
    let by_example = HeldOut::new(&rows, by_row);
    let sets = [&by_page, &by_example];
    let all: Vec<&Row> = rows.iter().collect();
    let contents = train::train(&all, EXAMPLE_BYTES);
    let calibration = calibration(&sets, None);
    let file = train::calibrated(&contents, &calibration);
    let verdicts = sets.map(|set| set.verdicts(&sets));
    if let Some(path) = &arguments.verdicts {
        list(path, &verdicts[0])?;
        list(&path.with_extension("examples.jsonl"), &verdicts[1])?;
    }
    let of = |set: usize, holds: &dyn Fn(&Row) -> bool| {
        figures(&verdicts[set].iter().filter(|verdict| holds(verdict.row)).collect::<Vec<_>>())
    };
    let labelled = |page: bool| {
        rows.iter().filter(|row| row.label.is_some() && (row.source == Source::Page) == page).count()
    };
    let report = Report {
        digest: Model::read(&file).map(|model| model.digest()).unwrap_or_default(),
        bytes: file.len(),
        dictionary_keys: contents.keys.len(),
        examples: contents.examples.len(),
        pages_labelled: labelled(true),
        operations_labelled: labelled(false),
        thresholds: calibration.thresholds,
        pages_held_out: of(0, &counts),
        examples_held_out: of(1, &counts),
        services_held_out: of(0, &|row| row.source != Source::Page),
        read_by_eye: by_eye::figures(&verdicts[1]),
    };
    write(&root.join("crates/reviewer/data/reviewer.bin"), &file)?;
    let json = serde_json::to_string_pretty(&report)? + "\n";
    write(&root.join("crates/reviewer/data/report.json"), json.as_bytes())?;
    write(&root.join("docs/reviewer.md"), report.page().as_bytes())?;
    println!("{json}");
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn list(path: &Path, verdicts: &[Verdict<'_>]) -> anyhow::Result<()> {
    let line = |verdict: &Verdict<'_>| {
        serde_json::json!({"cmd": verdict.row.command, "description": verdict.row.description,
            "group": verdict.row.group, "label": verdict.row.label, "said": verdict.said, "reason": verdict.reason})
        .to_string()
    };
    let text: Vec<String> = verdicts.iter().map(line).collect();
    std::fs::write(path, text.join("\n") + "\n").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_on_the_sample_gives_the_bytes_that_it_gave_before() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reviewer/sample");
        let rows = documents::read(&folder.join("pages.jsonl"), &folder.join("operations.jsonl")).unwrap();
        let all: Vec<&Row> = rows.iter().collect();
        let file = train::encode(&train::train(&all, 10_000));
        let model = Model::read(&file).unwrap();
        assert_eq!(model.digest(), include_str!("sample/digest.txt").trim(), "{} rows", rows.len());
        let before = calibrate::isotonic(&scored(&rows, &model));
        assert!(before.len() > 1 && before.windows(2).all(|two| two[0].1 < two[1].1));
    }

    fn scored(rows: &[Row], model: &Model<'_>) -> Vec<calibrate::Outcome> {
        let labelled = rows.iter().filter(|row| row.label.is_some());
        let of = |row: &Row| {
            Some((train::scores(&row.command, model)?[0], row.label == Some(dd0c_types::Risk::Safe)))
        };
        labelled.filter_map(of).collect()
    }

    #[test]
    fn the_committed_weights_carry_the_digest_of_their_bytes() {
        use sha2::Digest as _;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let file = std::fs::read(root.join("crates/reviewer/data/reviewer.bin")).unwrap();
        let model = Model::read(&file).unwrap();
        assert_eq!(model.whole_digest(), &sha2::Sha256::digest(&file[16..])[..8]);
        let page = std::fs::read_to_string(root.join("docs/reviewer.md")).unwrap();
        assert!(page.contains(&model.digest()), "docs/reviewer.md tells of other weights");
    }
}
