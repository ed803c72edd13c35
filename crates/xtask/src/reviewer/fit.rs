//! Logistic regression with adaptive steps, in an order that the data alone fixes, and its weights as small integers.

use dd0c_reviewer::features::BITS;

/// Passes over the data.
const EPOCHS: usize = 12;
/// The first step of every weight.
const STEP: f64 = 0.25;
/// How strongly a weight is drawn back to zero whenever it is touched.
const SHRINK: f64 = 2e-5;
/// Stored units of one natural unit of a score.
const UNITS: f64 = 32.0;

/// One row to learn from.
pub(crate) struct Lesson {
    pub(crate) features: Vec<u32>,
    /// Safe, or Dangerous: the answers to the two questions.
    pub(crate) answers: [bool; 2],
    pub(crate) weight: f64,
}

/// The weights and the bias of one question.
pub(crate) fn fit(lessons: &[Lesson], question: usize) -> (Vec<i8>, i32) {
    let mut weights = vec![0.0_f64; 1 << BITS];
    let mut squares = vec![1e-6_f64; 1 << BITS];
    let (mut bias, mut bias_square) = (0.0, 1e-6);
    let mut order = Order::new(lessons.len());
    for _ in 0..EPOCHS {
        for at in order.shuffled() {
            let lesson = &lessons[at];
            let score: f64 =
                bias + lesson.features.iter().map(|bucket| weights[*bucket as usize]).sum::<f64>();
            let wanted = if lesson.answers[question] { 1.0 } else { 0.0 };
            let slope = (logistic(score) - wanted) * lesson.weight;
            for bucket in &lesson.features {
                let bucket = *bucket as usize;
                let slope = slope + SHRINK * weights[bucket];
                squares[bucket] += slope * slope;
                weights[bucket] -= STEP * slope / squares[bucket].sqrt();
            }
            bias_square += slope * slope;
            bias -= STEP * slope / f64::sqrt(bias_square);
        }
    }
    (weights.iter().map(|weight| small(*weight)).collect(), units(bias))
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of the type")]
fn small(weight: f64) -> i8 {
    (weight * UNITS).round().clamp(-127.0, 127.0) as i8
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of the type")]
fn units(bias: f64) -> i32 {
    (bias * UNITS).round().clamp(-1e6, 1e6) as i32
}

/// 1 / (1 + e^-x), made of additions and multiplications alone, so that every machine gets the same bits.
fn logistic(x: f64) -> f64 {
    let x = x.clamp(-30.0, 30.0);
    // e^-x = (e^(-x/1024))^1024, the inner one by its series.
    let y = -x / 1024.0;
    let mut power = 1.0 + y * (1.0 + y / 2.0 * (1.0 + y / 3.0 * (1.0 + y / 4.0 * (1.0 + y / 5.0))));
    for _ in 0..10 {
        power *= power;
    }
    1.0 / (1.0 + power)
}

/// Orders of the rows that look random and are always the same.
struct Order {
    order: Vec<usize>,
    state: u64,
}

impl Order {
    fn new(count: usize) -> Self {
        Self { order: (0..count).collect(), state: 0x9e37_79b9_7f4a_7c15 }
    }

    fn shuffled(&mut self) -> Vec<usize> {
        for at in (1..self.order.len()).rev() {
            self.state =
                self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let below = u64::try_from(at + 1).expect("invariant: a usize fits in 64 bits");
            let other = usize::try_from((self.state >> 33) % below).expect("invariant: below a usize");
            self.order.swap(at, other);
        }
        self.order.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logistic_function_is_right_without_the_mathematics_library() {
        for x in [-20.0_f64, -3.0, -0.5, 0.0, 0.5, 3.0, 20.0] {
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn what_tells_the_answers_apart_gets_the_weight() {
        let lesson = |features: &[u32], safe| Lesson {
            features: features.to_vec(),
            answers: [safe, !safe],
            weight: 1.0,
        };
        let lessons: Vec<Lesson> =
            (0..50).flat_map(|_| [lesson(&[1, 3], true), lesson(&[2, 3], false)]).collect();
        let (weights, _) = fit(&lessons, 0);
        assert!(weights[1] > 20 && weights[2] < -20, "{} {}", weights[1], weights[2]);
        assert!(weights[3].abs() < 10);
    }
}
