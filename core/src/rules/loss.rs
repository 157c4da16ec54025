//! The losses of one example, and what follows from them for the sweeps.

use crate::examples::Selection;
use crate::network::operation::Loss;
use crate::real::Real;

/// What a chunk adds to the measurements of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// The sum of the losses, in nats or in squared units, in the order of the examples.
    pub losses: f64,
    /// The examples whose largest output is their label.
    pub correct: u64,
    /// The examples.
    pub examples: u64,
}

impl Tally {
    /// Adds one example.
    pub fn add(&mut self, loss: f64, correct: bool) {
        self.losses += loss;
        self.correct += u64::from(correct);
        self.examples += 1;
    }

    /// The mean loss.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.losses / self.examples as f64
    }

    /// The share of the examples that are answered rightly, 0 to 1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.examples as f64
    }
}

/// The largest output of one lane and its place; the first of equals.
fn largest<T: Real, const L: usize>(outputs: &[[T; L]], lane: usize) -> (T, usize) {
    let mut best = (T::ZERO, 0);
    for (place, row) in outputs.iter().enumerate() {
        if let Some(&value) = row.get(lane)
            && (place == 0 || value > best.0)
        {
            best = (value, place);
        }
    }
    best
}

/// Σ e^(zⱼ − m) over all but the largest: it keeps its digits where the network is sure.
fn others<T: Real, const L: usize>(outputs: &[[T; L]], lane: usize, (m, place): (T, usize)) -> T {
    let mut sum = T::ZERO;
    for (index, row) in outputs.iter().enumerate() {
        if let Some(&value) = row.get(lane)
            && index != place
        {
            sum += (value - m).exp();
        }
    }
    sum
}

/// The losses of the first `live` lanes of a panel, and whether their largest outputs are their labels.
pub fn losses<T: Real, const L: usize>(
    loss: Loss,
    outputs: &[[T; L]],
    targets: &Selection<'_, T>,
    (first, live): (usize, usize),
    each: &mut [(T, bool); L],
) {
    for (lane, each) in each.iter_mut().enumerate().take(live) {
        *each = self::loss(loss, outputs, targets, first + lane, lane);
    }
}

/// The loss of the example in one lane, and whether its largest output is its label.
///
/// Softmax cross-entropy: (m − z at the label) + ln(1 + Σ' e^(zⱼ − m)), with m the largest output and
/// Σ' over the others, so that a loss of 1e-20 is not rounded to 0.
pub fn loss<T: Real, const L: usize>(
    loss: Loss,
    outputs: &[[T; L]],
    targets: &Selection<'_, T>,
    example: usize,
    lane: usize,
) -> (T, bool) {
    let best = largest(outputs, lane);
    let label = targets.label(example);
    let value = match loss {
        #[cfg(feature = "softmax-cross-entropy")]
        Loss::SoftmaxCrossEntropy => {
            let at_label = label.and_then(|label| outputs.get(label)).and_then(|row| row.get(lane)).copied();
            (best.0 - at_label.unwrap_or(best.0)) + others(outputs, lane, best).ln_1p()
        }
        #[cfg(feature = "squared-error")]
        Loss::SquaredError => {
            let mut sum = T::ZERO;
            for (row, entries) in outputs.iter().enumerate() {
                if let Some(&entry) = entries.get(lane) {
                    let difference = entry - targets.entry(example, row, outputs.len());
                    sum += difference * difference;
                }
            }
            sum * T::from_f64(0.5)
        }
    };
    (value, label == Some(best.1) && value.is_finite())
}

/// δ ← ∂loss/∂ŷ for the first `live` lanes of a panel, 0 for the others.
///
/// softmax cross-entropy: p − t, with p = softmax(ŷ); squared error: ŷ − y.
pub fn delta<T: Real, const L: usize>(
    loss: Loss,
    outputs: &[[T; L]],
    targets: &Selection<'_, T>,
    first: usize,
    live: usize,
    delta: &mut [[T; L]],
) {
    match loss {
        #[cfg(feature = "softmax-cross-entropy")]
        Loss::SoftmaxCrossEntropy => softmax(outputs, live, delta),
        #[cfg(feature = "squared-error")]
        Loss::SquaredError => {
            for (delta, output) in delta.iter_mut().zip(outputs) {
                *delta = *output;
            }
        }
    }
    subtract_targets(targets, first, live, delta);
}

/// δ ← δ − t for the first `live` lanes of a panel, 0 for the others.
pub fn subtract_targets<T: Real, const L: usize>(
    targets: &Selection<'_, T>,
    first: usize,
    live: usize,
    delta: &mut [[T; L]],
) {
    let width = delta.len();
    for (row, delta) in delta.iter_mut().enumerate() {
        for (lane, delta) in delta.iter_mut().enumerate() {
            *delta = if lane < live { *delta - targets.entry(first + lane, row, width) } else { T::ZERO };
        }
    }
}

/// p = softmax(ŷ) for the first `live` lanes of a panel.
fn softmax<T: Real, const L: usize>(outputs: &[[T; L]], live: usize, p: &mut [[T; L]]) {
    for lane in 0..live.min(L) {
        let best = largest(outputs, lane);
        let sum = T::ONE + others(outputs, lane, best);
        for (p, row) in p.iter_mut().zip(outputs) {
            if let (Some(p), Some(&value)) = (p.get_mut(lane), row.get(lane)) {
                *p = (value - best.0).exp() / sum;
            }
        }
    }
}

/// δ˙ ← the Hessian of the loss times ŷ˙.
///
/// softmax cross-entropy: p∘(ŷ˙ − p·ŷ˙), since ∂pᵢ/∂ŷⱼ = pᵢ(δᵢⱼ − pⱼ); squared error: ŷ˙.
pub fn delta_tangent<T: Real, const L: usize>(
    loss: Loss,
    outputs: &[[T; L]],
    tangents: &[[T; L]],
    live: usize,
    delta: &mut [[T; L]],
) {
    match loss {
        #[cfg(feature = "squared-error")]
        Loss::SquaredError => {
            for (delta, tangent) in delta.iter_mut().zip(tangents) {
                for (lane, (delta, tangent)) in delta.iter_mut().zip(tangent).enumerate() {
                    *delta = if lane < live { *tangent } else { T::ZERO };
                }
            }
        }
        #[cfg(feature = "softmax-cross-entropy")]
        Loss::SoftmaxCrossEntropy => {
            softmax(outputs, live, delta);
            turn_probabilities(tangents, live, delta);
        }
    }
}

/// p ← p∘(ŷ˙ − p·ŷ˙) for the first `live` lanes of a panel, 0 for the others.
pub fn turn_probabilities<T: Real, const L: usize>(tangents: &[[T; L]], live: usize, delta: &mut [[T; L]]) {
    for lane in 0..L {
        let mut mean = T::ZERO;
        for (p, tangent) in delta.iter().zip(tangents) {
            if let (Some(&p), Some(&tangent)) = (p.get(lane), tangent.get(lane)) {
                mean += p * tangent;
            }
        }
        for (p, tangent) in delta.iter_mut().zip(tangents) {
            if let (Some(p), Some(&tangent)) = (p.get_mut(lane), tangent.get(lane)) {
                *p = if lane < live { *p * (tangent - mean) } else { T::ZERO };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::Targets;

    fn labels<T: Real>(labels: &[u32]) -> Selection<'_, T> {
        Selection::from_the_first(Targets::Labels(labels))
    }

    #[test]
    fn a_sure_answer_keeps_the_digits_of_its_loss() {
        let outputs = [[50.0_f64], [0.0]];
        let (value, correct) = loss(Loss::SoftmaxCrossEntropy, &outputs, &labels(&[0]), 0, 0);
        assert!((value / (-50.0_f64).exp() - 1.0).abs() < 1e-14);
        assert!(correct);
    }

    #[test]
    fn equal_outputs_cost_the_logarithm_of_their_number() {
        let (value, _) = loss(Loss::SoftmaxCrossEntropy, &[[3.0_f64]; 10], &labels(&[4]), 0, 0);
        assert!((value - 10.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn a_nan_output_is_a_nan_loss_and_never_correct() {
        for place in 0..2 {
            let mut outputs = [[1.0_f32], [0.0]];
            outputs[place] = [f32::NAN];
            let (value, correct) = loss(Loss::SoftmaxCrossEntropy, &outputs, &labels(&[0]), 0, 0);
            assert!(value.is_nan() && !correct);
        }
    }

    #[test]
    fn labels_are_one_hot_for_the_squared_error() {
        let (value, correct) = loss(Loss::SquaredError, &[[0.5_f64], [2.0]], &labels(&[1]), 0, 0);
        assert_eq!((value, correct), (0.5 * (0.25 + 1.0), true));
    }
}
