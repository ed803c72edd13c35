//! Ranks runbooks for an alert: rules people wrote first, then names, then words (BM25 over title, tags and steps),
//! then vectors where there are any.

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::{Alert, MatchReason, MatchRule, RunbookId};
use serde::Serialize;

use crate::{rules, words};

/// The least points for one runbook to be chosen.
const SURE: u8 = 70;
/// How far the second must be behind.
const AHEAD: u8 = 10;
/// Below this nothing is offered: a guess that bad costs more attention than none.
pub(crate) const LEAST: u8 = 30;
/// Most runbooks that are offered when none is chosen.
pub(crate) const MOST_OFFERED: usize = 3;

/// Most points that a vector adds to words.
const LIFT: f64 = 25.0;
/// The points of a vector for itself, by how far it leads; at most [`ALONE`], which is below [`SURE`]: a model alone
/// offers and never chooses.
const BY_LEAD: f64 = 80.0;
const ALONE: f64 = 60.0;
/// However alike the runbooks are to each other, from here on a likeness counts.
const MOST_USUAL: f64 = 0.9;

/// BM25's usual saturation and length weights.
const K1: f64 = 1.2;
const B: f64 = 0.5;

/// A runbook that may be for the alert.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// Its id; none only in tests of the text part.
    pub runbook: Option<RunbookId>,
    /// Its title.
    pub title: String,
    /// What people tagged it with.
    pub tags: Vec<String>,
    /// Titles of steps, headings, commands: whatever its page says.
    pub text: String,
    /// Rules people wrote; any one that holds is enough.
    pub rules: Vec<MatchRule>,
    /// An embedding of title and text, when a model gave one.
    pub vector: Option<Vec<f32>>,
}

/// A runbook with its points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// Its place among the candidates.
    pub candidate: usize,
    /// 0 to 100.
    pub points: u8,
    /// Why, best reason first.
    pub reasons: Vec<MatchReason>,
}

/// What to do with a ranking.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// One runbook is far enough ahead.
    Sure(Match),
    /// Several may be meant: a person chooses.
    Unsure(Vec<Match>),
    /// None fits.
    Nothing,
}

/// Chooses only when there is no doubt: at least 70 points and no other within 10.
pub fn choose(ranked: &[Match]) -> Choice {
    let Some(best) = ranked.first().filter(|best| best.points >= LEAST) else { return Choice::Nothing };
    let second = ranked.get(1).map_or(0, |second| second.points);
    if best.points >= SURE && best.points - second >= AHEAD {
        return Choice::Sure(best.clone());
    }
    Choice::Unsure(ranked.iter().filter(|one| one.points >= LEAST).take(MOST_OFFERED).cloned().collect())
}

/// Candidates with their words counted once, for any number of alerts.
pub struct Index {
    candidates: Vec<Entry>,
    /// In how many candidates a word stands.
    spread: BTreeMap<String, usize>,
    mean_length: f64,
    /// How alike two of the candidates usually are to the model. Some models find any two texts alike to 0.7, others to
    /// 0.1: only what is above the usual says something.
    usual: f64,
}

struct Entry {
    names: BTreeSet<String>,
    counts: BTreeMap<String, f64>,
    length: f64,
    rules: Vec<MatchRule>,
    vector: Option<Vec<f32>>,
}

/// A word of the alert, and how much it says.
type Query = BTreeMap<String, f64>;

impl Index {
    /// Counts the words of every candidate.
    pub fn new(candidates: &[Candidate]) -> Self {
        let candidates: Vec<Entry> = candidates.iter().map(Entry::of).collect();
        let mut spread: BTreeMap<String, usize> = BTreeMap::new();
        for word in candidates.iter().flat_map(|entry| entry.counts.keys()) {
            *spread.entry(word.clone()).or_default() += 1;
        }
        let mean_length =
            candidates.iter().map(|entry| entry.length).sum::<f64>() / (candidates.len().max(1) as f64);
        let usual = usual(candidates.iter().filter_map(|entry| entry.vector.as_deref()));
        Self { candidates, spread, mean_length: mean_length.max(1.0), usual }
    }

    /// Every candidate with at least a point, best first; equals in the order they were given. `vector` is the alert's
    /// embedding by the model that made the candidates'.
    pub fn rank(&self, alert: &Alert, vector: Option<&[f32]>) -> Vec<Match> {
        let query = query(alert);
        let alike: Vec<Option<f64>> =
            self.candidates.iter().map(|entry| alike(entry.vector.as_deref(), vector)).collect();
        let likeness = Likeness::new(self.usual, &alike);
        let mut ranked: Vec<Match> = (0..self.candidates.len())
            .map(|candidate| {
                self.judge(candidate, alert, &query, alike[candidate].map(|one| likeness.of(one)))
            })
            .filter(|one| one.points > 0)
            .collect();
        ranked.sort_by_key(|one| std::cmp::Reverse(one.points));
        ranked
    }

    fn judge(&self, candidate: usize, alert: &Alert, query: &Query, alike: Option<Alike>) -> Match {
        let entry = &self.candidates[candidate];
        let mut reasons = Vec::new();
        let mut points = 0.0_f64;
        if let Some(said) =
            entry.rules.iter().filter_map(|rule| rules::holds(rule, alert)).max_by_key(Vec::len)
        {
            points = 80.0 + 5.0 * said.len().min(3) as f64;
            reasons.push(MatchReason::Rule(said));
        }
        let (covered, shared) = self.words(entry, query);
        let named = entry.named(alert, &mut reasons);
        let text = 74.0 * covered.powf(0.7) + named;
        if !shared.is_empty() {
            reasons.push(MatchReason::Words(shared));
        }
        points = points.max(text);
        if let Some(Alike { cosine, lead }) = alike {
            let lifted = (text + LIFT * lead * (1.0 - covered)).max((BY_LEAD * lead).min(ALONE));
            if lifted > points {
                points = lifted;
                reasons.push(MatchReason::Alike((cosine * 100.0).round() as u8));
            }
        }
        Match { candidate, points: points.round().clamp(0.0, 100.0) as u8, reasons }
    }

    /// How much of what the alert says stands in the candidate, 0 to 1, and the words, the rarest first.
    fn words(&self, entry: &Entry, query: &Query) -> (f64, Vec<String>) {
        let mut whole = 0.0;
        let mut found = 0.0;
        let mut shared: Vec<(f64, &String)> = Vec::new();
        for (word, weight) in query {
            let spread = self.spread.get(word).copied().unwrap_or(0);
            let rarity = self.rarity(spread);
            // A word that no runbook has is a name of the moment: a pod, an address. It says less.
            whole += weight * rarity * if spread == 0 { 0.3 } else { 1.0 };
            if let Some(count) = entry.counts.get(word) {
                let long = 1.0 - B + B * entry.length / self.mean_length;
                found += weight * rarity * (count * (K1 + 1.0) / (count + K1 * long)).min(1.0);
                shared.push((rarity * weight, word));
            }
        }
        shared.sort_by(|a, b| b.0.total_cmp(&a.0));
        let shared = shared.into_iter().take(5).map(|(_, word)| word.clone()).collect();
        (if whole > 0.0 { found / whole } else { 0.0 }, shared)
    }

    /// BM25's inverse document frequency.
    fn rarity(&self, spread: usize) -> f64 {
        let (all, spread) = (self.candidates.len() as f64, spread as f64);
        ((all - spread + 0.5) / (spread + 0.5) + 1.0).ln()
    }
}

impl Entry {
    fn of(candidate: &Candidate) -> Self {
        let title = words::of(&candidate.title);
        let tags: Vec<String> = candidate.tags.iter().flat_map(|tag| words::of(tag)).collect();
        let text = words::of(&candidate.text);
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        for (field, weight) in [(&title, 4.0), (&tags, 4.0), (&text, 1.0)] {
            for word in field {
                *counts.entry(word.clone()).or_default() += weight;
            }
        }
        let length = text.len() as f64;
        let names = title.into_iter().chain(tags).collect();
        Self { names, counts, length, rules: candidate.rules.clone(), vector: candidate.vector.clone() }
    }

    /// Points for the alert's own name, service and region in the title or tags.
    fn named(&self, alert: &Alert, reasons: &mut Vec<MatchReason>) -> f64 {
        let is_named = |text: &str| {
            let parts = words::of(text);
            !parts.is_empty() && parts.iter().all(|part| self.names.contains(part))
        };
        let mut points = 0.0;
        let name = alert.labels.get("alertname").map_or(alert.title.as_str(), String::as_str);
        if is_named(name) && words::of(name).len() >= 2 {
            points += 35.0;
            reasons.push(MatchReason::Name(name.to_owned()));
        }
        if let Some(service) = alert.service.as_deref().filter(|service| is_named(service)) {
            points += 12.0;
            reasons.push(MatchReason::Service(service.to_owned()));
        }
        if let Some(region) = alert.region.as_deref().filter(|region| is_named(region)) {
            points += 5.0;
            reasons.push(MatchReason::Region(region.to_owned()));
        }
        points
    }
}

/// Every word of the alert with its weight: its name and title say most, labels and longer text less.
fn query(alert: &Alert) -> Query {
    let mut query = Query::new();
    let mut add = |text: &str, weight: f64| {
        for word in words::of(text) {
            let known = query.entry(word).or_insert(0.0_f64);
            *known = known.max(weight);
        }
    };
    add(&alert.text, 0.25);
    for (name, value) in &alert.labels {
        add(value, if name == "alertname" { 1.0 } else { 0.2 });
    }
    add(&alert.title, 1.0);
    add(alert.service.as_deref().unwrap_or_default(), 0.6);
    query
}

fn dot(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// The cosine of two vectors of one length, 0 to 1; opposite ones count as unlike.
fn alike(one: Option<&[f32]>, other: Option<&[f32]>) -> Option<f64> {
    let (one, other) = (one?, other?);
    if one.len() != other.len() || one.is_empty() {
        return None;
    }
    let length = (dot(one, one) * dot(other, other)).sqrt();
    let cosine = dot(one, other) / length;
    cosine.is_finite().then(|| cosine.clamp(0.0, 1.0))
}

/// How alike an alert and a runbook are.
#[derive(Clone, Copy)]
struct Alike {
    /// 0 to 1.
    cosine: f64,
    /// How much of what is above the expected, 0 to 1.
    lead: f64,
}

/// What likeness is to be expected: what two runbooks usually have, and what this alert has with the others. Only what
/// is above both says which runbook is meant.
struct Likeness {
    usual: f64,
    sum: f64,
    count: f64,
}

impl Likeness {
    fn new(usual: f64, alike: &[Option<f64>]) -> Self {
        let known: Vec<f64> = alike.iter().copied().flatten().collect();
        Self { usual, sum: known.iter().sum(), count: known.len() as f64 }
    }

    fn of(&self, cosine: f64) -> Alike {
        // Of two that are meant neither would lead; with more there is something to compare with.
        let others = if self.count < 3.0 { 0.0 } else { (self.sum - cosine) / (self.count - 1.0) };
        let expected = self.usual.max(others).min(MOST_USUAL);
        Alike { cosine, lead: ((cosine - expected) / (1.0 - expected)).clamp(0.0, 1.0) }
    }
}

/// The mean cosine of two different vectors, 0 to [`MOST_USUAL`]; 0 for fewer than two. The square of the sum of unit
/// vectors holds every pair twice and each vector once with itself, so one pass over them is enough.
fn usual<'v>(vectors: impl Iterator<Item = &'v [f32]>) -> f64 {
    let mut sum: Vec<f64> = Vec::new();
    let mut count = 0.0;
    for vector in vectors {
        let length = dot(vector, vector).sqrt();
        if sum.is_empty() {
            sum.resize(vector.len(), 0.0);
        }
        if length > 0.0 && length.is_finite() && sum.len() == vector.len() {
            sum.iter_mut().zip(vector).for_each(|(sum, number)| *sum += f64::from(*number) / length);
            count += 1.0;
        }
    }
    if count < 2.0 {
        return 0.0;
    }
    let square: f64 = sum.iter().map(|number| number * number).sum();
    ((square - count) / (count * (count - 1.0))).clamp(0.0, MOST_USUAL)
}
