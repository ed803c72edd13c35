//! From scores on held-out rows to probabilities (isotonic regression), and the thresholds of a verdict.

use dd0c_reviewer::model::{Steps, WHOLE};

/// Fewest held-out rows behind one step: fewer would make a probability out of chance.
const LEAST_ROWS: usize = 60;

/// A score and whether the answer was yes.
pub(crate) type Outcome = (i32, bool);

/// A stretch of scores with the rows in it.
#[derive(Clone, Copy)]
struct Block {
    from: i32,
    yes: usize,
    all: usize,
}

impl Block {
    /// The share of yes among the rows and one no more: a stretch without a miss is not certain.
    fn share(&self) -> f64 {
        count(self.yes) / (count(self.all) + 1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "rows are counted in thousands")]
fn count(rows: usize) -> f64 {
    rows as f64
}

/// The steps from score to probability: rising, by pooling neighbours that fall.
pub(crate) fn isotonic(outcomes: &[Outcome]) -> Steps {
    let mut sorted = outcomes.to_vec();
    sorted.sort_unstable();
    let mut blocks: Vec<Block> = Vec::new();
    for (score, yes) in sorted {
        match blocks.last_mut() {
            Some(last) if last.all < LEAST_ROWS || last.from == score => {
                last.yes += usize::from(yes);
                last.all += 1;
            }
            _ => {
                pool(&mut blocks);
                blocks.push(Block { from: score, yes: usize::from(yes), all: 1 });
            }
        }
    }
    // The last block may be short; it joins its neighbour.
    if blocks.len() > 1 && blocks.last().is_some_and(|last| last.all < LEAST_ROWS) {
        join(&mut blocks);
    }
    pool(&mut blocks);
    steps(&blocks)
}

fn join(blocks: &mut Vec<Block>) {
    if let Some(last) = blocks.pop()
        && let Some(before) = blocks.last_mut()
    {
        before.yes += last.yes;
        before.all += last.all;
    }
}

fn pool(blocks: &mut Vec<Block>) {
    while let [.., before, last] = blocks.as_slice() {
        if before.share() < last.share() {
            break;
        }
        join(blocks);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of ten thousand")]
fn steps(blocks: &[Block]) -> Steps {
    let probability = |block: &Block| ((block.share() * f64::from(WHOLE)).floor() as u16).min(WHOLE);
    // Scores below the first that was seen are as likely as the first stretch.
    let from =
        |(at, block): (usize, &Block)| (if at == 0 { i32::MIN } else { block.from }, probability(block));
    blocks.iter().enumerate().map(from).collect()
}

/// The least probability at which the rows at or above it were right in at least `precision` of the cases.
pub(crate) fn threshold(outcomes: &[Outcome], steps: &Steps, precision: f64) -> u16 {
    let mut by_step: Vec<(u16, bool)> =
        outcomes.iter().map(|(score, yes)| (probability(steps, *score), *yes)).collect();
    by_step.sort_unstable_by(|a, b| b.cmp(a));
    let mut best = WHOLE;
    let (mut yes, mut all) = (0, 0);
    for (at, (probability, right)) in by_step.iter().enumerate() {
        yes += usize::from(*right);
        all += 1;
        let last_of_step = by_step.get(at + 1).is_none_or(|next| next.0 != *probability);
        if last_of_step && count(yes) >= precision * count(all) {
            best = *probability;
        }
    }
    best
}

/// The probability of a score.
pub(crate) fn probability(steps: &Steps, score: i32) -> u16 {
    let at = steps.partition_point(|(from, _)| *from <= score);
    steps.get(at.saturating_sub(1)).map_or(0, |(_, probability)| *probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_rise_with_the_score_and_are_never_whole() {
        let outcomes: Vec<Outcome> = (0..1_000).map(|score| (score, score > 500 || score % 7 == 0)).collect();
        let steps = isotonic(&outcomes);
        assert!(steps.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1), "{steps:?}");
        assert!(probability(&steps, 999) > 9_900 && probability(&steps, 999) < WHOLE);
        assert!(probability(&steps, -5) < 2_000);
    }

    #[test]
    fn the_threshold_is_the_lowest_that_is_right_often_enough() {
        let outcomes: Vec<Outcome> = (0..1_000).map(|score| (score, score >= 700)).collect();
        let steps = isotonic(&outcomes);
        let least = threshold(&outcomes, &steps, 0.995);
        assert!(
            (700..=770).contains(
                &outcomes.iter().position(|(score, _)| probability(&steps, *score) >= least).unwrap()
            )
        );
        assert_eq!(threshold(&[(1, false)], &steps, 0.995), WHOLE);
    }
}
