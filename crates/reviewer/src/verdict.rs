//! From scores to a verdict: each simple command by itself, then the worst of them for the whole.

use dd0c_types::{ReviewerKind, ReviewerVerdict, Risk};

use crate::call::Dictionary as _;
use crate::call::{Call, Doubt, key, read};
use crate::features::features;
use crate::model::{Example, Model, WHOLE};
use crate::word::{Part, cut};
use crate::wrapper::inner;

/// From this confidence on a verdict stands as it is (decision 7 of the merge rules).
const SURE: f64 = 0.9;
/// The most confidence of a Safe verdict that rests on a doubtful reading.
const DOUBTFUL: f64 = 0.85;
/// The confidence of "it writes a file": the shell says so.
const WRITES: f64 = 0.95;

/// What is thought of one simple command, or of a whole text.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// The risk before any escalation.
    pub risk: Risk,
    /// The probability that it is no worse.
    pub confidence: f64,
    /// Why it is not surer.
    pub standing: Standing,
    /// The nearest documented command, in words.
    pub like: String,
}

/// Why an opinion is as sure as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The model's own probability.
    Model,
    /// The reading is doubtful.
    Doubt(Doubt),
    /// It runs inside another program.
    Wrapped,
    /// Its output goes into a file.
    Writes,
}

impl Opinion {
    fn escalates(&self) -> bool {
        self.confidence < SURE
    }

    /// The risk that counts.
    fn heard(&self) -> Risk {
        if self.escalates() { self.risk.escalated() } else { self.risk }
    }
}

/// Reviews a whole text: part by part, the worst wins, and a part without a verdict leaves the whole without one
/// unless another part is Dangerous already.
pub(crate) fn review(model: &Model<'_>, command: &str) -> Option<ReviewerVerdict> {
    let parts = cut(command);
    let opinions: Vec<Option<Opinion>> = parts.parts.iter().map(|part| opinion(model, part)).collect();
    let known: Vec<&Opinion> = opinions.iter().flatten().collect();
    let silent = !parts.complete || known.len() < opinions.len();
    // Of the worst, the least sure; the first of equals.
    let order =
        |a: &&Opinion, b: &&Opinion| a.heard().cmp(&b.heard()).then(b.confidence.total_cmp(&a.confidence));
    let (at, worst) = known.iter().enumerate().rev().max_by(|(_, a), (_, b)| order(a, b))?;
    if silent && worst.heard() < Risk::Dangerous {
        return None;
    }
    let mut whole = (*worst).clone();
    if worst.heard() == Risk::Safe {
        // All of them have to be right.
        let doubt: f64 = known.iter().map(|part| 1.0 - part.confidence).sum();
        whole.confidence = (1.0 - doubt).clamp(0.0, 1.0);
    }
    let place = (known.len() > 1).then(|| at + 1);
    Some(spoken(model, &whole, place))
}

fn spoken(model: &Model<'_>, opinion: &Opinion, place: Option<usize>) -> ReviewerVerdict {
    let part = place.map(|at| format!("part {at} is ")).unwrap_or_default();
    let sure = match (opinion.escalates() && opinion.risk < Risk::Dangerous, opinion.standing) {
        (false, Standing::Writes) => "; its output goes into a file",
        (false, _) => "",
        (true, Standing::Doubt(Doubt::Verb)) => "; but this use of it is not documented",
        (true, Standing::Doubt(Doubt::Flag)) => "; but a flag is not documented",
        (true, Standing::Doubt(Doubt::Secret)) => "; but it names a secret",
        (true, Standing::Wrapped) => "; but it runs inside another command",
        (true, Standing::Model | Standing::Writes) => "; but that is not sure enough",
    };
    ReviewerVerdict {
        kind: ReviewerKind::Local,
        model: crate::named(model),
        risk: opinion.heard(),
        confidence: opinion.confidence,
        escalated: opinion.heard() > opinion.risk,
        reason: format!("{part}{}{sure}", opinion.like),
        rollback: None,
    }
}

/// What the model thinks of one simple command. None without evidence.
pub fn opinion(model: &Model<'_>, part: &Part) -> Option<Opinion> {
    let (words, doubts) = inner(&part.words)?;
    let call = read(words, model)?;
    let scores = model.scores(&features(&call));
    let [reads, destroys] = [0, 1].map(|question| model.probability(question, scores[question]));
    let mut opinion = judged(model, &call, reads, destroys)?;
    opinion.doubted(&call, doubts);
    if part.writes_file && opinion.heard() == Risk::Safe {
        opinion = Opinion { risk: Risk::Caution, confidence: WRITES, standing: Standing::Writes, ..opinion };
    }
    Some(opinion)
}

/// The tier that the two probabilities speak for. Between Caution and Dangerous an even balance says nothing: a doubt
/// of one in ten that something is destroyed must neither pass for certainty nor ask people to type names all day.
fn judged(model: &Model<'_>, call: &Call, reads: u16, destroys: u16) -> Option<Opinion> {
    let [safe, dangerous] = model.thresholds();
    let of = |probability: u16| f64::from(probability.min(WHOLE)) / f64::from(WHOLE);
    let (risk, confidence) = if destroys >= dangerous {
        (Risk::Dangerous, of(destroys))
    } else if reads >= safe {
        (Risk::Safe, of(reads).max(SURE))
    } else if of(reads) >= 0.5 {
        (Risk::Safe, of(reads).min(DOUBTFUL))
    } else if 1.0 - of(destroys) >= SURE {
        (Risk::Caution, 1.0 - of(destroys))
    } else {
        return None;
    };
    Some(Opinion { risk, confidence, standing: Standing::Model, like: like(model, call, risk) })
}

impl Opinion {
    /// Takes the doubts of the reading off a Safe verdict's confidence. A worse verdict is not lowered by doubt.
    fn doubted(&mut self, call: &Call, doubts: u32) {
        if self.risk != Risk::Safe {
            return;
        }
        if doubts > 1 {
            self.confidence = (1.0 - (1.0 - self.confidence) * f64::from(doubts)).clamp(0.0, 1.0);
            self.standing = Standing::Wrapped;
        }
        if let Some(doubt) = call.doubt {
            self.confidence = self.confidence.min(DOUBTFUL);
            self.standing = Standing::Doubt(doubt);
        }
    }
}

/// The nearest documented command: of the same program and verbs, sharing most words, of the same risk when there is one.
fn like(model: &Model<'_>, call: &Call, risk: Risk) -> String {
    if call.path.len() > 1 && model.knows(key::declared_reading(&call.program, &call.path)) {
        return format!(
            "`{} {}`: its vendor declares this operation read-only",
            call.program,
            call.path.join(" ")
        );
    }
    let paths = (0..=call.path.len()).rev().map(|length| &call.path[..length]);
    let nearest = paths.filter_map(|path| nearest(model, call, path, risk)).next();
    match nearest {
        Some(example) => format!("like `{}`: {}", example.command, example.description),
        None => format!("like other documented commands of `{}`", call.program),
    }
}

fn nearest<'a>(model: &Model<'a>, call: &Call, path: &[String], risk: Risk) -> Option<Example<'a>> {
    let shared = |example: &Example<'_>| {
        let words = example.command.split(' ');
        words.filter(|word| call.flags.iter().chain(&call.path).any(|known| known == word)).count()
    };
    let fits = |example: &Example<'_>| (example.risk == risk, shared(example));
    // The first of equals, so that the answer does not depend on the order of iteration.
    model.examples(&call.program, path).fold(None, |best: Option<Example<'a>>, next| match best {
        Some(best) if fits(&best) >= fits(&next) => Some(best),
        _ => Some(next),
    })
}
