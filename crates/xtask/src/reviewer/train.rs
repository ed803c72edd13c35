//! A model from rows.

use dd0c_reviewer::call::read;
use dd0c_reviewer::features::{BITS, features};
use dd0c_reviewer::model::{Contents, Model, Steps, WHOLE};
use dd0c_reviewer::word::Word;
use dd0c_reviewer::wrapper::inner;
use dd0c_types::Risk;
use sha2::{Digest as _, Sha256};

use super::dictionary;
use super::documents::{Row, Source};
use super::fit::{Lesson, fit};

/// How much one of the many alike operations of a vendor counts against a documented example.
const OPERATION: f64 = 0.25;

/// Probabilities and thresholds, learnt on held-out rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calibration {
    pub(crate) steps: [Steps; 2],
    pub(crate) thresholds: [u16; 2],
}

/// Trains on rows. Without a calibration the model has scores but no verdicts.
pub(crate) fn train(rows: &[&Row], example_bytes: usize) -> Contents {
    let mut contents = Contents {
        reads: vec![0; 1 << BITS],
        destroys: vec![0; 1 << BITS],
        thresholds: [WHOLE; 2],
        keys: dictionary::keys(rows),
        examples: dictionary::examples(rows, example_bytes),
        ..Contents::default()
    };
    let dictionary = encode(&contents);
    let lessons = Model::read(&dictionary).map(|model| lessons(rows, &model)).unwrap_or_default();
    (contents.reads, contents.bias[0]) = fit(&lessons, 0);
    (contents.destroys, contents.bias[1]) = fit(&lessons, 1);
    contents
}

/// The contents with a calibration.
pub(crate) fn calibrated(contents: &Contents, calibration: &Calibration) -> Vec<u8> {
    let mut contents = contents.clone();
    contents.calibration = calibration.steps.clone();
    contents.thresholds = calibration.thresholds;
    encode(&contents)
}

/// The bytes of a model file.
pub(crate) fn encode(contents: &Contents) -> Vec<u8> {
    contents.encode(|body| {
        let digest = Sha256::digest(body);
        std::array::from_fn(|at| digest[at])
    })
}

fn lessons(rows: &[&Row], model: &Model<'_>) -> Vec<Lesson> {
    rows.iter().flat_map(|row| lessons_of(row, model)).collect()
}

/// What a row teaches. Of a compound that does not merely read nobody knows which part does it: it teaches nothing.
fn lessons_of(row: &Row, model: &Model<'_>) -> Vec<Lesson> {
    let Some(label) = row.label else { return Vec::new() };
    let parts: Vec<_> = row.spellings.iter().flatten().collect();
    let alone = row.spellings.iter().all(|parts| parts.len() == 1 && !parts[0].part.writes_file);
    if !alone && label != Risk::Safe || parts.iter().any(|part| part.part.writes_file) {
        return Vec::new();
    }
    let source = if row.source == Source::Page { 1.0 } else { OPERATION };
    #[expect(clippy::cast_precision_loss, reason = "a handful of parts")]
    let weight = source / parts.len().max(1) as f64;
    let answers = [label == Risk::Safe, label == Risk::Dangerous];
    let known = parts.iter().filter_map(|part| features_of(&part.part.words, model));
    known.map(|features| Lesson { features, answers, weight }).collect()
}

fn features_of(words: &[Word], model: &Model<'_>) -> Option<Vec<u32>> {
    let (words, _) = inner(words)?;
    read(words, model).map(|call| features(&call))
}

/// The scores of a command of one part whose reading raises no doubt, for calibration: a doubtful one is never sure.
pub(crate) fn scores(command: &str, model: &Model<'_>) -> Option<[i32; 2]> {
    let parts = dd0c_reviewer::word::cut(command);
    let [part] = parts.parts.as_slice() else { return None };
    if !parts.complete || part.writes_file {
        return None;
    }
    let (words, _) = inner(&part.words)?;
    let call = read(words, model).filter(|call| call.doubt.is_none())?;
    Some(model.scores(&features(&call)))
}
