//! How the reviewer does on rows that it has not seen.

use dd0c_reviewer::model::{Contents, Model};
use dd0c_reviewer::review_with;
use dd0c_types::Risk;
use serde::Serialize;

use super::calibrate::{Outcome, isotonic, threshold};
use super::documents::{Row, Source};
use super::train::{Calibration, calibrated, encode, scores, train};

/// Parts that the rows are dealt into.
pub(crate) const FOLDS: u64 = 10;
/// The share that held-out pages, then held-out examples, must confirm of Safe verdicts before one is given.
const SAFE: [f64; 2] = [0.995, 0.995];
/// The same of a Dangerous verdict, which costs people the typing of a name; a page alone can rarely confirm one.
const DANGEROUS: [f64; 2] = [0.0, 0.95];
/// From this confidence on a verdict stands as it is.
const SURE: f64 = 0.9;

/// The fold a row is held out in.
pub(crate) type Deal = fn(&Row) -> u64;

/// Rows of a page or service are held out together.
pub(crate) fn by_group(row: &Row) -> u64 {
    dd0c_reviewer::hash::Hash::of("fold").and(&row.group).key() % FOLDS
}

/// Every row is held out by itself: other examples of its page are known.
pub(crate) fn by_row(row: &Row) -> u64 {
    dd0c_reviewer::hash::Hash::of("fold").and(&row.command).key() % FOLDS
}

/// The models that each did not see one fold, and what they scored on it.
pub(crate) struct HeldOut<'a> {
    rows: &'a [Row],
    deal: Deal,
    models: Vec<Contents>,
    /// By row: its scores, when it is a row to calibrate on.
    pub(crate) scores: Vec<Option<[i32; 2]>>,
}

impl<'a> HeldOut<'a> {
    /// Trains a model without each fold and scores that fold with it.
    pub(crate) fn new(rows: &'a [Row], deal: Deal) -> Self {
        let mut held = Self { rows, deal, models: Vec::new(), scores: vec![None; rows.len()] };
        for fold in 0..FOLDS {
            let seen: Vec<&Row> = rows.iter().filter(|row| deal(row) != fold).collect();
            let contents = train(&seen, 0);
            let file = encode(&contents);
            if let Some(model) = Model::read(&file) {
                for (at, row) in rows.iter().enumerate().filter(|(_, row)| deal(row) == fold && counts(row)) {
                    held.scores[at] = scores(&row.command, &model);
                }
            }
            held.models.push(contents);
        }
        held
    }

    fn outcomes(&self, risk: Risk, fold: Option<u64>) -> Vec<Outcome> {
        let rows = self.rows.iter().zip(&self.scores).filter(|(row, _)| Some((self.deal)(row)) != fold);
        let question = usize::from(risk == Risk::Dangerous);
        rows.filter_map(|(row, scores)| Some((scores.as_ref()?[question], row.label == Some(risk)))).collect()
    }

    /// What the models say of the rows that they have not seen; calibrated without them too.
    pub(crate) fn verdicts(&self, sets: &[&HeldOut<'_>; 2]) -> Vec<Verdict<'a>> {
        let mut verdicts = Vec::new();
        for (contents, fold) in self.models.iter().zip(0..) {
            let file = calibrated(contents, &calibration(sets, Some(fold)));
            let Some(model) = Model::read(&file) else { continue };
            let held = self.rows.iter().filter(|row| (self.deal)(row) == fold && row.label.is_some());
            verdicts.extend(held.map(|row| Verdict::of(row, &model)));
        }
        verdicts
    }
}

/// Probabilities from the held-out rows of both sets, pages first, and the thresholds that each confirms; without the
/// rows of one fold, to be judged with them.
pub(crate) fn calibration(sets: &[&HeldOut<'_>; 2], without: Option<u64>) -> Calibration {
    let mut calibration = Calibration::default();
    let questions = [(0, Risk::Safe, SAFE, 9_000), (1, Risk::Dangerous, DANGEROUS, 5_000)];
    for (question, risk, precision, least) in questions {
        let outcomes = sets.map(|set| set.outcomes(risk, without));
        let steps = isotonic(&outcomes.concat());
        let confirmed = [0, 1].map(|set| threshold(&outcomes[set], &steps, precision[set]));
        calibration.thresholds[question] = confirmed[0].max(confirmed[1]).max(least);
        calibration.steps[question] = steps;
    }
    calibration
}

/// Rows that say something of the reviewer: labelled pages, without the thousands that ask a program for its help.
pub(crate) fn counts(row: &Row) -> bool {
    row.source == Source::Page && row.label.is_some() && !asks_for_help(row)
}

fn asks_for_help(row: &Row) -> bool {
    row.command.split_whitespace().any(|word| {
        ["--help", "--version", "-h", "-V", "-v", "-help", "-version", "help", "version"].contains(&word)
    }) && (row.description.contains("help") || row.description.contains("version"))
}

/// A row and what was said of it.
pub(crate) struct Verdict<'a> {
    pub(crate) row: &'a Row,
    /// What it should have been.
    pub(crate) label: Option<Risk>,
    /// Risk after escalation, confidence, and whether it was escalated. None: no verdict.
    pub(crate) said: Option<(Risk, f64, bool)>,
    pub(crate) reason: String,
}

impl<'a> Verdict<'a> {
    pub(crate) fn of(row: &'a Row, model: &Model<'_>) -> Self {
        let verdict = review_with(model, &row.command);
        let reason = verdict.as_ref().map(|verdict| verdict.reason.clone()).unwrap_or_default();
        let said = verdict.map(|said| (said.risk, said.confidence, said.escalated));
        Self { row, label: row.label, said, reason }
    }

    /// The same verdict, judged by another label.
    pub(crate) fn labelled(&self, label: Risk) -> Self {
        Self { row: self.row, label: Some(label), said: self.said, reason: self.reason.clone() }
    }

    /// Said with enough confidence, and not only raised for the lack of it.
    pub(crate) fn sure(&self) -> Option<Risk> {
        self.said
            .filter(|(_, confidence, escalated)| *confidence >= SURE && !escalated)
            .map(|(risk, ..)| risk)
    }
}

/// Figures of one tier.
#[derive(Serialize, Default, Clone)]
pub(crate) struct Tier {
    /// Rows that the documentation puts in this tier.
    pub(crate) labelled: usize,
    /// Rows that were surely said to be in it.
    pub(crate) said: usize,
    /// Of those, rightly.
    pub(crate) right: usize,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
}

/// Figures of one way to hold rows out.
#[derive(Serialize, Clone)]
pub(crate) struct Figures {
    pub(crate) rows: usize,
    /// Share of rows with any verdict.
    pub(crate) answered: f64,
    /// Share of rows with a verdict that was not escalated.
    pub(crate) sure: f64,
    pub(crate) safe: Tier,
    pub(crate) caution: Tier,
    pub(crate) dangerous: Tier,
    /// Rows surely called Safe that the documentation says destroy.
    pub(crate) safe_but_dangerous: usize,
    /// By stated confidence of a Safe verdict, before escalation: how many, and how many were right.
    pub(crate) reliability: Vec<Bin>,
}

/// Safe verdicts of one stretch of confidence.
#[derive(Serialize, Clone)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) rows: usize,
    pub(crate) mean_confidence: f64,
    pub(crate) right: f64,
}

/// The figures of verdicts.
pub(crate) fn figures(verdicts: &[&Verdict<'_>]) -> Figures {
    let count =
        |holds: &dyn Fn(&Verdict<'_>) -> bool| verdicts.iter().filter(|verdict| holds(verdict)).count();
    let tier = |risk: Risk| {
        let labelled = count(&|verdict| verdict.label == Some(risk));
        let said = count(&|verdict| verdict.sure() == Some(risk));
        let right = count(&|verdict| verdict.sure() == Some(risk) && verdict.label == Some(risk));
        Tier { labelled, said, right, precision: share(right, said), recall: share(right, labelled) }
    };
    Figures {
        rows: verdicts.len(),
        answered: share(count(&|verdict| verdict.said.is_some()), verdicts.len()),
        sure: share(count(&|verdict| verdict.sure().is_some()), verdicts.len()),
        safe: tier(Risk::Safe),
        caution: tier(Risk::Caution),
        dangerous: tier(Risk::Dangerous),
        safe_but_dangerous: count(&|verdict| {
            verdict.sure() == Some(Risk::Safe) && verdict.label == Some(Risk::Dangerous)
        }),
        reliability: reliability(verdicts),
    }
}

fn reliability(verdicts: &[&Verdict<'_>]) -> Vec<Bin> {
    let edges = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01];
    let said_safe = |verdict: &&&Verdict<'_>| {
        verdict.said.is_some_and(|(risk, _, escalated)| {
            (risk == Risk::Safe && !escalated) || (risk == Risk::Caution && escalated)
        })
    };
    let safe: Vec<_> = verdicts.iter().filter(said_safe).collect();
    let confidence = |verdict: &Verdict<'_>| verdict.said.map_or(0.0, |(_, confidence, _)| confidence);
    let bin = |edge: &[f64]| {
        let within: Vec<_> =
            safe.iter().filter(|verdict| (edge[0]..edge[1]).contains(&confidence(verdict))).collect();
        let right = within.iter().filter(|verdict| verdict.label == Some(Risk::Safe)).count();
        let sum: f64 = within.iter().map(|verdict| confidence(verdict)).sum();
        let mean_confidence = rounded(sum / real(within.len().max(1)));
        Bin {
            from: edge[0],
            to: edge[1].min(1.0),
            rows: within.len(),
            mean_confidence,
            right: share(right, within.len()),
        }
    };
    edges.windows(2).map(bin).filter(|bin| bin.rows > 0).collect()
}

pub(crate) fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { rounded(real(part) / real(all)) }
}

#[expect(clippy::cast_precision_loss, reason = "rows are counted in thousands")]
const fn real(count: usize) -> f64 {
    count as f64
}

/// To four places, so that a report reads the same everywhere.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
