//! The trained model as it lies in its file: weights, calibration, dictionary and examples, read in place.
//!
//! The file (little endian): a header of [`HEADER`] bytes, two tables of 2^18 signed bytes (does it read, does it
//! destroy), two calibrations, the sorted keys of the dictionary, the sorted examples and their texts. Nothing is
//! unpacked, so that the first review costs what the thousandth does.

use dd0c_types::Risk;

use crate::call::{Dictionary, key};
use crate::features::BITS;

/// Opens every model file.
const MAGIC: &[u8; 8] = b"dd0cRV01";
/// Bytes of the header: magic, digest, nine numbers of 32 bits.
const HEADER: usize = 8 + 8 + 9 * 4;
/// Entries of a table of weights.
const TABLE: usize = 1 << BITS;
/// Bytes of one step of a calibration: a score and a probability.
const STEP: usize = 6;
/// Bytes of one example's entry: key, place of its text, two lengths, risk.
const ENTRY: usize = 8 + 4 + 2 + 2 + 1;
/// What stands for certainty in a stored probability.
pub const WHOLE: u16 = 10_000;

/// A calibration: from this score on, this probability (of [`WHOLE`]).
pub type Steps = Vec<(i32, u16)>;

/// A documented command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example<'a> {
    /// The command.
    pub command: &'a str,
    /// What its documentation says it does.
    pub description: &'a str,
    /// What was made of that.
    pub risk: Risk,
}

/// An example that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredExample {
    /// The key of its program and verbs.
    pub key: u64,
    /// The command.
    pub command: String,
    /// What its documentation says it does.
    pub description: String,
    /// What was made of that.
    pub risk: Risk,
}

/// Everything a model file holds.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Weights of the question "does it only read?", 2^18 of them.
    pub reads: Vec<i8>,
    /// Weights of the question "does it destroy?".
    pub destroys: Vec<i8>,
    /// What is added to every score.
    pub bias: [i32; 2],
    /// From score to probability, by rising score.
    pub calibration: [Steps; 2],
    /// The least probability, of [`WHOLE`], at which a verdict is Safe, or Dangerous.
    pub thresholds: [u16; 2],
    /// The keys of the dictionary.
    pub keys: Vec<u64>,
    /// The documented examples.
    pub examples: Vec<StoredExample>,
}

impl Contents {
    /// The bytes of the file; `digest` makes eight bytes of everything behind the header's first sixteen.
    pub fn encode(&self, digest: impl Fn(&[u8]) -> [u8; 8]) -> Vec<u8> {
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let mut examples = self.examples.clone();
        examples.sort();
        let mut body = Vec::new();
        let number = |body: &mut Vec<u8>, value: usize| {
            body.extend(u32::try_from(value).expect("invariant: a model is below 4 GiB").to_le_bytes());
        };
        number(&mut body, TABLE);
        for bias in self.bias {
            body.extend(bias.to_le_bytes());
        }
        for threshold in self.thresholds {
            number(&mut body, threshold.into());
        }
        let counts = [self.calibration[0].len(), self.calibration[1].len(), keys.len(), examples.len()];
        counts.iter().for_each(|count| number(&mut body, *count));
        body.extend(self.reads.iter().chain(&self.destroys).flat_map(|weight| weight.to_le_bytes()));
        for (score, probability) in self.calibration.iter().flatten() {
            body.extend(score.to_le_bytes());
            body.extend(probability.to_le_bytes());
        }
        body.extend(keys.iter().flat_map(|key| key.to_le_bytes()));
        let mut texts = String::new();
        for example in &examples {
            let length =
                |text: &str| u16::try_from(text.len()).expect("invariant: an example is short").to_le_bytes();
            body.extend(example.key.to_le_bytes());
            number(&mut body, texts.len());
            body.extend(length(&example.command));
            body.extend(length(&example.description));
            body.push(example.risk as u8);
            texts.push_str(&example.command);
            texts.push_str(&example.description);
        }
        body.extend(texts.as_bytes());
        let mut file = MAGIC.to_vec();
        file.extend(digest(&body));
        file.extend(body);
        file
    }
}

/// A model file that is being used.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    digest: &'a [u8],
    bias: [i32; 2],
    thresholds: [u16; 2],
    weights: [&'a [u8]; 2],
    calibration: [&'a [u8]; 2],
    keys: &'a [u8],
    examples: &'a [u8],
    texts: &'a str,
}

impl<'a> Model<'a> {
    /// Reads a model file. None when it is not one, or not whole: then there is no verdict on anything.
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let header = file.strip_prefix(MAGIC)?.get(..HEADER - 8)?;
        let (digest, numbers) = header.split_at(8);
        let number = |at: usize| Some(i32::from_le_bytes(numbers.get(at * 4..at * 4 + 4)?.try_into().ok()?));
        let size = |at: usize| usize::try_from(number(at)?).ok();
        if size(0)? != TABLE {
            return None;
        }
        let threshold = |at: usize| u16::try_from(number(at)?).ok();
        let mut rest = &file[HEADER..];
        let mut section = |bytes: usize| {
            let (section, behind) = rest.split_at_checked(bytes)?;
            rest = behind;
            Some(section)
        };
        Some(Self {
            digest,
            bias: [number(1)?, number(2)?],
            thresholds: [threshold(3)?, threshold(4)?],
            weights: [section(TABLE)?, section(TABLE)?],
            calibration: [section(size(5)?.checked_mul(STEP)?)?, section(size(6)?.checked_mul(STEP)?)?],
            keys: section(size(7)?.checked_mul(8)?)?,
            examples: section(size(8)?.checked_mul(ENTRY)?)?,
            texts: std::str::from_utf8(rest).ok()?,
        })
    }

    /// The first four bytes of the digest of the file, in hexadecimal.
    pub fn digest(&self) -> String {
        self.digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// All eight bytes of the digest.
    pub const fn whole_digest(&self) -> &'a [u8] {
        self.digest
    }

    /// The scores of a call's features: does it only read, does it destroy.
    pub fn scores(&self, features: &[u32]) -> [i32; 2] {
        [0, 1].map(|question| {
            let weights = self.weights[question];
            let sum =
                |bucket: &u32| weights.get(*bucket as usize).map_or(0, |byte| i32::from(byte.cast_signed()));
            features.iter().map(sum).sum::<i32>() + self.bias[question]
        })
    }

    /// The probability that belongs to a score, of [`WHOLE`].
    pub fn probability(&self, question: usize, score: i32) -> u16 {
        let steps = self.calibration[question];
        let count = steps.len() / STEP;
        let at = partition(count, |at| score_of(steps, at) <= score);
        let step = steps.get(at.saturating_sub(1) * STEP..).and_then(|step| step.get(4..6));
        step.and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
    }

    /// The least probability of a Safe and of a Dangerous verdict.
    pub const fn thresholds(&self) -> [u16; 2] {
        self.thresholds
    }

    /// The documented examples of a program and its verbs.
    pub fn examples(&self, program: &str, path: &[String]) -> impl Iterator<Item = Example<'a>> + use<'a> {
        let key = key::examples(program, path);
        let (entries, texts) = (self.examples, self.texts);
        let count = entries.len() / ENTRY;
        let from = partition(count, |at| u64_at(entries, at * ENTRY) < key);
        (from..count).take_while(move |at| u64_at(entries, at * ENTRY) == key).filter_map(move |at| {
            let entry = entries.get(at * ENTRY..(at + 1) * ENTRY)?;
            let place = usize::try_from(u32::from_le_bytes(entry[8..12].try_into().ok()?)).ok()?;
            let lengths =
                [&entry[12..14], &entry[14..16]].map(|two| usize::from(two[0]) + 256 * usize::from(two[1]));
            let command = texts.get(place..place + lengths[0])?;
            let description = texts.get(place + lengths[0]..place + lengths[0] + lengths[1])?;
            Some(Example { command, description, risk: *Risk::ALL.get(usize::from(entry[16]))? })
        })
    }
}

impl Dictionary for Model<'_> {
    fn knows(&self, key: u64) -> bool {
        let count = self.keys.len() / 8;
        let at = partition(count, |at| u64_at(self.keys, at * 8) < key);
        at < count && u64_at(self.keys, at * 8) == key
    }
}

/// The first place below `count` where `before` does not hold.
fn partition(count: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn score_of(steps: &[u8], at: usize) -> i32 {
    steps.get(at * STEP..at * STEP + 4).and_then(|four| four.try_into().ok()).map_or(0, i32::from_le_bytes)
}
