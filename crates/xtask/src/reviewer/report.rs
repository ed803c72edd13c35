//! What is published of the reviewer: figures as JSON, and a page for people.

use std::fmt::Write as _;

use serde::Serialize;

use super::evaluate::{Figures, Tier};

/// Everything that is published.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The digest of the weights, as verdicts carry it.
    pub(crate) digest: String,
    pub(crate) bytes: usize,
    pub(crate) dictionary_keys: usize,
    pub(crate) examples: usize,
    /// Rows learnt from, by source.
    pub(crate) pages_labelled: usize,
    pub(crate) operations_labelled: usize,
    /// The least probability of a Safe and of a Dangerous verdict, of 10,000.
    pub(crate) thresholds: [u16; 2],
    pub(crate) pages_held_out: Figures,
    pub(crate) examples_held_out: Figures,
    pub(crate) services_held_out: Figures,
    pub(crate) read_by_eye: Figures,
}

impl Report {
    /// The page `docs/reviewer.md`.
    pub(crate) fn page(&self) -> String {
        let mut page = String::from(BEGINNING);
        let _ = write!(
            page,
            "## Figures\n\nDigest `{}`; {} bytes, of them {} dictionary keys and {} examples. Learnt from {} documented \
             commands and {} operations. A verdict is Safe from a calibrated probability of {} on, Dangerous from {}.\n\n\
             A verdict counts below when its confidence is at least 0.9 and it was not escalated. Rows that ask a program \
             for its help or version are left out: they are many and easy.\n\n",
            self.digest,
            self.bytes,
            self.dictionary_keys,
            self.examples,
            self.pages_labelled,
            self.operations_labelled,
            f64::from(self.thresholds[0]) / 10_000.0,
            f64::from(self.thresholds[1]) / 10_000.0,
        );
        page += &table(&[
            ("pages held out", &self.pages_held_out),
            ("examples held out", &self.examples_held_out),
            ("AWS services held out", &self.services_held_out),
            ("read by eye", &self.read_by_eye),
        ]);
        page += "\nCalibration of Safe verdicts before escalation, examples held out:\n\n\
                 | stated confidence | verdicts | mean stated | right |\n|---|---|---|---|\n";
        for bin in &self.examples_held_out.reliability {
            let _ = writeln!(
                page,
                "| {:.2}–{:.2} | {} | {:.3} | {:.3} |",
                bin.from, bin.to, bin.rows, bin.mean_confidence, bin.right
            );
        }
        page + END
    }
}

fn table(sets: &[(&str, &Figures)]) -> String {
    let mut text = String::from(
        "| rows | answered | tier | labelled | said | right | precision | recall |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (name, figures) in sets {
        let tiers: [(&str, &Tier); 3] =
            [("Safe", &figures.safe), ("Caution", &figures.caution), ("Dangerous", &figures.dangerous)];
        for (tier, numbers) in tiers {
            let _ = writeln!(
                text,
                "| {name}: {} | {:.3} | {tier} | {} | {} | {} | {:.4} | {:.3} |",
                figures.rows,
                figures.answered,
                numbers.labelled,
                numbers.said,
                numbers.right,
                numbers.precision,
                numbers.recall
            );
        }
    }
    text
}

const BEGINNING: &str = include_str!("report_beginning.md");
const END: &str = include_str!("report_end.md");
